"""One peer: its lines in, its answers and notifications out.

Everything happens in callbacks of the event loop. There is no task per connection or
request, and no await between a line read and its events queued.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections import deque
from typing import Any, Protocol, cast

import structlog

from config.sections import Rpc
from daemon.operations.calls import ErrorType, Service
from daemon.rpc.credentials import actor_of
from daemon.rpc.dispatch import Dispatcher
from daemon.rpc.framing import LineSplitter, Oversize
from daemon.rpc.messages import answer, encode, encode_notification, rpc_failure, unencodable
from daemon.rpc.outbox import Outbox
from daemon.rpc.reading import Reader


class Owner(Protocol):
    """The server that a connection belongs to."""

    def admits(self, connection: Connection) -> bool: ...
    def left(self, connection: Connection) -> None: ...
    def refused(self, actor: str, kind: str) -> None: ...
    def hands_over(
        self, connection: Connection, transport: asyncio.Transport, data: bytes
    ) -> bool: ...


class Connection(Reader):
    """A ``Peer`` of the service, and the ``Sender`` of its own answers."""

    def __init__(
        self,
        *,
        service: Service,
        owner: Owner,
        limits: Rpc,
        session: str,
        room: memoryview,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(room)
        self.session = session
        self.actor = ""
        self._service = service
        self._owner = owner
        self._limits = limits
        self._loop = loop
        self._lines = LineSplitter(limits.max_line_bytes)
        self._backlog: deque[bytes | Oversize] = deque()
        self._dispatcher = Dispatcher(
            service=service,
            peer=self,
            sender=self,
            limits=limits,
            refused=lambda kind: owner.refused(self.actor, kind),
        )
        self._admitted = False
        self._begun = False
        self._in_flight = 0
        self._waiting = False
        self._watched = False
        self._unread = False
        self._input_ended = False
        self._notice_due = False
        self._log = structlog.get_logger(session=session)

    # the transport's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.pause_unread_bytes)
        self._outbox = Outbox(self._loop, self._transport, self._limits.pause_unread_bytes)
        self.actor = actor_of(self._socket())
        self._admitted = self._owner.admits(self)
        if not self._admitted:
            self._turn_away()

    def received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            if self._admitted and self._owner.hands_over(self, self._transport, data):
                return
        if not self._input_ended:
            self._backlog.extend(self._lines.feed(data))
            self._proceed()

    def eof_received(self) -> bool:
        """True keeps the connection open for the answers that are still to come."""
        last = self._lines.finish()
        if last and not self._input_ended:
            self._take(last)
        self._input_ended = True
        self._outbox.flush()
        if self._in_flight and not self._is_hung_up():
            self._watch()
            return True
        return False

    def pause_writing(self) -> None:
        self._unread = True

    def resume_writing(self) -> None:
        self._unread = False
        self._proceed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._input_ended = True
        self._owner.left(self)
        if self._admitted:
            self._service.gone(self)

    # Peer

    def notify(self, method: str, params: dict[str, Any]) -> bool:
        """The notification after a refused one is taken even so: it is where the service
        tells the peer that it fell behind, and from where to resume."""
        if self._transport.is_closing():
            return False
        behind = self._outbox.has_unread(self._limits.max_unread_bytes)
        if behind and not self._notice_due:
            self._notice_due = True
            return False
        self._notice_due = False
        self._outbox.put(encode_notification(method, params))
        return True

    # Sender

    def send(self, message: dict[str, Any] | list[dict[str, Any]]) -> None:
        if self._transport.is_closing():
            return
        if self._outbox.has_unread(self._limits.max_unread_bytes):
            self._cut_off()
            return
        try:
            line = encode(message)
        except TypeError as error:
            self._log.error("answer_not_json", actor=self.actor, error=str(error))
            line = encode(unencodable(message))
        self._outbox.put(line)

    def ended(self) -> None:
        self._in_flight -= 1
        if self._input_ended:
            self._close_when_answered()
        elif self._waiting:
            self._loop.call_soon(self._proceed)

    # the server's end

    def finish(self) -> None:
        """Take no more calls, answer what is running, close."""
        self._backlog.clear()
        # Read on and forget it: closing with unread input resets the connection, and the
        # peer might not see its last answers.
        self._transport.resume_reading()
        self._input_ended = True
        self._close_when_answered()

    def abort(self) -> None:
        """Close without waiting for a peer that does not read."""
        self._transport.abort()

    def _take(self, line: bytes | Oversize) -> None:
        if isinstance(line, Oversize):
            self._in_flight += 1
            self._dispatcher.oversize()
        elif line and not line.isspace():
            self._in_flight += 1
            self._dispatcher.line(line)

    def _proceed(self) -> None:
        """Take what was read, as far as the peer keeps up; then read on, or wait for it."""
        backlog, most = self._backlog, self._limits.max_in_flight
        while backlog and self._in_flight < most and not self._unread:
            self._take(backlog.popleft())
        behind = self._unread or self._in_flight >= most
        if self._input_ended or self._waiting is behind:
            return
        self._waiting = behind
        if behind:
            self._transport.pause_reading()
            self._watch()
        else:
            self._transport.resume_reading()

    def _close_when_answered(self) -> None:
        if not self._in_flight and not self._transport.is_closing():
            self._outbox.flush()
            self._transport.close()

    def _turn_away(self) -> None:
        limit = self._limits.max_connections
        failure = rpc_failure(
            ErrorType.BUSY.code,
            ErrorType.BUSY.word,
            f"the daemon takes at most {limit} connections; close one or try again later",
            retryable=True,
            limit=limit,
        )
        self._owner.refused(self.actor, "tooManyConnections")
        self._transport.write(encode(answer(None, failure)))
        self._transport.close()

    def _cut_off(self) -> None:
        unread = self._outbox.unread_bytes
        self._log.warning("peer_does_not_read", actor=self.actor, unread_bytes=unread)
        self._owner.refused(self.actor, "doesNotRead")
        self._transport.abort()

    def _watch(self) -> None:
        """While nothing is read from a peer, nothing else tells that it died."""
        if not self._watched:
            self._watched = True
            self._loop.call_later(self._limits.half_closed_check_seconds, self._look)

    def _look(self) -> None:
        self._watched = False
        if self._transport.is_closing():
            return
        if self._is_hung_up():
            self._transport.abort()
        elif self._waiting or self._input_ended:
            self._watch()

    def _is_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._socket().fileno(), 0)
        return any(flags & select.POLLHUP for _fd, flags in poll.poll(0))

    def _socket(self) -> socket.socket:
        return cast(socket.socket, self._transport.get_extra_info("socket"))

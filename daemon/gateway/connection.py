"""One client over HTTP/1.1: its requests in, one after another, their responses out.

Everything happens in callbacks of the event loop. Requests that arrive while one is being
answered wait, and so does their client.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Protocol, cast

from config.sections import Http
from daemon.gateway.messages import Request, Response, encode
from daemon.gateway.parsing import BadRequest, Heads, RequestReader, State
from daemon.rpc.reading import Reader


class Exchange(Protocol):
    """A request being answered."""

    @property
    def idle(self) -> bool:
        """It waits for nothing that its client would miss if it were gone."""

    def abandon(self) -> None: ...


class Client(Protocol):
    """What the site knows of one connection."""

    def answer(self, request: Request, respond: Responder) -> Exchange:
        """``respond`` is called once, at once or later."""

    def refuse(self, status: HTTPStatus, message: str) -> Response:
        """For what never became a request."""

    def gone(self) -> None: ...


class Responder(Protocol):
    def __call__(self, response: Response) -> None: ...


class Owner(Protocol):
    """The server that a connection belongs to."""

    @property
    def date(self) -> bytes:
        """The ``date`` header, with its line end."""

    def admits(self, connection: HttpConnection) -> bool: ...
    def left(self, connection: HttpConnection) -> None: ...
    def counted(self, status: int) -> None: ...
    def client(self, transport: asyncio.Transport) -> Client: ...


class HttpConnection(Reader):
    def __init__(
        self,
        *,
        owner: Owner,
        limits: Http,
        heads: Heads,
        room: memoryview,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(room)
        self._owner = owner
        self._limits = limits
        self._loop = loop
        self._reader = RequestReader(limits, heads)
        self._waiting: deque[Request | BadRequest] = deque()
        self._exchange: Exchange | None = None
        self._request: Request | None = None
        self._finishing = False
        self._input_ended = False
        self._unread = False
        self._ending = False
        self._transport: asyncio.Transport
        self._client: Client | None = None
        self.due: float | None = None
        """In seconds of the loop's clock: when ``too_slow`` is to be called."""

    # the transport's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.max_unread_bytes)
        self._client = self._owner.client(self._transport)
        if self._owner.admits(self):
            self._rest()
        else:
            self._turn_away(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"at most {self._limits.max_connections} clients are served at a time "
                "(http.max_connections); try again later",
            )

    def received(self, data: bytes) -> None:
        if self._input_ended or self._finishing:
            return  # what a client goes on to send after its end is read and forgotten
        before = self._reader.state
        self._waiting.extend(self._reader.feed(data))
        self._next()
        if self._exchange is None and not self._waiting:
            self._await_more(before)
        elif self._waiting:
            self._transport.pause_reading()
        if self._reader.wants_continue and self._exchange is None:
            self._reader.wants_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def eof_received(self) -> bool:
        """A client that sends no more may still read; one that merely waited is gone."""
        self._input_ended = True
        return self._exchange is not None and not self._exchange.idle

    def pause_writing(self) -> None:
        self._unread = True
        self.due = self._loop.time() + self._limits.answer_seconds

    def resume_writing(self) -> None:
        self._unread = False
        if not self._ending:
            self._rest()
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self.due = None
        self._input_ended = True
        self._waiting.clear()
        self._owner.left(self)
        if self._exchange is not None:
            self._exchange.abandon()
            self._exchange = None
        if self._client is not None:
            self._client.gone()

    # the server's wishes

    def too_slow(self) -> None:
        """A time limit is over."""
        self.due = None
        if self._unread or self._ending:
            self._transport.abort()
        elif self._reader.state is State.IDLE:
            self._close()
        else:
            part = "head" if self._reader.state is State.HEAD else "body"
            self._turn_away(
                HTTPStatus.REQUEST_TIMEOUT,
                f"the {part} of the request did not arrive in time (http.{part}_seconds)",
            )

    def finish(self) -> None:
        """Answer what is running, then close."""
        self._finishing = True
        self._waiting.clear()
        if self._exchange is None:
            self._close()

    def abort(self) -> None:
        self._transport.abort()

    # one request after the other

    def _next(self) -> None:
        if not self._waiting or self._exchange is not None or self._unread:
            return
        if self._transport.is_closing():
            return
        given = self._waiting.popleft()
        if isinstance(given, BadRequest):
            self._turn_away(given.status, given.message)
            return
        self._request = given
        self.due = None
        assert self._client is not None, "a connection is made before it is read"
        exchange = self._client.answer(given, self._respond)
        if self._request is given:
            self._exchange = exchange

    def _respond(self, response: Response) -> None:
        request = self._request
        assert request is not None, "a response belongs to a request"
        self._request = self._exchange = None
        self._owner.counted(response.status)
        if self._transport.is_closing():
            return
        closes = (
            response.close or self._finishing or self._input_ended or not request.head.keep_alive
        )
        with_body = request.head.method != "HEAD"
        self._transport.write(
            encode(response, date=self._owner.date, closes=closes, with_body=with_body)
        )
        if closes:
            self._close()
        elif not self._unread:
            self._rest()
            if self._waiting:
                self._loop.call_soon(self._proceed)

    def _proceed(self) -> None:
        if self._transport.is_closing() or self._exchange is not None:
            return
        self._next()
        if not self._waiting:
            self._transport.resume_reading()

    def _rest(self) -> None:
        """No request is under way; one may have begun."""
        state, limits = self._reader.state, self._limits
        if state is State.IDLE:
            limit = limits.idle_seconds
        else:
            limit = limits.head_seconds if state is State.HEAD else limits.body_seconds
        self.due = self._loop.time() + limit

    def _await_more(self, before: State) -> None:
        """The limit of a part counts from its beginning, not from its latest byte."""
        if self._reader.state is not before or self.due is None:
            self._rest()

    def _turn_away(self, status: HTTPStatus, message: str) -> None:
        assert self._client is not None, "a connection is made before it is turned away"
        self._finishing = True
        self._waiting.clear()
        self._owner.counted(status)
        response = self._client.refuse(status, message)
        self._transport.write(encode(response, date=self._owner.date, closes=True, with_body=True))
        self._linger()

    def _linger(self) -> None:
        """Closing with unread input resets the connection, and the client might not see
        why; so end only our own side and forget what still comes."""
        self._ending = True
        self.due = self._loop.time() + self._limits.head_seconds
        if self._input_ended or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._transport.write_eof()
            self._transport.resume_reading()

    def _close(self) -> None:
        """After what was written; who does not read it is cut off."""
        self._ending = True
        self.due = self._loop.time() + self._limits.answer_seconds
        self._transport.close()

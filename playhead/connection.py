"""One connection to the daemon: many calls in flight, notifications as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import orjson

from playhead.errors import (
    CallTimedOut,
    ConnectionLost,
    DaemonUnreachable,
    ProtocolError,
    rpc_error,
)
from playhead.inbox import Inbox
from playhead.reading import Reader, room
from playhead.timing import within


class Call(asyncio.Future[Any]):
    """The answer to come; knows what was asked."""

    method = ""
    request_id: str | None = None


class Connection(Reader):
    """Open it with ``open_connection``. Writes of one loop turn travel together."""

    def __init__(self) -> None:
        super().__init__(room())
        self._inboxes: dict[str, Inbox] = {}
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, Call] = {}
        self._next_id = 1
        self._partial = bytearray()
        self._lines: list[bytes] = []
        self.lost = asyncio.Event()

    def call(self, method: str, params: dict[str, Any]) -> Call:
        """Raises ConnectionLost at once, or in the answer."""
        id = self._next_id
        self._next_id += 1
        call = Call(loop=self._loop)
        call.method = method
        call.request_id = params.get("requestId")
        if self.lost.is_set():
            raise ConnectionLost(method, call.request_id)
        self._send({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        self._calls[id] = call
        call.add_done_callback(lambda _: self._calls.pop(id, None))
        return call

    def inbox(self, subscription: str) -> Inbox:
        """Where the notifications of a subscription are put, from the first one on."""
        if subscription not in self._inboxes:
            self._inboxes[subscription] = Inbox()
        if self.lost.is_set():
            self._inboxes[subscription].end()
        return self._inboxes[subscription]

    def forget(self, subscription: str) -> None:
        """No more will come for it."""
        self._inboxes.pop(subscription, None)

    async def close(self, seconds: float) -> None:
        """Give what was written ``seconds`` to be read."""
        self._flush()
        self._transport.close()
        try:
            await within(seconds, "the end of the connection", self.lost.wait())
        except CallTimedOut:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def received(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        if lines and self._partial:
            lines[0] = bytes(self._partial) + lines[0]
            self._partial.clear()
        self._partial += rest
        for line in lines:
            self._take(line)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        for inbox in self._inboxes.values():
            inbox.end()
        for call in list(self._calls.values()):
            if not call.done():
                call.set_exception(ConnectionLost(call.method, call.request_id))

    def _send(self, message: dict[str, Any]) -> None:
        line = orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
        if not self._lines:
            self._loop.call_soon(self._flush)
        self._lines.append(line)

    def _flush(self) -> None:
        if self._lines and not self._transport.is_closing():
            self._transport.write(b"".join(self._lines))
        self._lines.clear()

    def _take(self, line: bytes) -> None:
        try:
            message = orjson.loads(line)
            if "method" in message:
                params = message["params"]
                self.inbox(params["subscription"]).put(message["method"], params)
            else:
                self._answer(message)
        except (ValueError, TypeError, KeyError) as error:
            self._give_up(ProtocolError(f"this is no answer of a daemon: {line[:80]!r} ({error})"))

    def _answer(self, message: dict[str, Any]) -> None:
        if message["id"] is None:
            self._give_up(rpc_error(message["error"]))
            return
        call = self._calls.get(message["id"])
        if call is None or call.done():
            return
        if "error" in message:
            call.set_exception(rpc_error(message["error"]))
        else:
            call.set_result(message["result"])

    def _give_up(self, error: Exception) -> None:
        """It cannot be told which call this answers, so it answers all of them."""
        for call in list(self._calls.values()):
            if not call.done():
                call.set_exception(error)
        self._transport.close()


async def open_connection(socket: Path) -> Connection:
    """Raises DaemonUnreachable."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_unix_connection(Connection, str(socket))
    except OSError as error:
        raise DaemonUnreachable(str(socket), error.strerror or str(error)) from error
    return connection

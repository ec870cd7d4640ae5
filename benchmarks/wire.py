"""A bare pipelining JSON-RPC client: as little work as possible beside the daemon's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from daemon.rpc.reading import Reader, room


class Wire(Reader):
    """``call`` returns a future; ``send`` takes a callback and makes none."""

    def __init__(self) -> None:
        super().__init__(room())
        self._buffer = b""
        self._next = 0
        self._answers: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._out: list[bytes] = []
        self.on_notification: Callable[[dict[str, Any]], None] = lambda message: None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            message = orjson.loads(line)
            answer = self._answers.pop(message.get("id"), None)
            if answer is None:
                self.on_notification(message)
            else:
                answer(message)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def send(
        self, method: str, params: dict[str, Any], answer: Callable[[dict[str, Any]], None]
    ) -> None:
        self._next += 1
        self._answers[self._next] = answer
        request = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE))

    async def call(self, method: str, **params: Any) -> Any:
        done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.send(method, params, done.set_result)
        message = await done
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def close(self) -> None:
        self._transport.close()

    def _flush(self) -> None:
        self._transport.write(b"".join(self._out))
        self._out.clear()


async def connect(path: Path) -> Wire:
    _, wire = await asyncio.get_running_loop().create_unix_connection(Wire, str(path))
    return wire


async def patiently(path: Path) -> Wire:
    """As soon as somebody accepts connections there."""
    while True:
        try:
            return await connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.sleep(0.001)

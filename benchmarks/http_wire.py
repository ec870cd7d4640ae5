"""A bare HTTP/1.1 client on kept connections: as little work as possible beside the daemon's."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from daemon.rpc.reading import Reader, room

HOST = "127.0.0.1"
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Response(NamedTuple):
    status: int
    body: bytes


Answer = Callable[[Response], None]


def request(method: str, path: str, body: Any = None) -> bytes:
    content = b"" if body is None else orjson.dumps(body)
    head = f"{method} /api{path} HTTP/1.1\r\nHost: {HOST}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"{head}\r\n".encode() + content


class Responses:
    """Bytes of one connection to responses."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Response]:
        self._buffer += data
        found = []
        while (one := self._next()) is not None:
            found.append(one)
        return found

    def _next(self) -> Response | None:
        head, end, rest = self._buffer.partition(HEAD_END)
        if not end:
            return None
        _, named, length = head.partition(LENGTH)
        size = int(length.partition(b"\r\n")[0]) if named else 0
        if len(rest) < size:
            return None
        self._buffer = rest[size:]
        return Response(int(head[9:12]), rest[:size])


class _Connection(Reader):
    def __init__(self, wire: HttpWire) -> None:
        super().__init__(wire.room)
        self._wire = wire
        self._responses = Responses()
        self.answer: Answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def received(self, data: bytes) -> None:
        for response in self._responses.feed(data):
            answer = self.answer
            self._wire.free(self)
            answer(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.lost(self)


class HttpWire:
    """Requests over ``connections``, one at a time on each; more wait their turn."""

    def __init__(self) -> None:
        self._idle: list[_Connection] = []
        self._waiting: deque[tuple[bytes, Answer]] = deque()
        self._closing = False
        self.room = room()
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Has an exception as soon as a connection is lost: what was asked on it is never
        answered, and whoever waits for that would wait for ever."""

    async def connect(self, port: int, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, made = await loop.create_connection(lambda: _Connection(self), HOST, port)
            self._idle.append(made)

    def send(self, asked: bytes, answer: Answer) -> None:
        if self._idle:
            self._ask(self._idle.pop(), asked, answer)
        else:
            self._waiting.append((asked, answer))

    async def call(self, method: str, path: str, body: Any = None) -> bytes:
        done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.send(request(method, path, body), done.set_result)
        response = await done
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response}")
        return response.body

    def free(self, connection: _Connection) -> None:
        self._idle.append(connection)
        if self._waiting:
            self._ask(self._idle.pop(), *self._waiting.popleft())

    def lost(self, connection: _Connection) -> None:
        if not self._closing:
            self.fail(ConnectionError("the daemon closed a connection of the benchmark"))

    def fail(self, error: Exception) -> None:
        if not self.broken.done():
            self.broken.set_exception(error)

    def close(self) -> None:
        self._closing = True
        self.broken.cancel()
        for connection in self._idle:
            connection.transport.close()

    @staticmethod
    def _ask(connection: _Connection, asked: bytes, answer: Answer) -> None:
        connection.answer = answer
        connection.transport.write(asked)

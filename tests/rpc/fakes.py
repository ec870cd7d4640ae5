"""A service with nothing behind it, and a peer that speaks bytes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from daemon.operations.calls import ErrorType, OperationError, Peer, Reply, Result


class FakeService:
    """Answers ``echo`` at once and ``wait`` when the test says so."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.weights: list[int] = []
        self.peers: list[Peer] = []
        self.waiting: list[Reply] = []
        self.left: list[Peer] = []
        self.changed = asyncio.Event()

    def call(self, method: str, params: Any, peer: Peer, reply: Reply, *, weight: int = 0) -> None:
        self.calls.append((method, params))
        self.weights.append(weight)
        self.peers.append(peer)
        match method:
            case "wait":
                self.waiting.append(reply)
            case "whoami":
                reply({"actor": peer.actor, "session": peer.session})
            case "echo":
                reply({"params": params})
            case "blob":
                reply({"blob": "x" * params["bytes"]})
            case "unencodable":
                reply({"number": 2**70})
            case "refuse":
                error = OperationError(ErrorType.NOT_FOUND, "no job j-1", jobId="j-1")
                reply(error.failure())
            case _:
                reply(OperationError(ErrorType.METHOD_NOT_FOUND, f"no method {method}").failure())
        self.changed.set()

    def gone(self, peer: Peer) -> None:
        self.left.append(peer)
        self.changed.set()

    def discover(self) -> Result:
        return {"openrpc": "1.3.2"}

    async def until(self, condition: Any) -> None:
        """Wait for something the service sees."""
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class RawPeer:
    """One connection that sends what it is told, right or wrong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, path: Path) -> RawPeer:
        return cls(*await asyncio.open_unix_connection(path, limit=64 * 1024 * 1024))

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self) -> Any:
        async with asyncio.timeout(10):
            line = await self.reader.readline()
        assert line.endswith(b"\n"), f"the connection ended after {line!r}"
        return json.loads(line)

    async def ask(self, text: str | bytes) -> Any:
        self.send((text.encode() if isinstance(text, str) else text) + b"\n")
        return await self.receive()

    async def call(self, method: str, params: Any = None, id: Any = 1) -> Any:
        request = {"jsonrpc": "2.0", "id": id, "method": method}
        return await self.ask(
            json.dumps(request if params is None else request | {"params": params})
        )

    async def ended(self) -> bytes:
        """What still comes until the daemon closes."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()

"""Listens on the socket and owns its connections."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from config.sections import Rpc
from daemon.clock import Entropy, system_entropy
from daemon.operations.calls import Service
from daemon.rpc.connection import Connection
from daemon.rpc.reading import room
from daemon.rpc.socket_file import SocketFile

HTTP_BEGINNINGS = (b"GET ", b"POST ", b"PUT ", b"DELETE ", b"PATCH ", b"HEAD ", b"OPTIONS ")
"""No line of JSON begins so."""

HandOver = Callable[[asyncio.Transport, bytes], None]
"""Takes a connection with what was read from it."""


class RpcServer:
    """Serves ``service`` at ``path`` from ``start`` to ``close``."""

    def __init__(
        self, service: Service, path: Path, limits: Rpc, *, entropy: Entropy = system_entropy
    ) -> None:
        self._service = service
        self._limits = limits
        self._file = SocketFile(path)
        self._listener: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._all_left = asyncio.Event()
        self._refusals: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._room = room()
        # A session's name stands in the log: it must not come back after a restart.
        self._run = entropy(6).hex()
        self._log = structlog.get_logger()
        self.http: HandOver | None = None
        """Who serves clients that speak HTTP on this socket."""

    @property
    def path(self) -> Path:
        return self._file.path

    async def start(self) -> None:
        """Raises UnusableSocketPath."""
        loop = asyncio.get_running_loop()
        listening = self._file.bind(backlog=self._limits.backlog)
        self._listener = await loop.create_unix_server(
            lambda: self._connection(loop), sock=listening, backlog=self._limits.backlog
        )

    async def close(self, *, grace_seconds: float = 2.0) -> None:
        """Accept and read no more, give running calls ``grace_seconds`` to be answered,
        close. The service should answer waiting polls before. Safe to repeat, and before
        ``start``."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await _stop_accepting(listener)
        for connection in tuple(self._connections):
            connection.finish()
        await self._until_all_left(grace_seconds)
        for connection in tuple(self._connections):
            connection.abort()
        await self._until_all_left(grace_seconds)
        self._file.remove()

    def counters(self) -> dict[str, Any]:
        """``connections`` now, and ``refusals`` since the start by kind."""
        return {"connections": len(self._connections), "refusals": dict(self._refusals)}

    def admits(self, connection: Connection) -> bool:
        if self._listener is None or len(self._connections) >= self._limits.max_connections:
            return False
        self._connections.add(connection)
        self._all_left.clear()
        return True

    def left(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_left.set()

    def hands_over(self, connection: Connection, transport: asyncio.Transport, data: bytes) -> bool:
        """Whether what the client said first makes it another's client."""
        if self.http is None or not data.startswith(HTTP_BEGINNINGS):
            return False
        self.left(connection)
        self.http(transport, data)
        return True

    def refused(self, actor: str, kind: str) -> None:
        self._refusals[kind] += 1
        self._log.info("line_refused", actor=actor, kind=kind)

    def _connection(self, loop: asyncio.AbstractEventLoop) -> Connection:
        return Connection(
            service=self._service,
            owner=self,
            limits=self._limits,
            session=f"{self._run}-{next(self._numbers)}",
            room=self._room,
            loop=loop,
        )

    async def _until_all_left(self, seconds: float) -> None:
        if not self._connections:
            return
        try:
            await asyncio.wait_for(self._all_left.wait(), seconds)
        except TimeoutError:
            self._log.warning("connections_left_open", connections=len(self._connections))


async def _stop_accepting(listener: asyncio.Server) -> None:
    """A connection that is accepted in the turn in which its server closes is neither
    served nor closed by asyncio; so let those that are under way arrive first."""
    loop = asyncio.get_running_loop()
    for listening in listener.sockets:
        loop.remove_reader(listening.fileno())
    await asyncio.sleep(0)
    listener.close()

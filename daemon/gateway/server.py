"""Listens for HTTP on TCP and on a Unix socket, and owns the connections."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from typing import Any

import structlog

from config.sections import Http
from daemon.clock import Clock
from daemon.gateway.connection import HttpConnection
from daemon.gateway.doors import Door, door_of, is_loopback
from daemon.gateway.parsing import Heads
from daemon.gateway.site import Site, SiteClient
from daemon.rpc.credentials import actor_of
from daemon.rpc.reading import room
from daemon.rpc.socket_file import SocketFile

SECOND = 1_000_000


class OpenToAll(OSError):
    """Listening there would let everybody in."""


class HttpServer:
    def __init__(
        self, site: Site, settings: Http, clock: Clock, *, has_tokens: bool, run: str
    ) -> None:
        """``run`` names this run of the daemon in the sessions of its connections."""
        self._site = site
        self._limits = settings
        self._clock = clock
        self._has_tokens = has_tokens
        self._run = run
        self._numbers = itertools.count(1)
        self._heads = Heads(settings.known_heads)
        self._room = room()
        self._doors = {guarded: door_of(settings, guarded=guarded) for guarded in (True, False)}
        self._listeners: list[asyncio.Server] = []
        self._file: SocketFile | None = None
        self._connections: set[HttpConnection] = set()
        self._all_left = asyncio.Event()
        self._answered: Counter[int] = Counter()
        self._sweep: asyncio.TimerHandle | None = None
        self._date = (0, b"")
        self.address: tuple[str, int] | None = None
        """Where TCP is listened on, the port that was taken included."""
        self._log = structlog.get_logger("http")

    async def start(self) -> None:
        """Raises OSError: the address is taken or no address, or (OpenToAll) it is beyond
        loopback and nobody has a token."""
        host = self._limits.host
        if not is_loopback(host) and not self._has_tokens:
            raise OpenToAll(
                f"http.host = {host} is reached from other machines, and there is no API token "
                "to ask them for. Create one first (token.create, over the daemon's socket), "
                "or listen on 127.0.0.1"
            )
        loop = asyncio.get_running_loop()
        try:
            listener = await loop.create_server(
                self.connection, host, self._limits.port, backlog=self._limits.backlog
            )
        except OSError as error:
            where = f"http.host = {host}, http.port = {self._limits.port}"
            why = f"cannot listen on {where}: {error.strerror or error}"
            raise OSError(error.errno, why) from error
        self._listeners.append(listener)
        name = listener.sockets[0].getsockname()
        self.address = (name[0], name[1])
        if self._limits.socket != Path():
            await self._listen_on_file(loop)

    async def _listen_on_file(self, loop: asyncio.AbstractEventLoop) -> None:
        file = SocketFile(self._limits.socket)
        listening = file.bind(backlog=self._limits.backlog)
        self._file = file
        self._listeners.append(
            await loop.create_unix_server(
                self.connection, sock=listening, backlog=self._limits.backlog
            )
        )

    def adopt(self, transport: asyncio.Transport, data: bytes) -> None:
        """Serve a client of another listener from here on, ``data`` first."""
        connection = self.connection()
        transport.set_protocol(connection)
        connection.connection_made(transport)
        connection.received(data)

    async def close(self, *, grace_seconds: float) -> None:
        """Accept no more, let requests under way be answered for ``grace_seconds``, close.
        Safe to repeat, and before ``start``."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for connection in tuple(self._connections):
            connection.finish()
        await self._until_all_left(grace_seconds)
        for connection in tuple(self._connections):
            connection.abort()
        await self._until_all_left(grace_seconds)
        if self._sweep is not None:
            self._sweep.cancel()
        if self._file is not None:
            self._file.remove()

    @property
    def url(self) -> str:
        host, port = self.address or (self._limits.host, self._limits.port)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def facts(self) -> dict[str, Any]:
        """For ``system.status``: where it listens, who is there, what was answered."""
        host, port = self.address or (self._limits.host, self._limits.port)
        socket_file = self._limits.socket
        return {
            "host": host,
            "port": port,
            "socket": None if socket_file == Path() else str(socket_file),
            "connections": len(self._connections),
            "responses": {str(status): n for status, n in sorted(self._answered.items())},
        }

    # Owner

    @property
    def date(self) -> bytes:
        second = self._clock.now() // SECOND
        if self._date[0] != second:
            self._date = (second, f"date: {formatdate(second, usegmt=True)}\r\n".encode())
        return self._date[1]

    def admits(self, connection: HttpConnection) -> bool:
        admitted = bool(self._listeners) and len(self._connections) < self._limits.max_connections
        self._connections.add(connection)
        self._all_left.clear()
        if self._sweep is None:
            self._sweep_later()
        return admitted

    def left(self, connection: HttpConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._all_left.set()

    def counted(self, status: int) -> None:
        self._answered[int(status)] += 1

    def client(self, transport: asyncio.Transport) -> SiteClient:
        made: socket.socket = transport.get_extra_info("socket")
        door, actor = self._door_and_actor(made)
        session = f"http-{self._run}-{next(self._numbers)}"
        return SiteClient(self._site, door, actor=actor, session=session)

    def _door_and_actor(self, made: socket.socket) -> tuple[Door, str]:
        if made.family == socket.AF_UNIX:
            return self._doors[False], actor_of(made)
        return self._doors[True], f"http:{_address(made)}"

    def connection(self) -> HttpConnection:
        """For a client that is about to be connected."""
        loop = asyncio.get_running_loop()
        return HttpConnection(
            owner=self, limits=self._limits, heads=self._heads, room=self._room, loop=loop
        )

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self._limits.check_seconds, self._swept)

    def _swept(self) -> None:
        """One timer for the time limits of all connections."""
        now = asyncio.get_running_loop().time()
        for connection in tuple(self._connections):
            if connection.due is not None and connection.due <= now:
                connection.too_slow()
        self._sweep = None
        if self._connections:
            self._sweep_later()

    async def _until_all_left(self, seconds: float) -> None:
        if not self._connections:
            return
        try:
            await asyncio.wait_for(self._all_left.wait(), seconds)
        except TimeoutError:
            self._log.warning("connections_left_open", connections=len(self._connections))


def _address(made: socket.socket) -> str:
    try:
        return str(made.getpeername()[0])
    except OSError:
        return "gone"

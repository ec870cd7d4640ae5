"""Servers of this machine's loopback for tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult


class Site:
    """Answers as the handlers say and notes what it was asked."""

    def __init__(self) -> None:
        self.app = web.Application()
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.connections: set[Any] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self, path: str, body: Any = None, **response: Any) -> None:
        if isinstance(body, bytes):
            response["body"] = body
        elif body is not None:
            response["text"] = body

        async def handle(request: web.Request) -> web.Response:
            self.seen.append(request)
            self.bodies.append(await request.read())
            self.connections.add(request.transport)
            return web.Response(**response)

        self.app.router.add_route("*", path, handle)

    def redirects(self, path: str, to: str, status: int = 302) -> None:
        self.answers(path, status=status, headers={"Location": to})


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Site]:
    runner = web.AppRunner(site.app, shutdown_timeout=0.1)
    await runner.setup()
    where = web.TCPSite(runner, "127.0.0.1", 0)
    await where.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


class Canary:
    """Sings when anybody connects."""

    def __init__(self) -> None:
        self.connects = 0
        self.port = 0

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        writer.close()


@asynccontextmanager
async def listening(host: str = "127.0.0.1") -> AsyncIterator[Canary]:
    canary = Canary()
    server = await asyncio.start_server(canary.heard, host, 0)
    canary.port = server.sockets[0].getsockname()[1]
    async with server:
        yield canary


class Names(AbstractResolver):
    """A name server in the hands of the test: each name's answers, one lookup after another."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers
        self.lookups: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.lookups.append(host)
        given = self._answers.get(host.partition(".")[0])
        if given is None:
            raise OSError(f"nobody knows {host}")
        addresses = given.pop(0) if len(given) > 1 else given[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""

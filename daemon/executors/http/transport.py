"""Sends requests: connections are kept, addresses are checked where the connection is made."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from daemon.executors.http.addresses import AddressPolicy
from daemon.executors.http.request import BadRequest, Request, address

CHUNK_BYTES = 1 << 16
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEPT_ELSEWHERE = frozenset({"accept", "content-type", "user-agent"})
"""Headers that go along when a redirect leads to another origin: others may be credentials."""


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    total_seconds: float = 600
    """Of one task, redirects and body included."""
    max_redirects: int = 3
    max_response_bytes: int = 8 << 20
    connections: int = 100
    """Open at a time; more requests wait."""
    idle_seconds: float = 15
    """An unused connection is kept for so long."""


class ResponseTooLarge(ValueError):
    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"the response has more than {max_bytes} bytes")


class TooManyRedirects(ValueError):
    def __init__(self, max_redirects: int) -> None:
        super().__init__(f"more than {max_redirects} redirects")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    reason: str
    headers: dict[str, list[str]]
    body: bytes
    charset: str | None


class _Checked(AbstractResolver):
    """Every address of a name must be allowed, and those checked are those connected to."""

    def __init__(self, policy: AddressPolicy, inner: AbstractResolver | None) -> None:
        self._policy = policy
        self._inner = inner or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for one in found:
            self._policy.check(one["host"], port)
        return found

    async def close(self) -> None:
        await self._inner.close()


class Transport:
    """``resolver`` None: the system's. No proxy, cookie or netrc of the environment is used."""

    def __init__(
        self,
        policy: AddressPolicy,
        limits: HttpLimits,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._policy = policy
        self._limits = limits
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, request: Request) -> Answer:
        """Follows redirects. Raises TimeoutError, aiohttp.ClientError, AddressRefused,
        BadRequest, TooManyRedirects and ResponseTooLarge."""
        async with asyncio.timeout(self._limits.total_seconds):
            for _ in range(self._limits.max_redirects + 1):
                answer = await self._once(request)
                if isinstance(answer, Answer):
                    return answer
                request = answer
        raise TooManyRedirects(self._limits.max_redirects)

    async def _once(self, request: Request) -> Answer | Request:
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=request.connect_seconds or None,
            sock_read=request.read_seconds or None,
        )
        async with self._opened().request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            timeout=timeout,
        ) as response:
            location = response.headers.get("Location")
            if response.status in REDIRECTS and location is not None:
                return redirected(request, response.status, location)
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        parts, size = [], 0
        async for part in response.content.iter_chunked(CHUNK_BYTES):
            parts.append(part)
            size += len(part)
            if size > self._limits.max_response_bytes:
                response.close()
                raise ResponseTooLarge(self._limits.max_response_bytes)
        return Answer(
            status=response.status,
            reason=response.reason or "",
            headers=_listed(response),
            body=b"".join(parts),
            charset=response.charset,
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Checked(self._policy, self._resolver),
                use_dns_cache=False,
                limit=self._limits.connections,
                keepalive_timeout=self._limits.idle_seconds,
                socket_factory=self._socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The last gate, also for addresses that stand in the uri: nothing connects without it."""
        family, kind, protocol, _, where = info
        self._policy.check(where[0], where[1])
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def redirected(request: Request, status: int, location: str) -> Request:
    """The request that a redirect asks for."""
    url = _target(request.url, location)
    becomes_get = status == 303 or (status in (301, 302) and request.method == "POST")
    changes = becomes_get and request.method != "HEAD"
    elsewhere = url.origin() != request.url.origin()
    return msgspec.structs.replace(
        request,
        url=url,
        method="GET" if changes else request.method,
        body=None if changes else request.body,
        headers=tuple(
            (name, value)
            for name, value in request.headers
            if not elsewhere or name.lower() in KEPT_ELSEWHERE
        ),
    )


def _target(base: URL, location: str) -> URL:
    try:
        return address(base.join(URL(location)))
    except ValueError as error:
        raise BadRequest(f"the redirect leads nowhere: {error}") from error


def _listed(response: aiohttp.ClientResponse) -> dict[str, list[str]]:
    """With plain names: aiohttp's are a kind of text that no event can carry."""
    return {str(name): response.headers.getall(name) for name in response.headers}

"""The asynchronous client: one connection, many calls in flight, safe to repeat."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from playhead.backoff import Backoff
from playhead.calls import Operations
from playhead.calls.caller import given
from playhead.connection import Connection, open_connection
from playhead.documents import JobDocument
from playhead.endings import JobEndings
from playhead.errors import (
    Busy,
    ConnectionLost,
    DaemonUnreachable,
    Stopping,
)
from playhead.paths import default_socket
from playhead.request_ids import identified, repeatable
from playhead.subscription import Subscription
from playhead.timing import within

TIMEOUT_SECONDS = 30.0
RECONNECT_SECONDS = 10.0
CLOSE_SECONDS = 1.0


class Client(Operations):
    """Use it as an async context manager::

        async with Client() as client:
            job = await client.submit_job("greet", input={"name": "Ada"})
            print(await client.wait_for_job(job))

    ``timeout_seconds`` bounds every call that does not say otherwise. When the daemon is
    away, calls wait up to ``reconnect_seconds`` for it to come back. A call that changes
    state carries a request id, so that it is made again after a lost connection and still
    carried out once.
    """

    def __init__(
        self,
        socket: Path | str | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        reconnect_seconds: float = RECONNECT_SECONDS,
        backoff: Backoff | None = None,
    ) -> None:
        self.socket = Path(socket) if socket is not None else default_socket()
        self._timeout_seconds = timeout_seconds
        self._reconnect_seconds = reconnect_seconds
        self._backoff = backoff or Backoff()
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()
        self._endings = JobEndings(self)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> Connection:
        """The open connection, or a new one. Raises DaemonUnreachable at once."""
        async with self._opening:
            if self._connection is None or self._connection.lost.is_set():
                self._connection = await open_connection(self.socket)
            return self._connection

    async def close(self) -> None:
        """Safe to repeat."""
        await self._endings.close()
        if self._connection is not None:
            await self._connection.close(CLOSE_SECONDS)

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_seconds: float | None = None,
        once: bool = True,
    ) -> Any:
        """The result of any operation. Raises RpcError and its kinds for an error answer,
        DaemonUnreachable, CallTimedOut, and ConnectionLost where a repeat is not safe.
        ``once`` False spares the request id: a lost call is then the caller's to repeat."""
        seconds = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        plain = dict(params or {})
        asked = identified(method, plain) if once else plain
        _, answer = await within(seconds, f"the answer of {method}", self._persist(method, asked))
        return answer

    async def subscribe(
        self,
        *,
        after: int | None = None,
        stream: str | None = None,
        types: Iterable[str] | None = None,
    ) -> Subscription:
        """Events behind position ``after`` (0: from the beginning; None: from now on)."""
        filters = given(stream=stream, types=None if types is None else list(types))
        subscription = Subscription(self, filters, after)
        await subscription.start()
        return subscription

    async def wait_for_job(
        self, job_id: str, *, timeout_seconds: float | None = None
    ) -> JobDocument:
        """The document of a job once it has ended. Without ``timeout_seconds`` it waits as
        long as that takes. Raises CallTimedOut, NotFound."""
        return await within(timeout_seconds, f"the end of job {job_id}", self._endings.wait(job_id))

    async def subscribed(self, params: Mapping[str, Any]) -> tuple[Connection, dict[str, Any]]:
        """The connection that events will come on, and the answer of ``events.subscribe``."""
        method = "events.subscribe"
        return await within(self._timeout_seconds, method, self._persist(method, dict(params)))

    async def unsubscribed(self, connection: Connection, subscription: str) -> None:
        method = "events.unsubscribe"
        call = connection.call(method, {"subscription": subscription})
        await within(self._timeout_seconds, method, call)

    async def _persist(self, method: str, params: dict[str, Any]) -> tuple[Connection, Any]:
        """Call until there is an answer, as far as that is safe."""
        now = asyncio.get_running_loop().time
        give_up_at = math.inf
        for delay in self._backoff.delays():
            try:
                connection = await self._open()
                return connection, await connection.call(method, params)
            except (ConnectionLost, DaemonUnreachable, Busy, Stopping) as error:
                unsafe = isinstance(error, ConnectionLost) and not repeatable(method, params)
                give_up_at = min(give_up_at, now() + self._reconnect_seconds)
                if unsafe or now() + delay > give_up_at:
                    raise
            await asyncio.sleep(delay)
        raise AssertionError("delays never end")

    async def _open(self) -> Connection:
        connection = self._connection
        if connection is None or connection.lost.is_set():
            return await self.connect()
        return connection

"""Waiting for jobs to end: one subscription, however many jobs are waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playhead.documents import ENDED, ENDING_EVENTS, JobDocument
from playhead.errors import PlayheadError

if TYPE_CHECKING:
    from playhead.client import Client
    from playhead.subscription import Subscription

STREAM = "job/"


class JobEndings:
    """Hears every job's end while somebody waits for one."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listening: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._waiters: dict[str, set[asyncio.Future[None]]] = {}

    async def wait(self, job_id: str) -> JobDocument:
        """The job's document once it has ended. Raises NotFound."""
        await self._listen()
        while True:
            heard = asyncio.get_running_loop().create_future()
            self._waiters.setdefault(job_id, set()).add(heard)
            try:
                job = await self._client.get_job(job_id)
                if job["status"] in ENDED:
                    return job
                await heard
            finally:
                self._forget(job_id, heard)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        async with self._starting:
            if self._listening is not None and not self._listening.done():
                return
            subscription = await self._client.subscribe(types=ENDING_EVENTS)
            self._listening = asyncio.create_task(self._hear(subscription))

    async def _hear(self, subscription: Subscription) -> None:
        try:
            async with subscription:
                async for event in subscription:
                    for heard in self._waiters.get(event["stream"].removeprefix(STREAM), ()):
                        _set(heard, None)
        except PlayheadError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        for waiting in self._waiters.values():
            for heard in waiting:
                _set(heard, error)

    def _forget(self, job_id: str, heard: asyncio.Future[None]) -> None:
        waiting = self._waiters[job_id]
        waiting.discard(heard)
        if not waiting:
            del self._waiters[job_id]


def _set(heard: asyncio.Future[None], error: Exception | None) -> None:
    if heard.done():
        return
    if error is None:
        heard.set_result(None)
    else:
        heard.set_exception(error)

"""Jobs through a running daemon: many at a time, or one after another."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from benchmarks.definitions import SAMPLE
from benchmarks.wire import Wire

ENDS = ["JobCompleted", "JobFailed", "JobTimedOut", "JobTerminated"]


class Load:
    """One client connection. Ends are learned from one subscription, not by asking."""

    def __init__(self, wire: Wire, run: str) -> None:
        """``run`` tells the request ids of this load from those of others on the same log."""
        self._wire = wire
        self._run = run
        self._ended: dict[str, asyncio.Future[None]] = {}
        self._number = 0
        wire.on_notification = self._told

    async def start(self) -> None:
        await self._wire.call("events.subscribe", types=ENDS)

    async def submit(self, workflow: str) -> str:
        self._number += 1
        told = await self._wire.call(
            "job.submit", workflow=workflow, input=SAMPLE, requestId=f"{self._run}-{self._number}"
        )
        return str(told["jobId"])

    async def job(self, workflow: str) -> None:
        """Submit one job and wait for its end."""
        job_id = await self.submit(workflow)
        await self._end_of(job_id)
        del self._ended[job_id]

    async def many(self, workflow: str, jobs: int, in_flight: int) -> float:
        """Seconds that ``jobs`` took with ``in_flight`` of them at a time."""
        left = iter(range(jobs))

        async def lane() -> None:
            for _ in left:
                await self.job(workflow)

        begun = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(in_flight)))
        return time.perf_counter() - begun

    async def alone(self, workflow: str, jobs: int) -> list[float]:
        """Seconds of each of ``jobs``, one after another."""
        found = []
        for _ in range(jobs):
            begun = time.perf_counter()
            await self.job(workflow)
            found.append(time.perf_counter() - begun)
        return found

    def unfinished(self) -> set[str]:
        """Jobs whose submit was acknowledged and whose end was not heard of."""
        return {job_id for job_id, ended in self._ended.items() if not ended.done()}

    def _told(self, message: dict[str, Any]) -> None:
        event = message["params"]["event"]
        ended = self._end_of(event["stream"].removeprefix("job/"))
        if ended.done():
            return
        if event["type"] == "JobCompleted":
            ended.set_result(None)
        else:
            ended.set_exception(RuntimeError(f"a job of the benchmark ended as {event}"))

    def _end_of(self, job_id: str) -> asyncio.Future[None]:
        """The end may be told before the submit is answered."""
        ended = self._ended.get(job_id)
        if ended is None:
            ended = self._ended[job_id] = asyncio.get_running_loop().create_future()
        return ended

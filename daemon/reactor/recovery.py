"""Taking up what was open when the daemon stopped: from the log's index, job by job.

The daemon serves meanwhile: a job that somebody touches first is simply loaded then.
"""

from __future__ import annotations

import anyio
import anyio.lowlevel
import structlog

from daemon.reactor.jobs import Jobs
from daemon.reactor.reactor import WAKE, Reactor
from daemon.timers.heap import JOB, Timers
from eventstore.store import EventStore, EventStoreError, StreamRow

_log = structlog.get_logger("recovery")


class Recovery:
    def __init__(
        self, store: EventStore, jobs: Jobs, reactor: Reactor, timers: Timers, *, batch_jobs: int
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._reactor = reactor
        self._timers = timers
        self._batch = batch_jobs
        self.open_jobs = 0
        self.taken_up = 0
        self.done = anyio.Event()

    async def run(self) -> None:
        rows = await self._store.open_streams(prefix="job/")
        self.open_jobs = len(rows)
        self._arm(rows)
        for count, row in enumerate(rows, start=1):
            await self._take_up(row.stream.removeprefix("job/"))
            if count % self._batch == 0:
                await anyio.lowlevel.checkpoint()
        self.done.set()

    def _arm(self, rows: list[StreamRow]) -> None:
        """What is due fires in time even if its job's turn comes late."""
        for row in rows:
            if row.due_at is not None:
                self._timers.arm(row.stream.removeprefix("job/"), JOB, WAKE, row.due_at)

    async def _take_up(self, job_id: str) -> None:
        """What cannot be read of one job keeps no other from going on."""
        try:
            await self._jobs.load(job_id)
        except EventStoreError as error:
            _log.error("a job cannot go on", job_id=job_id, error=str(error))
            return
        self._reactor.run(lambda: self._recover(job_id))
        self.taken_up += 1

    def _recover(self, job_id: str) -> None:
        state = self._jobs.cell(job_id).tail
        if state is not None:
            self._reactor.take_up(state)

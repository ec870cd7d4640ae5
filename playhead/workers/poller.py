"""Asks for the tasks of one worker, as many as it has hands for."""

from __future__ import annotations

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

from playhead.client import Client
from playhead.documents import TaskDocument
from playhead.workers.attempt import Attempt
from playhead.workers.definition import Worker
from playhead.workers.persistence import persistently
from playhead.workers.task import task_of

log = logging.getLogger("playhead.worker")
GIVE_BACK_SECONDS = 0.001
"""A callback this soon puts a task back into its queue."""


class Poller:
    """Polls until ``stop``; ``finish`` then waits for what is running."""

    def __init__(
        self, client: Client, worker: Worker, *, worker_id: str, session: str, wait_seconds: float
    ) -> None:
        self._client = client
        self._worker = worker
        self._worker_id = worker_id
        self._session = session
        self._wait_seconds = wait_seconds
        self._threads = ThreadPoolExecutor(worker.concurrency, f"playhead-{worker.task_type}")
        self._attempts: dict[asyncio.Task[None], Attempt] = {}
        self._free = asyncio.Event()
        self._stopping = asyncio.Event()
        self._leaving: asyncio.Task[None] | None = None

    @property
    def attempts(self) -> list[Attempt]:
        return list(self._attempts.values())

    def stop(self) -> None:
        self._stopping.set()
        self._free.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            count = self._worker.concurrency - len(self._attempts)
            if count > 0:
                await self._poll(count)
            else:
                self._free.clear()
                await self._free.wait()

    async def finish(self, seconds: float) -> None:
        """Give running tasks ``seconds``; what is cut off goes back to its queue when the
        session ends."""
        if self._attempts:
            _, late = await asyncio.wait(self._attempts, timeout=seconds)
            for each in late:
                each.cancel()
        if self._leaving is not None:
            self._leaving.cancel()
            await asyncio.wait({self._leaving})
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _poll(self, count: int) -> None:
        # One id for all tries: what was handed out to a try whose answer was lost, is told to
        # the next one instead of lying in nobody's hands.
        request_id = uuid.uuid4().hex
        polling = asyncio.create_task(persistently(lambda: self._ask(count, request_id)))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if self._stopping.is_set():
            self._leaving = asyncio.create_task(self._give_back(polling))
        else:
            for document in polling.result():
                self._start(document)

    async def _ask(self, count: int, request_id: str) -> list[TaskDocument]:
        return await self._client.poll_tasks(
            self._worker.task_type,
            self._worker_id,
            count=count,
            wait_seconds=self._wait_seconds,
            domain=self._worker.domain,
            session=self._session,
            request_id=request_id,
        )

    def _start(self, document: TaskDocument) -> None:
        attempt = Attempt(
            self._client, self._worker, self._worker_id, task_of(document), self._threads
        )
        running = asyncio.create_task(attempt.run())
        self._attempts[running] = attempt
        running.add_done_callback(self._ended)

    def _ended(self, running: asyncio.Task[None]) -> None:
        attempt = self._attempts.pop(running)
        self._free.set()
        if not running.cancelled() and running.exception() is not None:
            name = attempt.task.task_id
            log.error("no result of task %s was delivered", name, exc_info=running.exception())

    async def _give_back(self, polling: asyncio.Task[list[TaskDocument]]) -> None:
        """What the last poll still brings while running tasks end is for other workers."""
        try:
            documents = await polling
        finally:
            polling.cancel()
        for document in documents:
            await self._client.update_task(
                document["taskId"],
                "IN_PROGRESS",
                callback_after_seconds=GIVE_BACK_SECONDS,
                worker_id=self._worker_id,
            )

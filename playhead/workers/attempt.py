"""One task from its hand-out to its delivered result."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from playhead.client import Client
from playhead.errors import PlayheadError, RpcError
from playhead.workers.definition import Worker
from playhead.workers.outcome import Outcome, of_error, of_result
from playhead.workers.persistence import persistently
from playhead.workers.task import Task

log = logging.getLogger("playhead.worker")


class Attempt:
    """Runs the function beside its heartbeat, then delivers what came of it."""

    def __init__(
        self, client: Client, worker: Worker, worker_id: str, task: Task, threads: Executor
    ) -> None:
        self.task = task
        self._client = client
        self._worker = worker
        self._worker_id = worker_id
        self._threads = threads

    async def run(self) -> None:
        outcome = await self._outcome()
        if outcome is not None:
            await self._deliver(outcome)

    async def heartbeat(self) -> bool:
        """Keep the deadline away. False: the attempt has ended without us."""
        answer = await self._client.update_task(
            self.task.task_id, extend_lease=True, worker_id=self._worker_id, once=False
        )
        return answer["accepted"]

    async def _outcome(self) -> Outcome | None:
        """None when nobody wants it any more."""
        running = asyncio.ensure_future(self._call())
        beating = asyncio.create_task(self._beat(running))
        try:
            return of_result(await running)
        except asyncio.CancelledError:
            if self.task.unwanted.is_set():
                return None
            if _is_being_cancelled():
                running.cancel()
                raise
            return Outcome(status="FAILED", reason="the worker's function cancelled itself")
        except Exception as error:
            log.warning("task %s of type %s failed", *self._names(), exc_info=error)
            return of_error(error)
        finally:
            beating.cancel()

    async def _call(self) -> Any:
        arguments = self._worker.arguments(self.task)
        if self._worker.is_async:
            return await self._worker.function(*arguments)  # type: ignore[misc]
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        function: Callable[..., Any] = self._worker.function
        return await loop.run_in_executor(self._threads, context.run, function, *arguments)

    async def _beat(self, running: asyncio.Future[Any]) -> None:
        seconds = self._heartbeat_seconds()
        while seconds is not None:
            await asyncio.sleep(seconds)
            try:
                wanted = await self.heartbeat()
            except PlayheadError as error:
                log.warning("no heartbeat for task %s of type %s: %s", *self._names(), error)
                continue
            if not wanted:
                self.task.unwanted.set()
                running.cancel()
                return

    def _heartbeat_seconds(self) -> float | None:
        if self._worker.heartbeat_seconds is not None:
            return self._worker.heartbeat_seconds
        deadline = self.task.respond_by_seconds
        return None if deadline is None else deadline / 2

    async def _deliver(self, outcome: Outcome) -> None:
        async def deliver() -> None:
            answer = await self._client.update_task(
                self.task.task_id,
                outcome.status,
                output=outcome.output,
                reason=outcome.reason,
                callback_after_seconds=outcome.callback_seconds,
                worker_id=self._worker_id,
                once=False,
            )
            if not answer["accepted"]:
                log.info("task %s of type %s had ended already", *self._names())

        try:
            await persistently(deliver)
        except RpcError as error:
            log.warning("the result of task %s of type %s was refused: %s", *self._names(), error)

    def _names(self) -> tuple[str, str]:
        return self.task.task_id, self.task.task_type


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

"""A scenario that is its own worker: it takes one task at a time and says what must be there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.simulation.clients import Client, Refused
from tests.simulation.stage import Document, Stage

Line = Callable[["Hand"], Awaitable[None]]

LINES: dict[str, Line] = {}

PATIENCE_SECONDS = 3_000
"""Virtual: how long something that has to come may take."""

BAD = "FAILED_WITH_TERMINAL_ERROR"


def line(act: Line) -> Line:
    assert act.__name__ not in LINES, f"two lines are called {act.__name__}"
    LINES[act.__name__] = act
    return act


class Hand:
    """``shows`` waits until a job has a status and exactly these tasks, each written
    ``ref STATUS``, in the order of the list; a task in a worker's hands counts as SCHEDULED,
    because a crash puts it back into its queue."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._client = Client(stage.world, "hand", actor="uid:2000/hand")

    # --- what there is ---

    async def define(self, *definitions: dict[str, Any]) -> None:
        await self.stage.define(*definitions)

    async def types(self, *settings: dict[str, Any]) -> None:
        await self.stage.types(*settings)

    async def start(self, workflow: str = "w", name: str = "job", **params: Any) -> None:
        await self.stage.submit(name, workflow, **params)

    async def ask(self, method: str, name: str = "job", **params: Any) -> Document:
        return await self.stage.ask(method, name, **params)

    async def refused(self, method: str, kind: str, name: str = "job", **params: Any) -> None:
        with pytest.raises(Refused) as refused:
            await self.ask(method, name, **params)
        assert refused.value.data.get("refusal") == kind, refused.value

    # --- what happens ---

    async def takes(self, task_type: str) -> Document:
        """Until one comes."""
        deadline = self.stage.world.now + PATIENCE_SECONDS * 1_000_000
        while self.stage.world.now < deadline:
            for task in await self._polled(task_type):
                return task
        raise AssertionError(f"no task of type {task_type} comes")

    async def none_to_take(self, task_type: str) -> None:
        found = await self._polled(task_type, wait=0.01)
        assert found == [], f"there is a task of type {task_type}"

    async def _polled(self, task_type: str, wait: float = 30) -> list[Document]:
        answer = await self._client.ask(
            "task.poll", taskType=task_type, workerId="hand", waitSeconds=wait, session="hand"
        )
        tasks: list[Document] = answer["tasks"]
        return tasks

    async def completes(self, task_type: str, **output: Any) -> Document:
        task = await self.takes(task_type)
        await self.reports(task, "COMPLETED", output=output)
        return task

    async def fails(
        self, task_type: str, reason: str = "no", *, status: str = "FAILED", **output: Any
    ) -> Document:
        task = await self.takes(task_type)
        await self.reports(task, status, output=output, reason=reason)
        return task

    async def reports(self, task: Document, status: str, **fields: Any) -> None:
        answer = await self._client.ask(
            "task.update", taskId=task["taskId"], workerId="hand", status=status, **fields
        )
        assert answer["accepted"], f"{task['ref']}: {answer}"

    async def extends(self, task: Document) -> None:
        """Its time to answer begins anew, if it still has any."""
        try:
            await self._client.ask("task.update", taskId=task["taskId"], extendLease=True)
        except Refused as refused:
            if refused.data.get("refusal") not in ("taskEnded", "notHeld"):
                raise

    async def ends_by_hand(self, name: str, ref: str, status: str, **fields: Any) -> None:
        """A task that nobody polls for, as a WAIT."""
        found = await self.task(ref, name)
        await self.reports(found, status, **fields)

    # --- what is seen ---

    async def shows(self, status: str, *tasks: str, name: str = "job") -> Document:
        seen: list[Document] = []

        def reached(document: Document) -> bool:
            seen[:] = [document]
            return document["status"] == status and shown(document) == list(tasks)

        try:
            return await self.stage.until(name, reached, patience_seconds=PATIENCE_SECONDS)
        except AssertionError:
            raise AssertionError(
                f"{name} is {seen[0]['status']} with {shown(seen[0])}, "
                f"not {status} with {list(tasks)}; {seen[0]['reason']}"
            ) from None

    async def task(self, ref: str, name: str = "job", attempt: int | None = None) -> Document:
        """The newest task of the step, or the one of an attempt."""
        document = await self.stage.job(name)
        found = [
            task
            for task in document["tasks"]
            if task["ref"] == ref and attempt in (None, task["attempt"])
        ]
        assert found, f"{name} has no task {ref}: {shown(document)}"
        newest: Document = found[-1]
        return newest

    async def child(self, ref: str, name: str = "job") -> str:
        """The name of the job that works for the newest task of the step."""
        await self.stage.child(name, ref)
        job_id = (await self.task(ref, name))["childJobId"]
        return next(child for child, known in self.stage.jobs.items() if known == job_id)


def shown(document: Document) -> list[str]:
    return [f"{task['ref']} {_status(task)}" for task in document["tasks"]]


def _status(task: Document) -> str:
    in_hands = task["status"] == "IN_PROGRESS" and task["workerId"] == "hand"
    return "SCHEDULED" if in_hands else str(task["status"])


def failure(task: Document, reason: str, status: str = "FAILED") -> str:
    """The reason of a job that ended because of ``task``."""
    return f"Task {task['taskId']} failed with status: {status} and reason: '{reason}'"

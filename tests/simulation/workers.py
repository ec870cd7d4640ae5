"""Workers: they poll, and do with each task what their script says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from tests.simulation.clients import Client, Refused
from tests.simulation.world import World


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker does with a task. ``status`` None: it never reports."""

    status: str | None = "COMPLETED"
    output: Any = None
    reason: str | None = None
    after: float = 0.01
    """Seconds of work."""
    callback: float = 0
    heartbeats: int = 0
    """Sent evenly during the work."""
    twice: bool = False
    """The result is sent a second time, under another request id."""
    leaves: bool = False
    """The worker's connection breaks before it reports, and it reports from a new one."""


Script = Callable[[dict[str, Any]], Deed]


def diligent(task: dict[str, Any]) -> Deed:
    """Completes whatever it gets; the output depends on the step only."""
    return Deed(output={"by": task["ref"], "attempt": task["attempt"]})


class Worker:
    """Polls for its types until ``stop``; each task is worked on in a task of its own."""

    def __init__(
        self, world: World, name: str, types: tuple[str, ...], script: Script = diligent
    ) -> None:
        self.world = world
        self.name = name
        self.client = Client(world, name, actor=f"uid:2000/{name}")
        self.script = script
        self.poll_seconds = 30.0
        self.count = 1
        self.accepted: list[tuple[str, str]] = []
        """Task id and status of each result that the daemon took."""
        self.started: list[str] = []
        self._types = types
        self._loops: list[asyncio.Task[None]] = []
        self._works: set[asyncio.Task[None]] = set()

    def start(self) -> Worker:
        self._loops = [asyncio.create_task(self._serve(name)) for name in self._types]
        return self

    async def stop(self) -> None:
        """Vanish: nothing it has in its hands is reported."""
        for task in (*self._loops, *self._works):
            task.cancel()
        await asyncio.gather(*self._loops, *self._works, return_exceptions=True)
        self._loops, self._works = [], set()
        self.client.disconnect()

    async def _serve(self, task_type: str) -> None:
        while True:
            for task in await self._poll(task_type):
                self.started.append(task["taskId"])
                working = asyncio.create_task(self._work(task))
                self._works.add(working)
                working.add_done_callback(self._works.discard)

    async def _poll(self, task_type: str) -> list[dict[str, Any]]:
        """Under one request id until it is answered: what the poll handed out is known then
        even if the first answer was lost."""
        answer = await self.client.ask(
            "task.poll",
            taskType=task_type,
            workerId=self.name,
            count=self.count,
            waitSeconds=self.poll_seconds,
            session=self.name,
        )
        tasks: list[dict[str, Any]] = answer["tasks"]
        return tasks

    async def _work(self, task: dict[str, Any]) -> None:
        deed = self.script(task)
        for _ in range(deed.heartbeats):
            await asyncio.sleep(deed.after / (deed.heartbeats + 1))
            await self._update(task, extendLease=True)
        await asyncio.sleep(deed.after / (deed.heartbeats + 1))
        if deed.leaves:
            self.client.disconnect()
        if deed.status is None:
            return
        for _ in range(2 if deed.twice else 1):
            await self._report(task, deed, deed.status)

    async def _report(self, task: dict[str, Any], deed: Deed, status: str) -> None:
        fields: dict[str, Any] = {"status": status, "output": deed.output, "reason": deed.reason}
        if deed.callback:
            fields["callbackAfterSeconds"] = deed.callback
        answer = await self._update(task, **fields)
        self.world.observed.append([self.name, task["taskId"], answer])
        if answer["accepted"]:
            self.accepted.append((task["taskId"], status))

    async def _update(self, task: dict[str, Any], **fields: Any) -> dict[str, Any]:
        try:
            return await self.client.ask(
                "task.update", taskId=task["taskId"], workerId=self.name, **fields
            )
        except Refused as refused:
            return {"accepted": False, "refused": refused.type}

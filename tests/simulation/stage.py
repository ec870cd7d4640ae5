"""A scenario on its stage: named jobs, workers that are there, and how all of it came out.

What is compared between runs is the *outcome*: what a user would call the same result.
Ids, times, positions and how often a task was handed out may differ after a crash.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from daemon.decider.state import JobState
from daemon.reactor.reactions import asks_failure_job
from eventstore.events import JOB_ENDED
from tests.simulation.clients import Client
from tests.simulation.workers import Script, Worker, diligent
from tests.simulation.world import World

Document = dict[str, Any]

PATIENCE_SECONDS = 100_000
"""Virtual: more than any scenario needs."""

_ELAPSED = re.compile(r"(after|elapsed) \d+ seconds")
_LASTING = ("ref", "taskType", "status", "attempt", "iteration", "output", "cachedFrom")


class Stage:
    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client(world, "operator")
        self.jobs: dict[str, str] = {}
        """Name to id of each job whose submit was acknowledged."""
        self.workers: list[Worker] = []
        self.in_order = True
        """False: branches run side by side, and which gets on first is no part of it."""
        self.outputs_differ = False
        """What jobs had come to as they ended is a matter of moments: no part of the outcome."""
        self.unsettled: set[str] = set()
        """Jobs that may or may not have been started: no part of the outcome."""

    async def define(self, *definitions: dict[str, Any], live: bool = True) -> None:
        for definition in definitions:
            added = await self.client.ask("version.add", definition=definition)
            if "steps" in definition and live:
                await self.client.ask(
                    "tag.set",
                    workflow=added["workflowId"],
                    tag="$LIVE",
                    version={"versionNumber": added["versionNumber"]},
                )

    async def types(self, *settings: dict[str, Any]) -> None:
        for one in settings:
            await self.client.ask("taskType.put", definition=one)

    def worker(self, name: str, *types: str, script: Script = diligent) -> Worker:
        worker = Worker(self.world, name, types, script).start()
        self.workers.append(worker)
        return worker

    async def submit(self, name: str, workflow: str, **params: Any) -> str:
        params.setdefault("input", {"job": name})
        answer = await self.client.ask("job.submit", workflow=workflow, **params)
        job_id: str = answer["jobId"]
        self.jobs[name] = job_id
        return job_id

    async def ask(self, method: str, name: str, **params: Any) -> Document:
        return await self.client.ask(method, jobId=self.jobs[name], **params)

    async def job(self, name: str) -> Document:
        return await self.client.read("job.get", jobId=self.jobs[name])

    async def until(
        self,
        name: str,
        reached: Callable[[Document], Any],
        patience_seconds: int = PATIENCE_SECONDS,
    ) -> Document:
        """The job's document as soon as ``reached`` says so."""
        deadline = self.world.now + patience_seconds * 1_000_000
        wait = 0.02
        while True:
            document = await self.job(name)
            if reached(document):
                return document
            assert self.world.now < deadline, f"{name} got stuck: {document}"
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, 60)

    async def child(self, name: str, ref: str) -> str:
        """The name of the job that works for the newest task of step ``ref``, once it runs."""
        await self.until(name, task_is_past(ref, "SCHEDULED"))
        await self._name_children(name)
        return [child for child in self.jobs if child.startswith(f"{name}/{ref}")][-1]

    async def started(self, workflow: str) -> str:
        """The id of the one job of ``workflow``, which goes by that name, once it is there."""
        while True:
            found = (await self.client.read("job.list", workflow=workflow))["jobs"]
            if found:
                (one,) = found
                self.jobs[workflow] = one["jobId"]
                return str(one["jobId"])
            await asyncio.sleep(0.1)

    async def until_ended(self) -> None:
        """And the jobs that these started, by their tasks or by their failure."""
        for name in tuple(self.jobs):
            await self.until(name, ended)
            await self._until_answered(self.jobs[name])
            known = len(self.jobs)
            started = (await self.job(name))["failureJobId"]
            if started is not None and started not in self.jobs.values():
                self.jobs[f"failure of {name}"] = started
            await self._name_children(name)
            if len(self.jobs) > known:
                await self.until_ended()

    async def _name_children(self, name: str) -> None:
        state = await self._state(self.jobs[name])
        for task in state.in_order():
            child = task.child_job
            if child is None or child in self.jobs.values():
                continue
            if await self._is_there(child):
                again = f" again {task.attempt}" if task.attempt else ""
                self.jobs[f"{name}/{task.ref}{again}"] = child

    async def _is_there(self, job_id: str) -> bool:
        life = await self.world.alive()
        return await life.daemon.house.jobs.fold(job_id) is not None

    async def _state(self, job_id: str) -> JobState:
        life = await self.world.alive()
        state = await life.daemon.house.jobs.fold(job_id)
        assert state is not None
        return state

    async def _until_answered(self, job_id: str) -> None:
        for _ in range(1_000):
            state = await self._state(job_id)
            asks = asks_failure_job(state) is not None or state.terminations or state.messages
            if not asks:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"nobody answers what job {job_id} asked of other jobs")

    async def leave(self) -> None:
        for worker in self.workers:
            await worker.stop()

    async def outcome(self) -> Document:
        settled = sorted(self.jobs.keys() - self.unsettled)
        return {name: self._lasting(name, await self.job(name)) for name in settled}

    def _lasting(self, name: str, document: Document) -> Document:
        tasks = [{key: task[key] for key in _LASTING} for task in document["tasks"]]
        if not self.in_order:
            tasks.sort(key=lambda task: (task["ref"], task["attempt"]))
        kept = {key: document[key] for key in ("status", "output", "reason", "variables")}
        if self.outputs_differ:
            kept.pop("output")
            tasks = [task | {"output": None} for task in tasks]
        lasting: Document = self._without_ids({**kept, "tasks": tasks})
        return lasting

    def _without_ids(self, value: Any) -> Any:
        match value:
            case dict():
                return {key: self._without_ids(item) for key, item in value.items()}
            case list():
                return [self._without_ids(item) for item in value]
            case str():
                for name, job_id in self.jobs.items():
                    value = value.replace(job_id, f"<{name}>")
                value = _ELAPSED.sub(r"\1 some seconds", value)
        return value


def ended(document: Document) -> bool:
    return document["status"] in JOB_ENDED


def status(wanted: str) -> Callable[[Document], bool]:
    return lambda document: bool(document["status"] == wanted)


def task_is(ref: str, wanted: str) -> Callable[[Document], bool]:
    """The newest task of the step has the status."""

    def reached(document: Document) -> bool:
        found = [task["status"] for task in document["tasks"] if task["ref"] == ref]
        return bool(found) and found[-1] == wanted

    return reached


def task_is_past(ref: str, before: str) -> Callable[[Document], bool]:
    """The newest task of the step is there and has left the status ``before``."""

    def reached(document: Document) -> bool:
        found = [task["status"] for task in document["tasks"] if task["ref"] == ref]
        return bool(found) and found[-1] != before

    return reached

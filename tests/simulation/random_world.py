"""One random world: jobs of both dialects, workers who fail, vanish and repeat themselves,
operators who meddle, a network that loses answers, a disk that fails, and crashes. Then
peace: whatever was not ended ends, and everything in the log and in memory must agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from eventstore.store import DiskFull, EventStoreError, NotWritten
from tests.dialects.tasks.definitions import task, times
from tests.simulation.checks import check
from tests.simulation.clients import Client, ConnectionLost, Refused
from tests.simulation.definitions import simple, step, steps, task_type, workflow
from tests.simulation.scenarios import NOOP
from tests.simulation.stage import Stage, ended
from tests.simulation.workers import Deed, Worker
from tests.simulation.world import World, simulate

CHAOS_SECONDS = 16.0
TYPES = ("a", "b", "c")
LIMIT = {"rateLimitConfig": {"rateLimitKey": "both", "concurrentExecLimit": 1}}
WORKFLOWS = ("plain", "late", "failing", "stepped", "varied", "looping")
CACHED = {"cacheConfig": {"key": "one for all", "ttlInSecond": 6}}


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What a seed came to."""

    seed: int
    trace: str
    events: int
    crashes: int
    failures: int
    statuses: dict[str, str]


def live(seed: int, folder: Path, *, backend: str = "memory") -> Life:
    lives: list[Life] = []

    async def act(world: World) -> None:
        lives.append(await _Story(world).told())

    random = Random(f"{seed}/world")
    slowest = random.choice((0.0, 0.002, 0.05))
    flags = {
        "jobs__cached_jobs": random.choice((2, 10_000)),
        "projections__flush_seconds": random.choice((0.05, 1.0, 5.0)),
    }
    simulate(act, seed=seed, folder=folder, backend=backend, slowest_commit=slowest, flags=flags)
    return lives[0]


class _Story:
    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random("story")
        self.stage = Stage(world)
        self.crashes = 0
        self.failures = 0
        self._workers: list[Worker] = []
        self._acts: list[asyncio.Task[None]] = []

    async def told(self) -> Life:
        await self._prepare()
        self.world.slowest_network = self.random.choice((0.0, 0.01, 0.3))
        self._break_the_disk()
        self._set_out()
        await asyncio.sleep(CHAOS_SECONDS)
        await self._make_peace()
        await self._end()
        workers = (*self._workers, *self.stage.workers)
        await check(self.world, [one for worker in workers for one in worker.accepted])
        return await self._summary()

    async def _prepare(self) -> None:
        await self.stage.types(
            task_type("a", retryCount=2, responseTimeoutSeconds=5, concurrentExecLimit=1),
            task_type("c", rateLimitPerFrequency=2, rateLimitFrequencyInSeconds=3),
            task_type("b", retryCount=1, responseTimeoutSeconds=4, pollTimeoutSeconds=20),
        )
        await self.stage.define(
            workflow("cleanup", simple("c")),
            workflow("plain", simple("a"), simple("b", optional=True), simple("c"), **LIMIT),
            workflow("late", simple("a", startDelay=2), simple("b", asyncComplete=True), **LIMIT),
            workflow("failing", simple("b"), failureWorkflow="cleanup", timeoutSeconds=30),
            steps("stepped", step("a", "a", "n"), step("n", NOOP, "c"), step("c", "c")),
            workflow(
                "varied",
                simple("b", **CACHED),
                task("told", type="EVENT", sink="conductor:q"),
                task("asked", type="EVENT", sink="conductor:q", asyncComplete=True),
                task("pause", type="WAIT", inputParameters={"duration": "2s"}),
                task("somebody", type="HUMAN", optional=True),
                simple("c", **CACHED),
            ),
            workflow(
                "looping",
                times(
                    "l",
                    3,
                    simple("c", **CACHED, optional=True),
                    simple("b", asyncComplete=True, optional=True),
                    inputParameters={"keepLastN": 1},
                ),
            ),
        )
        await self.stage.define(steps("stepped", step("n", NOOP, "c"), step("c", "c")), live=False)

    def _break_the_disk(self) -> None:
        self.failures = self.random.choice((0, 0, 1, 3))
        errors: tuple[EventStoreError, ...] = (NotWritten("at random"), DiskFull("at random"))
        first = self.world.disk.tries + 1
        self.world.disk.failures = {
            self.random.randrange(first, first + 60): self.random.choice(errors)
            for _ in range(self.failures)
        }

    def _set_out(self) -> None:
        for number in range(self.random.randint(2, 3)):
            self._workers.append(self._worker(f"worker {number}"))
        acts: list[Callable[[], Any]] = [self._meddle, self._move_tags]
        acts += [self._meddle] * self.random.choice((0, 1))
        acts += [partial(self._submit, number) for number in range(self.random.randint(2, 5))]
        acts += [self._crash] * self.random.choice((0, 1, 2))
        acts += [self._power_failure] * self.random.choice((0, 1))
        self._acts = [asyncio.create_task(act()) for act in acts]

    def _worker(self, name: str) -> Worker:
        types = tuple(self.random.sample(TYPES, self.random.randint(1, 3)))
        worker = Worker(self.world, name, types, _moody(self.world.random(name)))
        worker.count = self.random.choice((1, 3))
        worker.poll_seconds = self.random.choice((1, 10))
        worker.client.loses_answers = self.random.choice((0, 0.1))
        return worker.start()

    async def _pass(self, seconds: float = CHAOS_SECONDS) -> None:
        await asyncio.sleep(round(self.random.uniform(0, seconds), 3))

    async def _submit(self, number: int) -> None:
        await self._pass(15)
        stage = Stage(self.world)
        stage.client = Client(self.world, f"submitter {number}")
        stage.client.loses_answers = 0.2
        workflow = self.random.choice(WORKFLOWS)
        priority = self.random.choice((0, 5))
        name = f"{workflow} {number}"
        self.stage.jobs[name] = await stage.submit(name, workflow, priority=priority)

    async def _crash(self) -> None:
        await self._pass()
        if self.world.life is not None and self.world.life.serves:
            self.crashes += 1
            await self.world.kill()
            await self._pass(2)
            await self.world.boot()

    async def _power_failure(self) -> None:
        await self._pass(10)
        disk = self.world.disk
        disk.crash_after = disk.commits + self.random.randint(1, 20)
        await disk.crashed.wait()
        if self.world.life is not None and self.world.life.dead:
            self.crashes += 1
            await self.world.reboot()

    async def _meddle(self) -> None:
        operator = Client(self.world, f"operator {self.random.random()}", actor="uid:0/root")
        while True:
            await self._pass(4)
            if not self.stage.jobs:
                continue
            job_id = self.random.choice(sorted(self.stage.jobs.values()))
            method, params = self.random.choice(_MEDDLING)
            try:
                answer = await operator.ask(method, jobId=job_id, **params)
                self.world.observed.append([method, answer])
            except Refused as refused:
                if refused.type not in ("refused", "notFound"):
                    raise

    async def _move_tags(self) -> None:
        mover = Client(self.world, "mover")
        while True:
            await self._pass(8)
            number = self.random.choice((1, 2))
            version = {"versionNumber": number}
            await mover.ask("tag.set", workflow="stepped", tag="$LIVE", version=version)

    async def _make_peace(self) -> None:
        world = self.world
        world.disk.failures, world.disk.crash_after = {}, None
        for act in self._acts:
            act.cancel()
        await asyncio.gather(*self._acts, return_exceptions=True)
        if world.life is None or not world.life.serves:
            await world.reboot()
        for worker in self._workers:
            await worker.stop()

    async def _end(self) -> None:
        stage = self.stage
        stage.worker("diligent", *TYPES)
        for name in tuple(stage.jobs):
            await self._ended(name)
        await stage.until_ended()
        await stage.leave()
        await asyncio.sleep(5)

    async def _ended(self, name: str) -> None:
        for _ in range(100):
            document = await self.stage.job(name)
            if ended(document):
                return
            for other in tuple(self.stage.jobs):
                for one in (await self.stage.job(other))["waitingFor"]:
                    await self._help(other, one)
            await asyncio.sleep(3)
        raise AssertionError(f"{name} does not end: {await self.stage.job(name)}")

    async def _help(self, name: str, one: dict[str, Any]) -> None:
        try:
            if one["kind"] == "operator":
                await self.stage.ask("job.resume", name)
            elif one["kind"] == "outsideEvent":
                for event_id in one["ids"]:
                    await self.stage.ask("job.sendEvent", name, eventId=event_id)
        except (Refused, ConnectionLost) as error:
            self.world.observed.append(str(error))

    async def _summary(self) -> Life:
        documents = {name: await self.stage.job(name) for name in sorted(self.stage.jobs)}
        life = await self.world.alive()
        return Life(
            seed=self.world.seed,
            trace=self.world.trace(),
            events=life.store.head.position,
            crashes=self.crashes,
            failures=self.failures,
            statuses={name: document["status"] for name, document in documents.items()},
        )


def _moody(random: Random) -> Callable[[dict[str, Any]], Deed]:
    deeds = (
        *[Deed(output={"fine": True})] * 6,
        Deed(output={"slow": True}, after=3),
        Deed(output={"late": True}, after=8),
        Deed(output={"beating": True}, after=9, heartbeats=4),
        Deed(status="FAILED", reason="a mood"),
        Deed(status="FAILED_WITH_TERMINAL_ERROR", reason="a bad mood"),
        Deed(status="IN_PROGRESS", callback=2),
        Deed(status=None),
        Deed(output={"twice": True}, twice=True),
        Deed(output={"left": True}, leaves=True),
    )
    return lambda task: random.choice(deeds)


_MEDDLING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("job.pause", {}),
    ("job.resume", {}),
    ("job.resume", {}),
    ("job.retry", {}),
    ("job.restart", {}),
    ("job.restart", {"useLatest": True}),
    ("job.rerun", {}),
    ("job.terminate", {"reason": "at random"}),
    ("job.skipTask", {"ref": "c_ref", "output": {"skipped": True}}),
    ("job.sendEvent", {"eventId": "b_ref", "payload": {"from": "outside"}}),
)

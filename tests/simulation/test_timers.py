"""Timers fire when they are due, to the microsecond of the virtual clock (DESIGN §1.9)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from eventstore.events import (
    Event,
    JobTimedOut,
    JobTimeoutAlerted,
    TaskFailed,
    TaskProgressed,
    TaskReturned,
    TaskScheduled,
    TaskStarted,
    TaskTimedOut,
    TimerFired,
)
from tests.simulation.checks import check
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.stage import Stage, status, task_is
from tests.simulation.workers import Deed, Script
from tests.simulation.world import SECOND, World, simulate

Times = dict[type[Event], list[int]]


async def times(stage: Stage) -> Times:
    """When the events of the one job happened, by class."""
    life = await stage.world.alive()
    found: Times = {}
    for one in await life.store.read(f"job/{stage.jobs['job']}"):
        found.setdefault(type(one.event), []).append(one.at)
    return found


def timed(
    tmp_path: Path,
    act: Callable[[Stage], Awaitable[Any]],
    *,
    types: tuple[dict[str, Any], ...] = (),
    restarts: bool = False,
    **fields: Any,
) -> Times:
    """The times of a job with one task ``a`` when nothing but the daemon takes time. With
    ``restarts`` it is killed every 0.7 seconds."""
    found: Times = {}

    async def restart(world: World) -> None:
        while True:
            await asyncio.sleep(0.7)
            await world.reboot()

    async def in_world(world: World) -> None:
        stage = Stage(world)
        await stage.types(*types)
        task = {key: fields.pop(key) for key in tuple(fields) if key == "startDelay"}
        await stage.define(workflow("w", simple("a", **task), **fields))
        await asyncio.sleep(0.123457)
        restarting = asyncio.create_task(restart(world)) if restarts else None
        await stage.submit("job", "w")
        await act(stage)
        if restarting is not None:
            restarting.cancel()
            await asyncio.wait([restarting])
            if world.life is None or not world.life.serves:
                await world.reboot()
        await stage.leave()
        await asyncio.sleep(5)
        await check(world)
        found.update(await times(stage))

    simulate(in_world, seed=1, folder=tmp_path)
    return found


def working(script: Script) -> Callable[[Stage], Awaitable[Any]]:
    async def act(stage: Stage) -> None:
        stage.worker("w1", "a", script=script)
        await stage.until_ended()

    return act


def failing_twice(task: dict[str, Any]) -> Deed:
    return Deed(status="FAILED" if task["attempt"] < 2 else "COMPLETED", after=0.01)


def gaps(earlier: list[int], later: list[int]) -> list[float]:
    return [(after - before) / SECOND for before, after in zip(earlier, later, strict=False)]


RESTARTS = pytest.mark.parametrize("restarts", [False, True], ids=["", "restarts"])


@pytest.mark.parametrize(
    ("settings", "delays"),
    [
        ({"retryLogic": "FIXED", "retryDelaySeconds": 7}, [7, 7]),
        (
            {"retryLogic": "LINEAR_BACKOFF", "retryDelaySeconds": 3, "backoffScaleFactor": 2},
            [6, 12],
        ),
        ({"retryLogic": "EXPONENTIAL_BACKOFF", "retryDelaySeconds": 5}, [5, 10]),
        (
            {
                "retryLogic": "EXPONENTIAL_BACKOFF",
                "retryDelaySeconds": 5,
                "maxRetryDelaySeconds": 6,
            },
            [5, 6],
        ),
    ],
    ids=["fixed", "linear", "exponential", "capped"],
)
@RESTARTS
def test_retry_delays(
    tmp_path: Path, settings: dict[str, Any], delays: list[float], restarts: bool
) -> None:
    types = (task_type("a", retryCount=2, **settings),)
    found = timed(tmp_path, working(failing_twice), types=types, restarts=restarts)
    assert gaps(found[TaskFailed], found[TaskScheduled][1:]) == [0, 0]
    assert gaps(found[TaskFailed], found[TimerFired]) == delays


def test_jitter_delays_by_what_the_event_says(tmp_path: Path) -> None:
    types = (task_type("a", retryCount=2, retryDelaySeconds=7, backoffJitterMs=900),)
    found = timed(tmp_path, working(failing_twice), types=types)
    waited = gaps(found[TaskFailed], found[TimerFired])
    assert all(7 <= one <= 7.9 for one in waited)
    assert all(round(one * 1000) / 1000 == one for one in waited)
    assert len(set(waited)) == 2


@RESTARTS
def test_start_delay(tmp_path: Path, restarts: bool) -> None:
    found = timed(tmp_path, working(lambda task: Deed()), startDelay=9, restarts=restarts)
    assert gaps(found[TaskScheduled], found[TimerFired]) == [9]


def test_a_delayed_task_goes_out_as_soon_as_it_is_ready(tmp_path: Path) -> None:
    found = timed(tmp_path, working(lambda task: Deed()), startDelay=9)
    assert gaps(found[TaskScheduled], found[TaskStarted]) == [9]


@RESTARTS
def test_response_timeout(tmp_path: Path, restarts: bool) -> None:
    types = (task_type("a", retryCount=0, responseTimeoutSeconds=4),)
    act = working(lambda task: Deed(status=None))
    found = timed(tmp_path, act, types=types, restarts=restarts)
    assert gaps(found[TaskStarted], found[TaskTimedOut]) == [4]


def test_a_heartbeat_counts_the_response_timeout_anew(tmp_path: Path) -> None:
    types = (task_type("a", retryCount=0, responseTimeoutSeconds=4),)
    act = working(lambda task: Deed(status=None, after=6, heartbeats=1))
    found = timed(tmp_path, act, types=types)
    assert gaps(found[TaskStarted], found[TaskTimedOut]) == [3 + 4]


@RESTARTS
def test_poll_timeout(tmp_path: Path, restarts: bool) -> None:
    types = (task_type("a", pollTimeoutSeconds=6, timeoutPolicy="TIME_OUT_WF"),)
    found = timed(tmp_path, Stage.until_ended, types=types, restarts=restarts)
    assert gaps(found[TaskScheduled], found[TaskTimedOut]) == [6]


@RESTARTS
def test_task_timeout(tmp_path: Path, restarts: bool) -> None:
    types = (task_type("a", retryCount=0, timeoutSeconds=8, responseTimeoutSeconds=3),)
    act = working(lambda task: Deed(after=30, heartbeats=20))
    found = timed(tmp_path, act, types=types, restarts=restarts)
    assert gaps(found[TaskStarted], found[TaskTimedOut]) == [8]


@RESTARTS
def test_total_timeout(tmp_path: Path, restarts: bool) -> None:
    types = (task_type("a", retryCount=99, totalTimeoutSeconds=10, timeoutPolicy="TIME_OUT_WF"),)
    act = working(lambda task: Deed(status="FAILED", after=0.5))
    found = timed(tmp_path, act, types=types, restarts=restarts)
    assert (found[TaskTimedOut][-1] - found[TaskScheduled][0]) / SECOND == 10


@RESTARTS
def test_job_timeout(tmp_path: Path, restarts: bool) -> None:
    found = timed(tmp_path, Stage.until_ended, timeoutSeconds=11, restarts=restarts)
    assert gaps(found[TaskScheduled], found[JobTimedOut]) == [11]


@RESTARTS
def test_job_timeout_that_only_alerts(tmp_path: Path, restarts: bool) -> None:
    async def act(stage: Stage) -> None:
        await asyncio.sleep(20)
        stage.worker("w1", "a")
        await stage.until_ended()

    fields: dict[str, Any] = {"timeoutSeconds": 11, "timeoutPolicy": "ALERT_ONLY"}
    found = timed(tmp_path, act, restarts=restarts, **fields)
    assert gaps(found[TaskScheduled], found[JobTimeoutAlerted]) == [11]


@RESTARTS
def test_callback(tmp_path: Path, restarts: bool) -> None:
    def script(task: dict[str, Any]) -> Deed:
        known.append(task["taskId"])
        return Deed(status="IN_PROGRESS", callback=5) if len(known) == 1 else Deed()

    known: list[str] = []
    found = timed(tmp_path, working(script), restarts=restarts)
    assert gaps(found[TaskProgressed], found[TimerFired]) == [5]


def test_a_worker_that_stays_away_loses_its_task_after_the_grace(tmp_path: Path) -> None:
    left: list[int] = []

    async def act(stage: Stage) -> None:
        worker = stage.worker("w1", "a", script=lambda task: Deed(status=None))
        await stage.until("job", task_is("a_ref", "IN_PROGRESS"))
        left.append(stage.world.clock.now())
        await worker.stop()
        await asyncio.sleep(1.9)
        assert task_is("a_ref", "IN_PROGRESS")(await stage.job("job"))
        stage.worker("w2", "a")
        await stage.until("job", status("COMPLETED"))

    found = timed(tmp_path, act)
    assert gaps(left, found[TaskReturned]) == [2]
    assert gaps(found[TaskReturned], found[TaskStarted][1:]) == [0]


def test_a_worker_that_went_with_the_daemon_loses_its_task_after_the_grace(
    tmp_path: Path,
) -> None:
    """Counted from the daemon's start."""
    started: list[int] = []

    async def act(stage: Stage) -> None:
        worker = stage.worker("w1", "a", script=lambda task: Deed(status=None))
        await stage.until("job", task_is("a_ref", "IN_PROGRESS"))
        await stage.world.kill()
        await worker.stop()
        await asyncio.sleep(3)
        started.append(stage.world.clock.now())
        await stage.world.boot()
        stage.worker("w2", "a")
        await stage.until_ended()

    found = timed(tmp_path, act)
    assert gaps(started, found[TaskReturned]) == [2]


@pytest.mark.parametrize("skew", [3_600, -3_600, 365 * 86_400], ids=["+1h", "-1h", "+1y"])
def test_a_wall_clock_that_jumps_loses_no_timer_and_fires_none_twice(
    tmp_path: Path, skew: int
) -> None:
    """Time in the log never goes back; a timer comes at the latest with the longest sleep
    after the clock has caught up."""

    async def act(stage: Stage) -> None:
        await asyncio.sleep(3)
        stage.world.clock.skew = skew * SECOND
        stage.worker("w1", "a", script=failing_twice)
        await stage.until_ended()

    types = (task_type("a", retryCount=2, retryDelaySeconds=7),)
    found = timed(tmp_path, act, types=types, startDelay=9)
    assert len(found[TimerFired]) == 3
    every = [at for happened in found.values() for at in happened]
    assert min(every) == found[TaskScheduled][0]

"""WAIT ends when its time has come, to the microsecond, whoever was killed meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from eventstore.events import TaskDecided, TaskScheduled, TimerFired
from tests.simulation.checks import check
from tests.simulation.definitions import simple, workflow
from tests.simulation.scenarios_of_operators import wait
from tests.simulation.stage import Stage
from tests.simulation.world import SECOND, World, simulate

HOW_LONG = {"7 s": 7, "1 minutes 30 seconds": 90, "2h": 7200}


@pytest.mark.parametrize("killed", [False, True], ids=["", "killed"])
@pytest.mark.parametrize("duration", HOW_LONG)
def test_a_wait_lasts_as_long_as_it_says(duration: str, killed: bool, tmp_path: Path) -> None:
    found: dict[type[object], int] = {}

    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", wait("t", duration=duration), simple("a")))
        await asyncio.sleep(0.123457)
        await stage.submit("job", "w")
        if killed:
            await asyncio.sleep(3)
            await world.kill()
            await asyncio.sleep(2)
            await world.boot()
        stage.worker("w1", "a")
        await stage.until_ended()
        await stage.leave()
        await asyncio.sleep(1)
        await check(world)
        life = await world.alive()
        for one in await life.store.read(f"job/{stage.jobs['job']}"):
            found.setdefault(type(one.event), one.at)

    simulate(act, seed=1, folder=tmp_path)
    took = found.get(TimerFired, found[TaskDecided]) - found[TaskScheduled]
    assert took == HOW_LONG[duration] * SECOND

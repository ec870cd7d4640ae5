"""A job in memory is a cache, except while its decisions are on their way to the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.simulation.checks import check
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage
from tests.simulation.world import World, simulate


def test_a_job_with_decisions_on_their_way_is_not_forgotten(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        names = [f"job {number}" for number in range(6)]
        await asyncio.gather(*(stage.submit(name, "w") for name in names))
        calls = (
            stage.client.call("job.sendEvent", jobId=stage.jobs[name], eventId=event)
            for event in ("first", "second", "third")
            for name in names
        )
        answers = await asyncio.gather(*calls)
        assert [answer["status"] for answer in answers] == ["RUNNING"] * 18
        assert {(await stage.job(name))["sequence"] for name in names} == {2 + 3}
        await check(world)

    simulate(act, seed=1, folder=tmp_path, slowest_commit=0.5, flags={"jobs__cached_jobs": 1})

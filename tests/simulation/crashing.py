"""Run a scenario, with a chosen commit failing or the power going after it."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eventstore.store import EventStoreError
from tests.simulation.checks import check
from tests.simulation.scenarios import FLAGS, Scenario
from tests.simulation.stage import Stage
from tests.simulation.world import World, simulate


class Played:
    """How a scenario came out."""

    outcome: dict[str, Any]
    commits: int
    trace: str


def play(
    scenario: Scenario,
    folder: Path,
    *,
    backend: str = "memory",
    crash_after: int | None = None,
    fails: dict[int, EventStoreError] | None = None,
    seed: int = 1,
) -> Played:
    """Check the world afterwards; raise on whatever is wrong with it."""
    played = Played()

    async def act(world: World) -> None:
        world.disk.crash_after = crash_after
        world.disk.failures = dict(fails or {})
        reviving = asyncio.create_task(_revive(world))
        stage = Stage(world)
        await scenario(stage)
        await stage.until_ended()
        _results_are_kept(stage)
        await stage.leave()
        await asyncio.sleep(5)
        await check(world, [one for worker in stage.workers for one in worker.accepted])
        reviving.cancel()
        played.outcome = await stage.outcome()
        played.commits = world.disk.commits
        played.trace = world.trace()

    simulate(act, seed=seed, folder=folder, backend=backend, flags=FLAGS.get(scenario))
    return played


@cache
def undisturbed(scenario: Scenario, backend: str) -> Played:
    """How it comes out when nothing goes wrong; played once for all tests that compare."""
    with TemporaryDirectory() as folder:
        return play(scenario, Path(folder) / "whole", backend=backend)


async def _revive(world: World) -> None:
    await world.disk.crashed.wait()
    await world.reboot()


def _results_are_kept(stage: Stage) -> None:
    """What a worker was told is accepted, it was told of once and ran once."""
    for worker in stage.workers:
        ends = [task for task, status in worker.accepted if status != "IN_PROGRESS"]
        assert len(ends) == len(set(ends)), f"two results for one attempt: {ends}"

"""Long loops and wide forks: they come to their end, and their log grows with their size and
no faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.tasks.definitions import fork, join, times
from tests.simulation.checks import check
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage, status
from tests.simulation.world import World, simulate

MOST = 500


def wide(size: int) -> dict[str, Any]:
    branches = [[{**simple("a"), "taskReferenceName": f"a{number}"}] for number in range(size)]
    return workflow("w", fork("f", *branches), join("j", *(f"a{n}" for n in range(size))))


def long(size: int) -> dict[str, Any]:
    return workflow("w", times("l", size, simple("a")))


def events_of(folder: Path, definition: dict[str, Any], *, checked: bool = False) -> int:
    """How many events the one job has when it completed."""
    found: list[int] = []

    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(definition)
        stage.worker("w1", "a").count = 50
        await stage.submit("job", "w")
        document = await stage.until("job", status("COMPLETED"))
        found.append(document["sequence"])
        await stage.leave()
        await asyncio.sleep(1)
        if checked:
            await check(world)

    simulate(act, seed=1, folder=folder)
    return found[0]


@pytest.mark.parametrize("shape", [wide, long])
def test_the_log_of_a_large_job_grows_with_its_size(
    shape: Callable[[int], dict[str, Any]], tmp_path: Path
) -> None:
    one = events_of(tmp_path / "one", shape(10))
    two = events_of(tmp_path / "two", shape(20))
    most = events_of(tmp_path / "most", shape(MOST), checked=True)
    each = (two - one) / 10
    assert most == one + each * (MOST - 10)
    assert each <= 5

"""``job.wait`` looks at a job when something of it became durable, never by the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.operations.waits import Wait
from tests.simulation.checks import check
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage
from tests.simulation.workers import Deed
from tests.simulation.world import SECOND, World, simulate

HOUR = {"name": "w", "taskReferenceName": "w", "type": "WAIT"}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each look of any wait."""
    made: list[None] = []
    look = Wait.look

    def counted(self: Wait) -> None:
        made.append(None)
        look(self)

    monkeypatch.setattr(Wait, "look", counted)
    return made


def staged(folder: Path, act: Callable[[Stage], Awaitable[Any]]) -> None:
    async def in_world(world: World) -> None:
        stage = Stage(world)
        await act(stage)
        await stage.leave()
        await check(world)

    simulate(in_world, seed=1, folder=folder)


async def wait(stage: Stage, **params: Any) -> dict[str, Any]:
    asked = {"waitSeconds": 3_600, **params}
    found: dict[str, Any] = await stage.client.read("job.wait", jobId=stage.jobs["job"], **asked)
    return found


def now(stage: Stage) -> float:
    return stage.world.now / SECOND


def test_it_ends_with_the_job_in_that_moment(tmp_path: Path, looks: list[None]) -> None:
    async def act(stage: Stage) -> None:
        await stage.define(workflow("w", simple("a")))
        stage.worker("w1", "a", script=lambda task: Deed(after=1_000))
        await stage.submit("job", "w")
        begun = now(stage)
        found = await wait(stage)
        assert (found["met"], found["status"]) == ("ended", "COMPLETED")
        assert 1_000 <= now(stage) - begun < 1_001

    staged(tmp_path, act)
    assert len(looks) <= 4


def test_it_ends_with_a_task_of_a_job_that_works_for_it(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.define(workflow("inner", simple("deep"), simple("later")))
        params = {"name": "inner", "version": 1}
        sub = {"name": "s", "taskReferenceName": "s", "type": "SUB_WORKFLOW"}
        await stage.define(workflow("w", {**sub, "subWorkflowParam": params}))
        stage.worker("w1", "deep", "later", script=lambda task: Deed(after=10))
        await stage.submit("job", "w")
        found = await wait(stage, refs=["deep_ref"])
        assert (found["met"], found["status"]) == ("task", "RUNNING")
        child = (await stage.job("job"))["tasks"][0]["childJobId"]
        assert found["taskId"] == f"{child}.1"
        await stage.until_ended()

    staged(tmp_path, act)


def test_it_ends_when_its_time_is_over(tmp_path: Path, looks: list[None]) -> None:
    async def act(stage: Stage) -> None:
        timed = {**HOUR, "inputParameters": {"duration": "2 hours"}}
        await stage.define(workflow("w", timed))
        await stage.submit("job", "w")
        begun = now(stage)
        found = await wait(stage, taskTypes=["WAIT"])
        assert (found["met"], found["status"]) == ("time", "RUNNING")
        assert now(stage) - begun >= 3_600
        await stage.until_ended()

    staged(tmp_path, act)
    assert len(looks) <= 2

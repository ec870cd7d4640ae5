"""A loop with ``keepLastN`` forgets tasks in the decision that ends them: whoever reported hears
so all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.operations.of_tasks import updated
from eventstore.events import (
    Event,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TasksSuperseded,
    TaskStatus,
)
from tests.decider.plans import sequence
from tests.decider.scenario import done, given
from tests.dialects.tasks.definitions import times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.stage import Stage, ended
from tests.simulation.workers import Deed
from tests.simulation.world import World, simulate


@pytest.mark.parametrize("deed", [Deed(output={"x": 1}), Deed(status="FAILED", reason="no")])
def test_the_worker_of_a_forgotten_task_is_answered(tmp_path: Path, deed: Deed) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        last: dict[str, Any] = {"inputParameters": {"keepLastN": 1}}
        await stage.types(task_type("a", retryCount=0))
        await stage.define(workflow("w", times("l", 3, simple("a", optional=True), **last)))
        worker = stage.worker("w1", "a", script=lambda _: deed)
        await stage.submit("job", "w")
        document = await stage.until("job", ended)
        assert document["status"] == "COMPLETED"
        assert len(document["tasks"]) < 4
        assert len(worker.accepted) == 3
        await stage.leave()

    simulate(act, seed=1, folder=tmp_path)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((TaskCompleted(task=2), TasksSuperseded(tasks=(2,))), "COMPLETED"),
        (
            (
                TaskFailed(task=2, status=TaskStatus.FAILED),
                TaskDecided(task=2, status=TaskStatus.COMPLETED_WITH_ERRORS),
                TasksSuperseded(tasks=(2,)),
            ),
            "COMPLETED_WITH_ERRORS",
        ),
    ],
)
def test_the_answer_says_how_it_ended(events: tuple[Event, ...], status: str) -> None:
    state = given(sequence("a"), done(1)).state
    assert updated(events, state) == {"accepted": True, "status": status}

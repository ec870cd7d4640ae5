"""What is said where a workflow, or a version of it, is to be started that nobody registered:
the words of the original (observed on Conductor 3.32.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dialects.tasks.definitions import task
from tests.simulation.definitions import workflow
from tests.simulation.stage import Stage, ended
from tests.simulation.world import World, simulate


def starting(name: str, **fields: Any) -> dict[str, Any]:
    given = {"startWorkflow": {"name": name, **fields}}
    return task("s", type="START_WORKFLOW", inputParameters=given)


def sub(name: str, **fields: Any) -> dict[str, Any]:
    return task("s", type="SUB_WORKFLOW", subWorkflowParam={"name": name, **fields})


@pytest.mark.parametrize(
    ("step", "named"),
    [
        (starting("nobody"), "name=nobody, version=null"),
        (starting("nobody", version=7), "name=nobody, version=7"),
        (starting("w", version=7), "name=w, version=7"),
        (sub("nobody"), "name=nobody, version=null"),
        (sub("nobody", version=0), "name=nobody, version=null"),
        (sub("w", version=7), "name=w, version=7"),
    ],
)
def test_a_task_that_has_nothing_to_start(tmp_path: Path, step: dict[str, Any], named: str) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", step))
        await stage.submit("job", "w")
        (only,) = (await stage.until("job", ended))["tasks"]
        assert only["status"] == "FAILED"
        assert only["reason"] == f"No such workflow defined. {named}"

    simulate(act, seed=1, folder=tmp_path)


@pytest.mark.parametrize(
    ("fields", "version"), [({}, "null"), ({"failureWorkflowVersion": 3}, "3")]
)
def test_a_failure_that_has_nothing_to_start(
    tmp_path: Path, fields: dict[str, Any], version: str
) -> None:
    end = task("t", type="TERMINATE", inputParameters={"terminationStatus": "FAILED"})

    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", end, failureWorkflow="nobody", **fields))
        await stage.submit("job", "w")
        wanted = (
            "Error workflow nobody failed to start.  reason: "
            f"No such workflow defined. name=nobody, version={version}"
        )
        await stage.until("job", lambda job: wanted in (job["output"] or {}).values())

    simulate(act, seed=1, folder=tmp_path)

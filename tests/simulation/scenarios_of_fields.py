"""Scenarios of what fields of definitions promise."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import scenario
from tests.simulation.stage import Stage, ended
from tests.simulation.workers import Deed


def schema(name: str, **kinds: str) -> dict[str, Any]:
    data = {
        "type": "object",
        "properties": {one: {"type": kind} for one, kind in kinds.items()},
        "required": list(kinds),
    }
    return {"name": name, "version": 1, "type": "JSON", "data": data}


@scenario
async def schemas_that_are_kept_and_broken(stage: Stage) -> None:
    await stage.types(
        task_type("a", outputSchema=schema("gives", n="number"), enforceSchema=True),
        task_type("b", inputSchema=schema("takes", n="string"), enforceSchema=True),
    )
    given = {"n": "${a_ref.output.n}"}
    await stage.define(
        workflow("kept", simple("a"), outputSchema=schema("ends", n="number")),
        workflow("output", simple("a"), outputSchema=schema("ends", n="string")),
        workflow("input", simple("a"), simple("b", inputParameters=given)),
    )
    stage.worker("w1", "a", script=lambda task: Deed(output={"n": 1}))
    for name in ("kept", "output", "input"):
        await stage.submit(name, name)


@scenario
async def starts_with_one_key(stage: Stage) -> None:
    """Of a submit, a START_WORKFLOW and two SUB_WORKFLOWs with one key the first starts a job."""
    keyed = {"name": "w", "idempotencyKey": "k"}
    starting = {
        strategy: task(
            strategy,
            type="START_WORKFLOW",
            inputParameters={"startWorkflow": {**keyed, "idempotencyStrategy": strategy}},
        )
        for strategy in ("RETURN_EXISTING", "FAIL")
    }
    waiting = {**keyed, "idempotencyStrategy": "RETURN_EXISTING"}
    await stage.define(
        workflow("w", simple("a")),
        workflow("returns", starting["RETURN_EXISTING"]),
        workflow("fails", starting["FAIL"]),
        workflow("waits", task("sub", type="SUB_WORKFLOW", subWorkflowParam=waiting)),
    )
    await stage.submit("first", "w", idempotencyKey="k")
    for name in ("returns", "fails", "waits"):
        await stage.submit(name, name)
        await stage.until(name, ended)
    stage.worker("w1", "a")


@scenario
async def one_key_after_the_other(stage: Stage) -> None:
    """FAIL_ON_RUNNING: a job that has ended gives its key up."""
    keyed = {"idempotencyKey": "k", "idempotencyStrategy": "FAIL_ON_RUNNING"}
    await stage.define(workflow("w", simple("a")))
    stage.worker("w1", "a")
    for name in ("first", "second"):
        await stage.submit(name, "w", **keyed)
        await stage.until(name, ended)

"""Scenarios of what fields of definitions promise."""

from __future__ import annotations

from typing import Any

from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import scenario
from tests.simulation.stage import Stage
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

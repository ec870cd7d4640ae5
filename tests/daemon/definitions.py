"""Workflows to run, in both languages, and hands to do their tasks."""

from __future__ import annotations

import copy
import json
from itertools import count
from pathlib import Path
from typing import Any

from tests.daemon.wire import Wire

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_numbers = count(1)


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXAMPLES / name).read_text())
    return loaded


def unique(name: str) -> str:
    return f"{name}_{next(_numbers)}"


def in_a_row(name: str, *task_types: str, **more: Any) -> dict[str, Any]:
    """A Conductor definition of SIMPLE tasks; each hands ``n`` on."""
    tasks = []
    source = "workflow.input"
    for place, task_type in enumerate(task_types):
        ref = f"t{place}"
        task = {"name": task_type, "taskReferenceName": ref, "type": "SIMPLE"}
        tasks.append({**task, "inputParameters": {"n": f"${{{source}.n}}"}})
        source = f"{ref}.output"
    output = {"n": f"${{{source}.n}}"}
    return {"name": name, "version": 1, "tasks": tasks, "outputParameters": output, **more}


def stepping(name: str, *types: str, **more: Any) -> dict[str, Any]:
    """A JustWorkflowIt definition of steps whose contract is ``n``, a whole number."""
    number = {"$ref": "#/definitions/number"}
    steps = []
    for place, kind in enumerate(types):
        details = {"type": kind, "inputDefinition": number, "outputDefinition": number}
        following = f"s{place + 1}" if place + 1 < len(types) else None
        step = {"name": f"s{place}", "integrationDetails": details, "transitionToStep": following}
        steps.append(step)
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    definitions = {"workflowInput": copy.deepcopy(schema), "number": schema}
    return {"workflowName": name, "steps": steps, "definitions": definitions, **more}


class Row:
    """A workflow of its own, with task types that nobody else has."""

    def __init__(self, wire: Wire, length: int = 1, **more: Any) -> None:
        self.wire = wire
        self.name = unique("row")
        self.types = [f"{self.name}_do{place}" for place in range(length)]
        self.definition = in_a_row(self.name, *self.types, **more)
        self.added = wire.call("version.add", definition=self.definition)

    def submit(self, n: int = 0, **more: Any) -> str:
        result = self.wire.call("job.submit", workflow=self.name, input={"n": n}, **more)
        return str(result["jobId"])

    def take(self, place: int = 0, **more: Any) -> dict[str, Any]:
        """One task of the type at ``place``, waited for."""
        return take(self.wire, self.types[place], **more)

    def job(self, job_id: str, **more: Any) -> dict[str, Any]:
        document: dict[str, Any] = self.wire.call("job.get", jobId=job_id, **more)
        return document


def take(wire: Wire, task_type: str, **more: Any) -> dict[str, Any]:
    asked = {"taskType": task_type, "workerId": "w1", "waitSeconds": 10, **more}
    (task,) = wire.call("task.poll", asked)["tasks"]
    assert isinstance(task, dict)
    return task


def finish(wire: Wire, task: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    asked = {"taskId": task["taskId"], "status": "COMPLETED", "output": output, **more}
    answer: dict[str, Any] = wire.call("task.update", asked)
    return answer

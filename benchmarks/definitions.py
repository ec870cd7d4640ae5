"""The workflows that the benchmarks run."""

from __future__ import annotations

from typing import Any

TYPE = "bench"

OUTPUT = {
    "type": "object",
    "properties": {
        "a": {"type": "integer"},
        "b": {"type": "string"},
        "c": {
            "type": "object",
            "properties": {"d": {"type": "boolean"}},
            "required": ["d"],
            "additionalProperties": False,
        },
    },
    "required": ["a", "b", "c"],
    "additionalProperties": False,
}

SAMPLE = {"a": 1, "b": "two", "c": {"d": True}}


def tasks(name: str, steps: int, *, held: int | None = None) -> dict[str, Any]:
    """``steps`` SIMPLE tasks in a row, each fed by the one before. Task number ``held``
    (from 1) has a type of its own, ``<name>-held``."""
    return {
        "name": name,
        "version": 1,
        "schemaVersion": 2,
        "ownerEmail": "bench@example.com",
        "tasks": [_task(name, number, held) for number in range(1, steps + 1)],
        "outputParameters": {"last": f"${{t{steps}.output.a}}"},
    }


def _task(name: str, number: int, held: int | None) -> dict[str, Any]:
    source = "workflow.input" if number == 1 else f"t{number - 1}.output"
    return {
        "name": f"{name}-held" if number == held else TYPE,
        "taskReferenceName": f"t{number}",
        "type": "SIMPLE",
        "inputParameters": {"a": f"${{{source}.a}}", "b": f"${{{source}.b}}", "n": number},
    }


def steps(name: str, count: int) -> dict[str, Any]:
    """``count`` steps with a contract of three properties on every input and output."""
    return {
        "workflowName": name,
        "steps": [
            {
                "name": f"s{number}",
                "integrationDetails": {
                    "type": TYPE,
                    "inputDefinition": {"$ref": "#/definitions/sample"},
                    "outputDefinition": {"$ref": "#/definitions/sample"},
                },
                "transitionToStep": f"s{number + 1}" if number < count else None,
            }
            for number in range(1, count + 1)
        ],
        "definitions": {"workflowInput": OUTPUT, "sample": OUTPUT},
    }

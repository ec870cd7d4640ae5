"""The workflows that simulations run, in both dialects."""

from __future__ import annotations

from typing import Any

ANY = {"type": "object"}
OWNER = "ops@example.com"


def simple(name: str, **fields: Any) -> dict[str, Any]:
    """A SIMPLE task that is its own ref."""
    return {"name": name, "taskReferenceName": f"{name}_ref", "type": "SIMPLE", **fields}


def workflow(name: str, *tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A ``tasks`` definition."""
    return {
        "name": name,
        "version": 1,
        "schemaVersion": 2,
        "ownerEmail": OWNER,
        "timeoutSeconds": 0,
        "tasks": list(tasks),
        **fields,
    }


def task_type(name: str, **fields: Any) -> dict[str, Any]:
    """Settings with a retry after one second and no response timeout within an hour."""
    return {"name": name, "ownerEmail": OWNER, "retryDelaySeconds": 1, **fields}


def step(name: str, task_type: str, then: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "transitionToStep": then,
        "integrationDetails": {
            "type": task_type,
            "inputDefinition": {"$ref": "#/definitions/any"},
            "outputDefinition": {"$ref": "#/definitions/any"},
        },
        **fields,
    }


def steps(name: str, *given: dict[str, Any]) -> dict[str, Any]:
    """A ``steps`` definition."""
    return {
        "workflowName": name,
        "steps": list(given),
        "definitions": {"any": ANY, "workflowInput": ANY},
    }

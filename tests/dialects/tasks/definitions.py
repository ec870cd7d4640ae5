"""Definitions to try things with."""

from __future__ import annotations

from typing import Any

from daemon.dialects.plan import Findings, JobView, Known, Pins, Plan, Prepared, Schedule
from daemon.dialects.tasks import TasksDialect

DIALECT = TasksDialect()


def task(ref: str = "t", **fields: Any) -> dict[str, Any]:
    return {"name": f"do_{ref}", "taskReferenceName": ref, "type": "SIMPLE", **fields}


def workflow(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition without mistakes, of ``tasks`` or of one."""
    given = {"name": "order", "version": 1, "schemaVersion": 2, "ownerEmail": "a@b.c"}
    return {**given, "tasks": list(tasks) or [task()], **fields}


def plan(definition: dict[str, Any], **task_types: dict[str, Any]) -> Plan:
    return DIALECT.compile(definition, Pins(task_types=task_types))


def prepared(definition: dict[str, Any], given: Any) -> Prepared:
    return plan(definition).prepare(given)


def findings(definition: dict[str, Any], **known: Any) -> Findings:
    names = frozenset(f"do_{ref}" for ref in "tuvwx")
    return DIALECT.validate(definition, Known(task_types=names, **known))


def errors(definition: dict[str, Any], **known: Any) -> list[tuple[str, str]]:
    """Path and message of each error."""
    return [(one.path, one.message) for one in findings(definition, **known).errors]


def warnings(definition: dict[str, Any], **known: Any) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in findings(definition, **known).warnings]


def only_schedule(moves: tuple[Any, ...]) -> Schedule:
    (move,) = moves
    assert isinstance(move, Schedule)
    return move


def first(definition: dict[str, Any], job: JobView, **task_types: dict[str, Any]) -> Schedule:
    return only_schedule(plan(definition, **task_types).first(job))

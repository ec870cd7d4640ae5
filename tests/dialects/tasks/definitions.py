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


def fork(ref: str, *branches: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return task(ref, type="FORK_JOIN", forkTasks=list(branches), **fields)


def join(ref: str, *names: str, **fields: Any) -> dict[str, Any]:
    return task(ref, type="JOIN", joinOn=list(names), **fields)


def switch(ref: str, value: Any, cases: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """By the value of ``value``, which may be an expression."""
    given = {"evaluatorType": "value-param", "expression": "by", "inputParameters": {"by": value}}
    return task(ref, type="SWITCH", **{**given, "decisionCases": cases, **fields})


def loop(ref: str, condition: str | None, *body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return task(ref, type="DO_WHILE", loopCondition=condition, loopOver=list(body), **fields)


def times(ref: str, count: int, *body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A loop of so many iterations."""
    return loop(ref, f"$.{ref}['iteration'] < {count}", *body, **fields)


def dynamic_fork(ref: str, **given: Any) -> dict[str, Any]:
    """With an input, or with the fields of the pair of parameters beside it."""
    return task(
        ref,
        type="FORK_JOIN_DYNAMIC",
        dynamicForkTasksParam="tasks",
        dynamicForkTasksInputParamName="inputs",
        inputParameters=given,
    )


def sub_workflow(ref: str, name: str, **fields: Any) -> dict[str, Any]:
    return task(ref, type="SUB_WORKFLOW", subWorkflowParam={"name": name}, **fields)

"""Which types of task this release runs, and how. The one table to extend for another."""

from __future__ import annotations

from daemon.dialects.tasks.definition import SIMPLE
from daemon.dialects.tasks.kinds import Worker
from daemon.dialects.tasks.step import Kind

_SERVED_BY_WORKERS: Kind = Worker()

KINDS: dict[str, Kind] = {SIMPLE: _SERVED_BY_WORKERS}
"""Each type with a meaning of its own, and what runs it."""

NOT_YET = frozenset(
    {
        "DECISION",
        "DO_WHILE",
        "DYNAMIC",
        "EVENT",
        "EXCLUSIVE_JOIN",
        "FORK_JOIN",
        "FORK_JOIN_DYNAMIC",
        "HTTP",
        "HUMAN",
        "INLINE",
        "JDBC",
        "JOIN",
        "JSON_JQ_TRANSFORM",
        "KAFKA_PUBLISH",
        "LAMBDA",
        "NOOP",
        "PULL_WORKFLOW_MESSAGES",
        "SET_VARIABLE",
        "START_WORKFLOW",
        "SUB_WORKFLOW",
        "SWITCH",
        "TERMINATE",
        "WAIT",
    }
)
"""Types with a meaning of their own that cannot be run yet. A definition that uses one is
refused: giving it to workers instead would quietly change what it says."""


def kind_of(task_type: str) -> Kind | None:
    """None: this release cannot run it. A type that nobody knows is left to workers."""
    if task_type in NOT_YET:
        return None
    return KINDS.get(task_type, _SERVED_BY_WORKERS)


def refusal_of(task_type: str) -> str | None:
    """The sentence that refuses a task of this type; None when it can be run."""
    if kind_of(task_type) is not None:
        return None
    return (
        f"tasks of type {task_type} cannot be run by this release; it runs SIMPLE tasks and "
        "types of your own, both served by workers"
    )


def is_served_by_workers(task_type: str) -> bool:
    return isinstance(kind_of(task_type), Worker)

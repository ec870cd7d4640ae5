"""Which types of task this release runs, and how. The one table to extend for another."""

from __future__ import annotations

from daemon.dialects.plan import Policy
from daemon.dialects.tasks import kinds
from daemon.dialects.tasks.definition import DYNAMIC_FORK, LOOP, SIMPLE
from daemon.dialects.tasks.step import Kind

_SERVED_BY_WORKERS: Kind = kinds.Worker()

_OPERATORS: dict[str, Kind] = {
    "DECISION": kinds.Decision(),
    LOOP: kinds.Loop(),
    "EXCLUSIVE_JOIN": kinds.ExclusiveJoin(),
    "FORK_JOIN": kinds.Fork(),
    "EVENT": kinds.Event(),
    DYNAMIC_FORK: kinds.DynamicFork(),
    "HUMAN": kinds.Human(),
    "JOIN": kinds.Join(),
    "NOOP": kinds.Noop(),
    "SET_VARIABLE": kinds.SetVariable(Policy().max_variables_bytes),
    "START_WORKFLOW": kinds.StartWorkflow(),
    "SUB_WORKFLOW": kinds.SubWorkflow(),
    "SWITCH": kinds.Switch(),
    "TERMINATE": kinds.Terminate(),
    "WAIT": kinds.Wait(),
}

_EXECUTED: dict[str, Kind] = {
    "HTTP": kinds.HttpRequest(),
    "INLINE": kinds.Script(),
    "JSON_JQ_TRANSFORM": kinds.Script(),
    "KAFKA_PUBLISH": kinds.Request(),
    "LAMBDA": kinds.Script(),
}

KINDS: dict[str, Kind] = {
    **_OPERATORS,
    **_EXECUTED,
    "DYNAMIC": kinds.Dynamic(frozenset(_OPERATORS)),
    SIMPLE: _SERVED_BY_WORKERS,
}
"""Each type with a meaning of its own, and what runs it."""

NOT_YET: dict[str, Kind] = dict.fromkeys(("JDBC", "PULL_WORKFLOW_MESSAGES"), kinds.Unavailable())
"""Types with a meaning of their own that cannot be run yet. A definition that uses one is
refused, or kept and the task fails: giving it to workers instead would quietly change what it
says. In a fork whose tasks come from the input it is refused."""


def kind_of(task_type: str) -> Kind:
    """A type that nobody knows is left to workers."""
    return KINDS.get(task_type) or NOT_YET.get(task_type, _SERVED_BY_WORKERS)


def refusal_of(task_type: str) -> str | None:
    """The sentence that refuses a task of this type; None when it can be run."""
    if task_type not in NOT_YET:
        return None
    return (
        f"tasks of type {task_type} cannot be run by this release; it runs "
        f"{', '.join(sorted(KINDS))} and types of your own, which workers serve"
    )


def is_served_by_workers(task_type: str) -> bool:
    return isinstance(kind_of(task_type), kinds.Worker)

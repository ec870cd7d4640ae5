"""Which steps a transition can lead to, read from its text alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.dialects.contracts.pointer import escaped
from daemon.dialects.steps.workflow import Step, Workflow


def targets(transition: Any, path: str) -> Iterator[tuple[str, str]]:
    """The names a transition may answer, each with its JSON pointer; ``path`` is the
    transition's own. Conditions of ``if`` are passed over; of ``or`` and ``and`` every item
    counts; of any other operation every text in it is taken for a name."""
    if isinstance(transition, str):
        if transition:
            yield transition, path
    elif isinstance(transition, list):
        for place, item in enumerate(transition):
            yield from targets(item, f"{path}/{place}")
    elif isinstance(transition, dict):
        for name, given in transition.items():
            yield from _of_operation(name, given, f"{path}/{escaped(name)}")


def _of_operation(name: str, given: Any, path: str) -> Iterator[tuple[str, str]]:
    if name in ("or", "and"):
        yield from targets(given, path)
    elif name not in ("if", "?:"):
        yield from _texts(given, path)
    elif not isinstance(given, list):
        yield from targets(given, path)
    else:
        for place, branch in enumerate(given):
            if place % 2 or place == len(given) - 1:
                yield from targets(branch, f"{path}/{place}")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value:
        yield value, path
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, f"{path}/{place}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{path}/{escaped(name)}")


def following(workflow: Workflow, step: Step) -> list[Step]:
    """The steps that may follow ``step``."""
    named = (name for name, _ in targets(step.transition, ""))
    return [workflow.by_name[name] for name in named if name in workflow.by_name]


def reachable(workflow: Workflow) -> dict[int, Step]:
    """Index to step, for every step that some way from the first one leads to."""
    found: dict[int, Step] = {}
    waiting = list(workflow.steps[:1])
    while waiting:
        step = waiting.pop()
        if step.index not in found:
            found[step.index] = step
            waiting.extend(following(workflow, step))
    return found


def certain(workflow: Workflow) -> tuple[Step, ...]:
    """The steps that every job goes through unless it fails: up to the first branch."""
    passed: dict[int, Step] = {}
    step: Step | None = workflow.steps[0]
    while step is not None and step.index not in passed:
        passed[step.index] = step
        named = step.transition
        step = workflow.by_name.get(named) if isinstance(named, str) else None
    return tuple(passed.values())

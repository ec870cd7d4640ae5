"""What the iterations of a loop are made of and what they gave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from daemon.dialects.plan import Fault, JobView, TaskView
from daemon.dialects.tasks.definition import DYNAMIC_FORK, LOOP, WorkflowTask
from daemon.dialects.tasks.expressions.history import plain_output
from daemon.dialects.tasks.refs import inside
from daemon.dialects.tasks.step import Place
from eventstore.events import TASK_FAILED

_EVERYTHING = 2**62

_AT_ONCE = ("INLINE", "LAMBDA", "SET_VARIABLE")


_ALL_OF_IT = re.compile(r"\$(?![.\w]|\[\s*['\"])")
"""``$`` as a value, or with a computed key: nothing may be left out of it."""


def kept(place: Place) -> int:
    """How many iterations stay in the job."""
    keep = place.step.task.input_parameters.get("keepLastN")
    return keep if isinstance(keep, int) and keep > 0 else _EVERYTHING


def _direct(place: Place) -> Iterator[WorkflowTask]:
    """The tasks of one iteration; what loops within it do is their own affair."""
    yield from _inside(place.step.task.loop_over)


def _inside(tasks: tuple[WorkflowTask, ...]) -> Iterator[WorkflowTask]:
    for task in tasks:
        yield task
        if task.type != LOOP:
            for sequence in task.sequences():
                yield from _inside(sequence)


def results(place: Place, job: JobView, iteration: int) -> dict[str, Any]:
    """The output of each task of an iteration, by bare ref."""
    found = {}
    for task in _direct(place):
        there = place.beside(task.ref, iteration).task(job)
        if there is not None:
            found[task.ref] = plain_output(there.output)
    return found


def counters(task: TaskView) -> dict[str, Any]:
    """What a loop shows beside its iterations. One that is tried again still has those of
    the attempt before in its output; they are read from the tasks instead."""
    shown = task.output if isinstance(task.output, dict) else {}
    return {key: value for key, value in shown.items() if not key.isdecimal()}


def output_of(
    place: Place, job: JobView, task: TaskView, through: int | None = None
) -> dict[str, Any]:
    """All that a loop shows: its counter and every iteration that is kept, up to ``through``
    (None: the one it is in, once it has a task)."""
    shown = counters(task)
    first = max(1, task.loop - kept(place) + 1)
    for iteration in range(first, 1 + (task.loop if through is None else through)):
        found = results(place, job, iteration)
        if found or iteration < task.loop:
            shown[str(iteration)] = found
    return shown


def bound(place: Place, job: JobView, task: TaskView, script: str) -> dict[str, Any] | Fault:
    """What ``$`` is for the condition of a loop, without what ``script`` does not name: an
    evaluation is written down, and the whole of a long loop in each would be too much."""
    given = place.step.given(job, task.number)
    if isinstance(given, Fault):
        return given
    whole = _ALL_OF_IT.search(script) is not None
    ref = place.step.task.ref
    given = {**given, ref: _shown(place, job, task, script, whole=whole)}
    for name, output in _newest(place, job, task).items():
        if whole or _names(name, script):
            given[name] = output
    shown = counters(task)
    return given | {key: shown[key] for key in ("loopIndex", "loopItem") if key in shown}


def _names(name: str, script: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", script) is not None


def _shown(place: Place, job: JobView, task: TaskView, script: str, *, whole: bool) -> Any:
    if whole or _uses_history(place.step.task.ref, script):
        return output_of(place, job, task)
    return counters(task)


def _uses_history(ref: str, script: str) -> bool:
    """Whether the loop is asked for more than its counter and its item."""
    name = re.escape(ref)
    plain = r"(?!(?:\.\s*|\[\s*['\"])(?:iteration|loopIndex|loopItem)\b)"
    asked = rf"\.\s*{name}\b{plain}|['\"]{name}['\"]\s*\]{plain}"
    return re.search(asked, script) is not None


def _newest(place: Place, job: JobView, task: TaskView) -> dict[str, Any]:
    found = results(place, job, task.loop)
    for one in place.step.task.loop_over:
        for nested in _nested(one):
            there = job.latest(nested.ref)
            if there is not None:
                found[nested.ref] = plain_output(there.output)
    return found


def _nested(task: WorkflowTask, *, in_loop: bool = False) -> Iterator[WorkflowTask]:
    """The tasks of loops within the loop."""
    for sequence in task.sequences():
        for one in sequence:
            if in_loop or task.type == LOOP:
                yield one
            yield from _nested(one, in_loop=in_loop or task.type == LOOP)


def has_failed_at_once(place: Place, job: JobView, iteration: int) -> bool:
    """Whether a task of the iteration, at any depth, failed that needs nobody to carry it out."""
    for task in _direct(place):
        there = place.beside(task.ref, iteration)
        found = there.task(job)
        if found is None:
            continue
        if task.type in _AT_ONCE and found.status in TASK_FAILED:
            return True
        if task.type == LOOP and has_failed_at_once(there, job, found.loop):
            return True
    return False


def tasks_of(place: Place, job: JobView, iteration: int) -> tuple[int, ...]:
    """The numbers of all tasks of an iteration, at any depth, every attempt."""
    numbers: list[int] = []
    for task in _direct(place):
        one = place.beside(task.ref, iteration)
        numbers += job.numbers(one.ref)
        if task.type == LOOP:
            numbers += _of_loop(one, job)
        elif task.type == DYNAMIC_FORK:
            numbers += _of_dynamic_fork(one, job)
    return tuple(numbers)


def _of_loop(place: Place, job: JobView) -> Iterator[int]:
    task = place.task(job)
    for iteration in range(1, 1 + (0 if task is None else task.loop)):
        yield from tasks_of(place, job, iteration)


def _of_dynamic_fork(place: Place, job: JobView) -> Iterator[int]:
    fork = place.task(job)
    branches = None if fork is None else place.graph.forks.of(place, fork)
    for ref in () if branches is None else branches.graph.steps:
        yield from job.numbers(inside(ref, place.around))

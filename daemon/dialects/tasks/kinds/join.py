"""JOIN and EXCLUSIVE_JOIN: waiting for other tasks (reference conductor.md §4).

Both judge a task only when it has ended for good, after its retries and its ``optional``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import Done, EndTask, Fault, JobView, Move, Schedule, TaskView
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.forked import names_to_join
from daemon.dialects.tasks.graph import is_skipped
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.progress import has_settled
from daemon.dialects.tasks.refs import inside
from daemon.dialects.tasks.step import Place, Step
from eventstore.events import TASK_FAILED, TASK_SUCCESSFUL, TaskStatus, Value

_FAILED = TASK_FAILED | {TaskStatus.TIMED_OUT}


class Join(Operator):
    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), name=task.type)

    def begin(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        forked = names_to_join(place, job)
        if forked is not None:
            return (join_of(place, job, forked, place.step.task.input_parameters),)
        names = place.step.task.join_on
        if _is_left_alone(place, job):
            names = tuple(name for name in names if _there(place, job, (name,)))
        return (join_of(place, job, names, {}),)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        return self.begin(place, job, number)

    def retry_input(self, step: Step, job: JobView, given: Value) -> Value | Fault:
        return given

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        tasks = [job.latest(ref) for ref in _refs(place, job, _names(task, "joinOn"))]
        waited = [one for one in tasks if one is not None]
        if len(waited) < len(tasks) or not all(_is_final(place, job, one) for one in waited):
            return ()
        output = {one.ref: one.output for one in waited if one.output}
        failed = [one for one in waited if one.status not in TASK_SUCCESSFUL]
        if failed:
            return (_failed(task, failed, output),)
        return (_completed(place, job, task, waited, output),)

    def left(self, place: Place, job: JobView, task: TaskView) -> Value:
        """What came of the branches that did not fail, as far as they got."""
        told = [one for one in joined_by(place, job, task) if one.status not in _FAILED]
        return {one.ref: one.output for one in told if one.output} or None


def _is_left_alone(place: Place, job: JobView) -> bool:
    """The fork or the switch before it was skipped in advance, and with it what it holds."""
    before = place.step.before
    return before is not None and is_skipped(place.beside(before), job)


def join_of(place: Place, job: JobView, names: Iterable[str], given: dict[str, Any]) -> Schedule:
    """The task that waits for the steps ``names``. For none of them it is done at once."""
    wanted = list(names)
    told = {**given, "joinOn": wanted}
    refs = tuple(dict.fromkeys(_refs(place, job, wanted)))
    if not refs:
        return scheduled(place, input=told, done=Done(output={}))
    return scheduled(place, input=told, joins=refs)


def _failed(task: TaskView, failed: list[TaskView], output: dict[str, Any]) -> EndTask:
    canceled = all(one.status is TaskStatus.CANCELED for one in failed)
    return EndTask(
        task=task.number,
        status=TaskStatus.CANCELED if canceled else TaskStatus.FAILED,
        output=output,
        reason=" ".join(str(one.reason) for one in failed if one.reason is not None),
    )


def _completed(
    place: Place, job: JobView, task: TaskView, waited: list[TaskView], output: dict[str, Any]
) -> EndTask:
    errors = [
        one
        for one in waited
        if one.status is TaskStatus.COMPLETED_WITH_ERRORS and _is_optional(place, job, one)
    ]
    if not errors:
        return EndTask(task=task.number, status=TaskStatus.COMPLETED, output=output)
    named = " ".join(f"{one.name}/{job.task_id(one.number)}" for one in errors)
    return EndTask(
        task=task.number,
        status=TaskStatus.COMPLETED_WITH_ERRORS,
        output=output,
        reason=f"{named} completed with errors",
    )


class ExclusiveJoin(Join):
    """The first of its tasks that there is, else the first of the default ones."""

    def begin(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        task = place.step.task
        told = {
            "joinOn": list(task.join_on),
            "defaultExclusiveJoinTask": list(task.default_exclusive_join_task),
        }
        names = (*task.join_on, *task.default_exclusive_join_task)
        if not names:
            fault = Fault(reason=f"joinOn of the EXCLUSIVE_JOIN {task.ref} names no task")
            return (scheduled(place, input=told, fault=fault),)
        if _is_left_alone(place, job) and not _there(place, job, names):
            return (scheduled(place, input=told, done=Done(output={})),)
        refs = tuple(dict.fromkeys(_refs(place, job, names)))
        return (scheduled(place, input=told, joins=refs, eager=True),)

    def left(self, place: Place, job: JobView, task: TaskView) -> Value:
        return None

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        names = _names(task, "joinOn")
        found = _first(place, job, names)
        if found is not None and _is_final(place, job, found):
            others = (job.latest(ref) for ref in _refs(place, job, names))
            alone = any(one is None or one.ended_at is None for one in others)
            return (_taken(task, found, forgives=alone),)
        default = _first(place, job, _names(task, "defaultExclusiveJoinTask"))
        if default is not None and _is_final(place, job, default):
            return (_taken(task, default, forgives=False),)
        if found is not None or default is not None:
            return ()
        skipped = _there(place, job, names)
        return (_taken(task, skipped[0], forgives=False),) if skipped else ()


def _first(place: Place, job: JobView, names: Iterable[str]) -> TaskView | None:
    """What was skipped does not count, unless there is nothing else."""
    ran = (one for one in _there(place, job, names) if one.status is not TaskStatus.SKIPPED)
    return next(ran, None)


def _taken(task: TaskView, found: TaskView, *, forgives: bool) -> EndTask:
    if found.status in TASK_SUCCESSFUL or forgives:
        return EndTask(task=task.number, status=TaskStatus.COMPLETED, output=found.output)
    reason = None if found.reason is None else str(found.reason)
    return EndTask(task=task.number, status=TaskStatus.FAILED, reason=reason)


def joined_by(place: Place, job: JobView, task: TaskView) -> list[TaskView]:
    """The tasks that the join ``task`` waits for, or did."""
    return _there(place, job, _names(task, "joinOn"))


def _there(place: Place, job: JobView, names: Iterable[str]) -> list[TaskView]:
    """The tasks there are of the steps ``names``."""
    found = (job.latest(ref) for ref in _refs(place, job, names))
    return [one for one in found if one is not None]


def _names(task: TaskView, key: str) -> list[str]:
    names = task.input.get(key) if isinstance(task.input, dict) else None
    return names if isinstance(names, list) else []


def _refs(place: Place, job: JobView, names: Iterable[str]) -> list[str]:
    """The tasks meant by ``names``: those of the iterations that the join is in."""
    if not place.around:
        return list(names)
    return [_ref(place, job, name) for name in names]


def _ref(place: Place, job: JobView, name: str) -> str:
    step = place.graph.steps.get(name)
    around = place.around if step is None else place.around[: len(step.loops)]
    ref = inside(name, around)
    if around and job.latest(ref) is None:
        task = job.latest(name)
        if task is not None and task.status is TaskStatus.SKIPPED and not task.iteration:
            return name
    return ref


def _is_optional(place: Place, job: JobView, task: TaskView) -> bool:
    """A join among the joined may have COMPLETED_WITH_ERRORS for its own branches only."""
    found = place.graph.find(job, task.ref)
    return found is not None and found.step.rules.optional


def _is_final(place: Place, job: JobView, task: TaskView) -> bool:
    if task.ended_at is None:
        return False
    if task.status in TASK_SUCCESSFUL:
        return True
    found = place.graph.find(job, task.ref)
    return found is not None and has_settled(found.step.rules, task)

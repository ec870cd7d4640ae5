"""What most kinds of task have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Evaluated,
    Fault,
    JobView,
    Move,
    Policy,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.step import Kind, Place, Step
from eventstore.events import TaskStatus, Value


class Ordinary:
    """One task with the resolved input; what comes after it follows its end."""

    uses_input_template = True
    knows_task_id = True
    keeps_output = False

    def under(self, policy: Policy) -> Kind:
        """The same kind, for the jobs of this policy."""
        return self

    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def templates(self, task: WorkflowTask) -> Mapping[str, Any]:
        return {}

    def schedule(self, task: WorkflowTask) -> Schedule:
        return Schedule(
            ref=task.ref,
            name=task.name,
            task_type=task.type,
            kind=task.type,
            input={},
            delay_seconds=task.start_delay,
        )

    def begin(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        given = place.step.input(job, number if self.knows_task_id else None)
        if isinstance(given, Fault):
            return (scheduled(place, fault=given),)
        return self.begin_with(place, job, number, given)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        return (scheduled(place, input=given),)

    def retry_input(self, step: Step, job: JobView, given: Value) -> Value | Fault:
        """The input of the attempt before under freshly resolved values (§3.6)."""
        fresh = step.given(job, job.next_number)
        if isinstance(fresh, Fault) or not isinstance(given, dict):
            return fresh
        return {**given, **fresh}

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return place.follow(job)

    def sequence_ended(self, place: Place, job: JobView) -> tuple[Move, ...]:
        return place.follow(job)

    def set_going(self, place: Place, task: TaskView) -> tuple[Place, ...]:
        return ()

    def left(self, place: Place, job: JobView, task: TaskView) -> Value:
        return None

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return ()

    def evaluated(
        self, place: Place, job: JobView, task: TaskView, answer: Evaluated
    ) -> tuple[Move, ...]:
        return ()

    def child(self, place: Place, job: JobView, task: TaskView) -> ChildJob | Fault:
        return Fault(reason=f"a task of type {task.kind} starts no workflow")

    def child_started(self, task: TaskView, job_id: str) -> tuple[Move, ...]:
        return ()

    def child_ended(self, task: TaskView, end: ChildEnd) -> EndTask:
        reason = f"a task of type {task.kind} starts no workflow"
        return EndTask(task=task.number, status=TaskStatus.FAILED, reason=reason)


class Operator(Ordinary):
    """Work of the plan itself: in no queue, never retried."""

    uses_input_template = False
    knows_task_id = False

    def rules(self, rules: TaskRules) -> TaskRules:
        return replace(rules, retry_count=0)

    def schedule(self, task: WorkflowTask) -> Schedule:
        return Schedule(
            ref=task.ref,
            name=task.name,
            task_type=task.type,
            kind=task.type,
            input={},
            offered=False,
        )

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """One that failed as it began and is tried again by hand: as if it began now."""
        first, *rest = self.begin(place, job, task.number)
        if not isinstance(first, Schedule):
            return (first, *rest)
        return (_end_of(task, first), *rest)


def _end_of(task: TaskView, begun: Schedule) -> EndTask:
    if begun.done is not None:
        return EndTask(task=task.number, status=begun.done.status, output=begun.done.output)
    fault = begun.fault or Fault(reason=f"{task.ref} has to begin anew; rerun the job from it")
    return EndTask(task=task.number, status=fault.status, reason=fault.reason)


def scheduled(place: Place, **changes: Any) -> Schedule:
    """The task of ``place`` under its own name."""
    if place.around:
        changes |= {"ref": place.ref, "iteration": place.iteration}
    made = replace(place.step.blank, **changes)
    cache = place.step.cache
    if cache is None or made.fault is not None:
        return made
    return replace(made, cache=cache.use(made.name, made.task_type, made.input))

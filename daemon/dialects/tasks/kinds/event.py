"""EVENT: a message to one of the daemon's queues (reference conductor.md §4).

Unlike the original, a task with ``asyncComplete`` publishes once, not again whenever its
workflow is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import (
    Done,
    EndTask,
    Fault,
    JobView,
    Move,
    Publish,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.sinks import event_of
from daemon.dialects.tasks.step import Place
from eventstore.events import TaskStatus

SINK = "sink"


class Event(Operator):
    """Done when the message is on its way; with ``asyncComplete`` when somebody says so."""

    knows_task_id = True

    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def templates(self, task: WorkflowTask) -> Mapping[str, Any]:
        return {SINK: task.sink}

    def schedule(self, task: WorkflowTask) -> Schedule:
        blank = super().schedule(task)
        return replace(blank, awaits=(task.ref,), eager=True) if task.async_complete else blank

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        asynchronous = place.step.task.async_complete
        told = {**given, SINK: _sink(place, job, number), "asyncComplete": asynchronous}
        if asynchronous:
            return (scheduled(place, input=told, awaits=(place.ref,)),)
        message = _message(place, job, number, told)
        if isinstance(message, Fault):
            return (scheduled(place, input=told, fault=message),)
        return (scheduled(place, input=told, done=Done(output=message.payload)), message)

    def joined(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """One that stays open publishes as it begins, and so does one that is tried again."""
        given = task.input if isinstance(task.input, dict) else {}
        message = _message(place, job, task.number, given)
        if isinstance(message, Fault):
            return (EndTask(task=task.number, status=message.status, reason=message.reason),)
        if place.step.task.async_complete:
            return (replace(message, shown=True),)
        done = EndTask(task=task.number, status=TaskStatus.COMPLETED, output=message.payload)
        return (done, message)


def _sink(place: Place, job: JobView, number: int) -> Any:
    return place.step.templates[SINK](job, number)


def _message(place: Place, job: JobView, number: int, given: dict[str, Any]) -> Publish | Fault:
    """``given`` is the task's input, which the sink is part of."""
    sink = given.get(SINK)
    if not isinstance(sink, str) or not sink:
        reason = f"the sink of {place.ref} is {java_text(sink)}, but it has to name a queue"
        return Fault(reason=reason, status=TaskStatus.FAILED)
    event = event_of(sink, job.workflow, place.step.task.ref)
    if isinstance(event, Fault):
        return event
    payload = {
        **given,
        "workflowInstanceId": job.job_id,
        "workflowType": job.workflow,
        "workflowVersion": job.version_number,
        "correlationId": job.correlation_id,
        "taskToDomain": dict(job.domains),
        "event_produced": event,
    }
    return Publish(event=event, payload=payload, task=number, message_id=job.task_id(number))

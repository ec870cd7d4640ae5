"""Jobs and tasks as callers see them: plain JSON made of a folded state (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Container
from functools import cache
from typing import Any

import msgspec

from daemon.decider.state import JobState, TaskState
from daemon.decider.waiting import Places, Waiting, waiting_for
from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from eventstore.events import Event
from eventstore.store import Recorded
from projections.entries import camel
from projections.times import iso, iso_or_none


def job_document(
    state: JobState,
    served_inside: Container[str] = (),
    places: Places | None = None,
    *,
    with_tasks: bool = True,
) -> dict[str, Any]:
    """The whole job with its current tasks in the order of scheduling."""
    frame = state.frame
    asked = state.failure_request
    shown = Masks(frame.masked).of
    return {
        "jobId": frame.job_id,
        "status": state.status.value,
        "workflowId": frame.workflow_id,
        "workflow": frame.workflow,
        "versionId": frame.version_id,
        "versionNumber": frame.version_number,
        "tag": frame.tag,
        "input": shown(frame.input),
        "output": shown(state.output),
        "variables": shown(state.variables),
        "reason": state.reason,
        "correlationId": frame.correlation_id,
        "idempotencyKey": frame.idempotency_key,
        "priority": frame.priority,
        "taskToDomain": frame.domains,
        "submittedBy": frame.submitted_by,
        "causeJobId": frame.cause_job,
        "event": frame.event,
        "parentJobId": state.parent_job,
        "parentTaskId": _parent_task(state),
        "failureJobId": asked.job_id if asked and asked.answer == "started" else None,
        "failedTaskId": None if state.failed_task is None else state.task_id(state.failed_task),
        "createdAt": iso(frame.submitted_at),
        "startedAt": iso(state.started_at),
        "resumedAt": iso_or_none(_resumed_at(state)),
        "updatedAt": iso(state.updated_at),
        "endedAt": iso_or_none(state.ended_at),
        "waitsForSlot": state.awaits_slot is not None,
        "sequence": state.sequence,
        "position": state.position,
        "taskCount": len(state.order),
        "tasks": [task_document(state, task) for task in (state.in_order() if with_tasks else ())],
        "waitingFor": [_waiting(one) for one in waiting_for(state, served_inside, places)],
    }


def _resumed_at(state: JobState) -> int | None:
    """When the job last went on: after a pause, or after it had ended."""
    return state.clock_from if state.clock_from != state.started_at else None


def _parent_task(state: JobState) -> str | None:
    if state.parent_job is None:
        return None
    return f"{state.parent_job}.{state.parent_task}"


def task_document(state: JobState, task: TaskState) -> dict[str, Any]:
    shown = Masks(state.frame.masked).of
    return {
        "taskId": state.task_id(task.number),
        "jobId": state.job_id,
        "ref": task.ref,
        "name": task.name,
        "taskType": task.task_type,
        "kind": task.kind,
        "domain": task.domain,
        "attempt": task.attempt,
        "iteration": task.iteration,
        "loop": task.loop if task.is_loop else None,
        "status": task.status.value,
        "input": shown(task.input),
        "output": shown(task.output),
        "reason": task.reason,
        "logs": shown(list(task.logs)),
        "retried": task.retried,
        "childJobId": task.child_job,
        "retriedTaskId": None if task.retry_of is None else state.task_id(task.retry_of),
        "workerId": task.worker,
        "cachedFrom": task.source,
        "pollCount": task.poll_count,
        "delaySeconds": task.made.delay_seconds,
        "callbackAfterSeconds": task.callback_seconds,
        "completeAt": iso_or_none(task.complete_at),
        "scheduledAt": iso(task.scheduled_at),
        "readyAt": iso_or_none(task.ready_at),
        "startedAt": iso_or_none(task.started_at),
        "updatedAt": iso(task.updated_at),
        "endedAt": iso_or_none(task.ended_at),
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    """Only the fields that its kind has."""
    fields = {
        "kind": one.kind,
        "since": iso(one.since),
        "taskId": one.task_id,
        "taskType": one.task_type,
        "domain": one.domain,
        "workerId": one.worker_id,
        "until": iso_or_none(one.until),
        "at": iso_or_none(one.at),
        "why": one.why,
        "ids": list(one.ids) or None,
        "jobId": one.job_id,
        "limit": one.limit,
        "place": one.place,
    }
    return {name: value for name, value in fields.items() if value is not None}


def event_document(recorded: Recorded, masks: Masks = NOTHING_MASKED) -> dict[str, Any]:
    """One record of the log with all its data, user values included but for masked ones."""
    return {
        "position": recorded.position,
        "stream": recorded.stream,
        "sequence": recorded.sequence,
        "type": recorded.type,
        "at": iso(recorded.at),
        "actor": recorded.actor,
        "request": recorded.request,
        "cause": recorded.cause,
        "data": _data(recorded.event, masks),
    }


def _data(event: Event, masks: Masks) -> dict[str, Any]:
    """Every field that is set, in camelCase."""
    found = ((shown, getattr(event, name)) for name, shown in _fields(type(event)))
    data = {shown: msgspec.to_builtins(value) for shown, value in found if value is not None}
    for name in event.values if masks else ():
        if camel(name) in data:
            data[camel(name)] = masks.of(data[camel(name)])
    return data


@cache
def _fields(event: type[Event]) -> tuple[tuple[str, str], ...]:
    return tuple((name, camel(name)) for name in event.__struct_fields__)

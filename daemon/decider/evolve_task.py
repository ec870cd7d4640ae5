"""How task events change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from typing import Any

import immutables
from msgspec.structs import replace

from daemon.decider.state import JobState, TaskState
from daemon.decider.step import Stamp, step, with_task
from eventstore.events import (
    JobStatus,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskProgressed,
    TaskReturned,
    TaskScheduled,
    TaskSkipped,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
    Value,
)


def scheduled(state: JobState, event: TaskScheduled, stamp: Stamp) -> JobState:
    number = event.task
    tasks = state.tasks
    before = None if event.retry_of is None else tasks.get(event.retry_of)
    if before is not None:
        tasks = tasks.set(before.number, replace(before, retried=True))
    task = TaskState(
        number=number,
        ref=event.ref,
        name=event.name,
        task_type=event.task_type,
        kind=event.kind,
        attempt=event.attempt,
        iteration=event.iteration,
        retry_of=event.retry_of,
        offered=event.offered,
        status=TaskStatus.SCHEDULED if event.offered else TaskStatus.IN_PROGRESS,
        input=event.input,
        reason=before.reason if before is not None and event.keeps_reason else None,
        domain=event.domain,
        scheduled_at=stamp.at,
        first_scheduled_at=stamp.at if before is None else before.first_scheduled_at,
        updated_at=stamp.at,
        started_at=None if event.offered else stamp.at,
        ready_at=event.ready_at,
        ready_position=stamp.position,
        poll_by=event.poll_by,
        total_by=event.total_by,
        callback_seconds=event.delay_seconds,
    )
    return step(
        state,
        stamp,
        tasks=tasks.set(number, task),
        order=state.order.set(state.next_place, number),
        next_place=state.next_place + 1,
        refs=state.refs.set(event.ref, number),
        open=state.open.set(number, None),
        next_number=number + 1,
        scheduled=state.scheduled + 1,
    )


def skipped(state: JobState, event: TaskSkipped, stamp: Stamp) -> JobState:
    task = TaskState(
        number=event.task,
        ref=event.ref,
        name=event.name,
        task_type=event.task_type,
        kind=event.kind,
        attempt=0,
        iteration=0,
        retry_of=None,
        offered=False,
        status=TaskStatus.SKIPPED,
        input=event.input,
        output=event.output,
        scheduled_at=stamp.at,
        first_scheduled_at=stamp.at,
        updated_at=stamp.at,
        ended_at=stamp.at,
    )
    place = state.first_place - 1
    return with_task(
        state,
        stamp,
        task,
        order=state.order.set(place, event.task),
        first_place=place,
        refs=state.refs.set(event.ref, event.task),
        next_number=event.task + 1,
    )


def started(state: JobState, event: TaskStarted, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.IN_PROGRESS,
        worker=event.worker,
        session=event.session,
        started_at=before.started_at or stamp.at,
        updated_at=stamp.at,
        respond_by=event.respond_by,
        end_by=event.end_by,
        poll_count=before.poll_count + 1,
        callback_seconds=0,
        returned=False,
    )
    return with_task(state, stamp, task)


def returned(state: JobState, event: TaskReturned, stamp: Stamp) -> JobState:
    task = replace(
        state.tasks[event.task],
        status=TaskStatus.SCHEDULED,
        session=None,
        updated_at=stamp.at,
        respond_by=None,
        poll_by=event.poll_by,
        ready_at=None,
        ready_position=stamp.position,
        returned=True,
    )
    return with_task(state, stamp, task)


def extended(state: JobState, event: TaskExtended, stamp: Stamp) -> JobState:
    task = replace(state.tasks[event.task], respond_by=event.respond_by, updated_at=stamp.at)
    return with_task(state, stamp, task)


def progressed(state: JobState, event: TaskProgressed, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.SCHEDULED if before.is_polled_for else before.status,
        worker=event.worker or before.worker,
        session=None,
        output=event.output,
        reason=event.reason,
        logs=_logs(before, event.logs),
        callback_seconds=event.callback_seconds,
        ready_at=event.ready_at,
        ready_position=stamp.position,
        poll_by=event.poll_by,
        respond_by=None,
        updated_at=stamp.at,
        started_at=before.started_at or stamp.at,
    )
    return with_task(state, stamp, task, **without_timer(state, f"ready/{task.number}"))


def executed(state: JobState, event: TaskExecuted, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.IN_PROGRESS,
        worker=event.worker or before.worker,
        session=None,
        output=event.output,
        logs=_logs(before, event.logs),
        awaits=event.awaits,
        respond_by=None,
        updated_at=stamp.at,
    )
    awaiting = state.awaiting
    for name in event.awaits:
        awaiting = awaiting.set(name, (*awaiting.get(name, ()), event.task))
    return with_task(state, stamp, task, awaiting=awaiting)


def completed(state: JobState, event: TaskCompleted, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    return _ended(
        state,
        stamp,
        before,
        TaskStatus.COMPLETED,
        worker=event.worker or before.worker,
        output=event.output,
        reason=event.reason,
        logs=_logs(before, event.logs),
    )


def failed(state: JobState, event: TaskFailed, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    return _ended(
        state,
        stamp,
        before,
        event.status,
        worker=event.worker or before.worker,
        output=event.output,
        reason=event.reason,
        logs=_logs(before, event.logs),
    )


def decided(state: JobState, event: TaskDecided, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    changes: dict[str, Any] = {} if event.reason is None else {"reason": event.reason}
    if event.replaces_output:
        changes["output"] = event.output
    return _ended(state, stamp, before, event.status, **changes)


def stopped(state: JobState, event: TaskTimedOut | TaskCanceled, stamp: Stamp) -> JobState:
    """Timed out or canceled."""
    before = state.tasks[event.task]
    timed_out = isinstance(event, TaskTimedOut)
    status = TaskStatus.TIMED_OUT if timed_out else TaskStatus.CANCELED
    reason = before.reason if event.reason is None else event.reason
    return _ended(state, stamp, before, status, reason=reason)


def _ended(
    state: JobState, stamp: Stamp, before: TaskState, status: TaskStatus, **changes: Any
) -> JobState:
    number = before.number
    task = replace(
        before,
        status=status,
        ended_at=stamp.at,
        updated_at=stamp.at,
        ready_at=None,
        poll_by=None,
        respond_by=None,
        end_by=None,
        total_by=None,
        awaits=(),
        **changes,
    )
    more: dict[str, Any] = {}
    if number in state.open:
        more["open"] = state.open.delete(number)
    if state.status is JobStatus.PAUSED:
        more["unfollowed"] = state.unfollowed.set(number, None)
    if before.ready_at is not None:
        more |= without_timer(state, f"ready/{number}")
    if before.awaits:
        more["awaiting"] = _no_longer_awaited(state, before)
        more["events"] = _consumed(state, before)
    return with_task(state, stamp, task, **more)


def without_timer(state: JobState, timer: str) -> dict[str, Any]:
    if timer not in state.timers:
        return {}
    return {
        "timers": state.timers.delete(timer),
        "timer_reasons": state.timer_reasons.delete(timer),
    }


def _no_longer_awaited(state: JobState, task: TaskState) -> immutables.Map[str, tuple[int, ...]]:
    awaiting = state.awaiting
    for name in task.awaits:
        rest = tuple(number for number in awaiting.get(name, ()) if number != task.number)
        awaiting = awaiting.set(name, rest) if rest else awaiting.delete(name)
    return awaiting


def _consumed(state: JobState, task: TaskState) -> immutables.Map[str, Value]:
    events = state.events
    for name in task.awaits:
        if name in events:
            events = events.delete(name)
    return events


def _logs(before: TaskState, more: Value) -> tuple[Any, ...]:
    if more is None:
        return before.logs
    return (*before.logs, *more) if isinstance(more, list) else (*before.logs, more)

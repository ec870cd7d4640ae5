"""How task events change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from typing import Any

import immutables
from msgspec.structs import replace

from daemon.decider.state import JobState, TaskState
from daemon.decider.step import Stamp, step, with_task
from eventstore.events import (
    JobStatus,
    LoopIterated,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskLogged,
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
        complete_at=event.complete_at,
        awaits=event.awaits,
        joins=event.joins,
        joins_left=_not_ended(state, event.joins) if event.joins else 0,
        eager=event.eager,
        starts_job=event.starts_job,
        is_loop=event.is_loop,
        loop=event.loop,
        place=state.next_place,
        earlier=state.refs.get(event.ref),
        bare_before=state.bare.get(bare_ref(event.ref)) if event.iteration else None,
    )
    if task.is_passive:
        state = replace(state, passive=state.passive + 1)
    tasks = tasks.set(number, task)
    if before is not None and event.ref in state.joined:
        tasks = joins_counted(state, tasks, event.ref, 1)
    return step(
        state,
        stamp,
        tasks=tasks,
        order=state.order.set(state.next_place, number),
        next_place=state.next_place + 1,
        refs=state.refs.set(event.ref, number),
        open=state.open.set(number, None),
        next_number=number + 1,
        scheduled=state.scheduled + 1,
        **_also_known(state, event),
    )


def _also_known(state: JobState, event: TaskScheduled) -> dict[str, Any]:
    """What only tasks of some kinds are kept under."""
    more: dict[str, Any] = {}
    if event.iteration:
        more["bare"] = state.bare.set(bare_ref(event.ref), event.task)
    if event.awaits:
        more["awaiting"] = _also_under(state.awaiting, event.awaits, event.task)
    if event.joins:
        more["joined"] = _also_under(state.joined, event.joins, event.task)
    return more


def bare_ref(ref: str) -> str:
    """Without the iterations of the loops around it: everything before the first ``__``."""
    return ref.partition("__")[0]


def _also_under(
    numbers: immutables.Map[str, tuple[int, ...]], names: tuple[str, ...], number: int
) -> immutables.Map[str, tuple[int, ...]]:
    return numbers.update({name: (*numbers.get(name, ()), number) for name in names})


def _no_longer_under(
    numbers: immutables.Map[str, tuple[int, ...]], names: tuple[str, ...], number: int
) -> immutables.Map[str, tuple[int, ...]]:
    for name in names:
        rest = tuple(other for other in numbers.get(name, ()) if other != number)
        if rest:
            numbers = numbers.set(name, rest)
        elif name in numbers:
            numbers = numbers.delete(name)
    return numbers


def _not_ended(state: JobState, refs: tuple[str, ...]) -> int:
    """How many of ``refs`` have no newest task that ended."""
    tasks = (state.refs.get(ref) for ref in refs)
    return sum(number is None or number in state.open for number in tasks)


def joins_counted(
    state: JobState, tasks: immutables.Map[int, TaskState], ref: str, more: int
) -> immutables.Map[int, TaskState]:
    """Every open task that joins ``ref`` has ``more`` refs left to wait for."""
    for number in state.joined.get(ref, ()):
        join = tasks[number]
        tasks = tasks.set(number, replace(join, joins_left=join.joins_left + more))
    return tasks


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
    task = replace(task, place=place)
    tasks = state.tasks.set(event.task, task)
    if event.ref in state.joined:
        tasks = joins_counted(state, tasks, event.ref, -1)
    return step(
        state,
        stamp,
        tasks=tasks,
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


def logged(state: JobState, event: TaskLogged, stamp: Stamp) -> JobState:
    before = state.tasks[event.task]
    return with_task(state, stamp, replace(before, logs=_logs(before, event.logs)))


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
    awaiting = _also_under(state.awaiting, event.awaits, event.task)
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
        child=None,
        **changes,
    )
    more: dict[str, Any] = {}
    tasks = state.tasks.set(number, task)
    if number in state.open:
        more["open"] = state.open.delete(number)
        if before.is_passive:
            more["passive"] = state.passive - 1
        if before.ref in state.joined and state.refs.get(before.ref) == number:
            tasks = joins_counted(state, tasks, before.ref, -1)
    if state.status is JobStatus.PAUSED:
        more["unfollowed"] = state.unfollowed.set(number, None)
    if before.ready_at is not None:
        more |= without_timer(state, f"ready/{number}")
    if before.awaits and number in state.open:
        more["awaiting"] = _no_longer_under(state.awaiting, before.awaits, number)
        more["events"] = _consumed(state, before)
    if before.joins:
        more["joined"] = _no_longer_under(state.joined, before.joins, number)
    return step(state, stamp, tasks=tasks, **more)


def without_timer(state: JobState, timer: str) -> dict[str, Any]:
    if timer not in state.timers:
        return {}
    return {
        "timers": state.timers.delete(timer),
        "timer_reasons": state.timer_reasons.delete(timer),
    }


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


def iterated(state: JobState, event: LoopIterated, stamp: Stamp) -> JobState:
    task = replace(
        state.tasks[event.task], loop=event.iteration, output=event.output, updated_at=stamp.at
    )
    return with_task(state, stamp, task)

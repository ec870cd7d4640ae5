"""How task events change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.decider.indices import (
    also_under,
    bare_ref,
    joins_counted,
    not_ended,
    with_logs,
    without,
    without_slot,
    without_timer,
)
from daemon.decider.state import JobState, TaskState
from daemon.decider.step import step, with_task
from eventstore.events import (
    LoopIterated,
    TaskExecuted,
    TaskExtended,
    TaskLogged,
    TaskProgressed,
    TaskReopened,
    TaskReturned,
    TaskScheduled,
    TaskSkipped,
    TaskStarted,
    TaskStatus,
)


def scheduled(state: JobState, event: TaskScheduled, at: int, position: int) -> JobState:
    number, ref, place = event.task, event.ref, state.next_place
    task = TaskState(
        number=number,
        ref=ref,
        made=event,
        place=place,
        status=TaskStatus.SCHEDULED,
        scheduled_at=at,
        first_scheduled_at=at,
        updated_at=at,
        ready_at=event.ready_at,
        ready_position=position,
        poll_by=event.poll_by,
        total_by=event.total_by,
        earlier=state.refs.get(ref),
    )
    is_plain = (
        event.offered
        and event.retry_of is None
        and event.complete_at is None
        and not (event.iteration or event.delay_seconds)
        and not (event.awaits or event.joins or event.is_loop)
    )
    if not is_plain:
        state, task = _in_particular(state, event, task)
    return replace(
        state,
        sequence=state.sequence + 1,
        position=position,
        updated_at=at,
        tasks=state.tasks.set(number, task),
        order=state.order.set(place, number),
        next_place=place + 1,
        refs=state.refs.set(ref, number),
        open=state.open.set(number, None),
        next_number=number + 1,
        scheduled=state.scheduled + 1,
    )


def _in_particular(
    state: JobState, event: TaskScheduled, task: TaskState
) -> tuple[JobState, TaskState]:
    """What only tasks of some kinds have, and what they are kept under."""
    before = None if event.retry_of is None else state.tasks.get(event.retry_of)
    at = task.scheduled_at
    task = replace(
        task,
        status=TaskStatus.SCHEDULED if event.offered else TaskStatus.IN_PROGRESS,
        reason=before.reason if before is not None and event.keeps_reason else None,
        first_scheduled_at=at if before is None else before.first_scheduled_at,
        started_at=None if event.offered else at,
        callback_seconds=event.delay_seconds,
        complete_at=event.complete_at,
        end_by=event.end_by,
        awaits=event.awaits,
        joins_left=not_ended(state, event.joins) if event.joins else 0,
        loop=event.loop,
        bare_before=state.bare.get(bare_ref(event.ref)) if event.iteration else None,
    )
    more: dict[str, Any] = {}
    if before is not None:
        more |= _retried(state, before, event.ref)
    if event.tells:
        more["tells"] = True
    if task.is_passive:
        more["passive"] = state.passive + 1
    if event.iteration:
        more["bare"] = state.bare.set(bare_ref(event.ref), event.task)
    if event.awaits:
        more["awaiting"] = also_under(state.awaiting, event.awaits, event.task)
    if event.joins:
        more["joined"] = also_under(state.joined, event.joins, event.task)
    return (replace(state, **more) if more else state), task


def _retried(state: JobState, before: TaskState, ref: str) -> dict[str, Any]:
    """``before`` has a newer attempt, for which those that join it wait again."""
    tasks = state.tasks.set(before.number, replace(before, retried=True))
    if ref in state.joined:
        tasks = joins_counted(state, tasks, ref, 1)
    return {"tasks": tasks, "unsuccessful": without(state.unsuccessful, before.number)}


def reopened(state: JobState, event: TaskReopened, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    number, joins = before.number, before.joins
    task = replace(
        before,
        made=replace(before.made, attempt=event.attempt),
        status=TaskStatus.IN_PROGRESS,
        reason=None,
        ended_at=None,
        updated_at=at,
        end_by=event.end_by,
        joins_left=not_ended(state, joins) if joins else 0,
    )
    tasks = state.tasks.set(number, task)
    if before.ref in state.joined:
        tasks = joins_counted(state, tasks, before.ref, 1)
    return step(
        state,
        at,
        position,
        tasks=tasks,
        open=state.open.set(number, None),
        passive=state.passive + 1,
        joined=also_under(state.joined, joins, number),
        unsuccessful=without(state.unsuccessful, number),
    )


def skipped(state: JobState, event: TaskSkipped, at: int, position: int) -> JobState:
    place = state.first_place - 1
    task = TaskState(
        number=event.task,
        ref=event.ref,
        made=TaskScheduled(
            task=event.task,
            ref=event.ref,
            name=event.name,
            task_type=event.task_type,
            kind=event.kind,
            offered=False,
            input=event.input,
        ),
        place=place,
        status=TaskStatus.SKIPPED,
        output=event.output,
        scheduled_at=at,
        first_scheduled_at=at,
        updated_at=at,
        ended_at=at,
    )
    tasks = state.tasks.set(event.task, task)
    if event.ref in state.joined:
        tasks = joins_counted(state, tasks, event.ref, -1)
    return step(
        state,
        at,
        position,
        tasks=tasks,
        order=state.order.set(place, event.task),
        first_place=place,
        refs=state.refs.set(event.ref, event.task),
        next_number=event.task + 1,
    )


def started(state: JobState, event: TaskStarted, at: int, position: int) -> JobState:
    number = event.task
    before = state.tasks[number]
    task = replace(
        before,
        status=TaskStatus.IN_PROGRESS,
        worker=event.worker,
        session=event.session,
        started_at=before.started_at or at,
        updated_at=at,
        respond_by=event.respond_by,
        end_by=event.end_by,
        poll_count=before.poll_count + 1,
        callback_seconds=0,
        returned=False,
    )
    if event.limit is not None:
        state = replace(state, slots=state.slots.set(number, event.limit))
    return replace(
        state,
        sequence=state.sequence + 1,
        position=position,
        updated_at=at,
        tasks=state.tasks.set(number, task),
    )


def returned(state: JobState, event: TaskReturned, at: int, position: int) -> JobState:
    task = replace(
        state.tasks[event.task],
        status=TaskStatus.SCHEDULED,
        session=None,
        updated_at=at,
        respond_by=None,
        poll_by=event.poll_by,
        ready_at=None,
        ready_position=position,
        returned=True,
    )
    return with_task(without_slot(state, event.task), at, position, task)


def extended(state: JobState, event: TaskExtended, at: int, position: int) -> JobState:
    task = replace(state.tasks[event.task], respond_by=event.respond_by, updated_at=at)
    return with_task(state, at, position, task)


def logged(state: JobState, event: TaskLogged, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    return with_task(state, at, position, replace(before, logs=with_logs(before, event.logs)))


def progressed(state: JobState, event: TaskProgressed, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.SCHEDULED if before.is_polled_for else before.status,
        worker=event.worker or before.worker,
        session=None,
        output=event.output,
        reason=event.reason,
        logs=with_logs(before, event.logs),
        callback_seconds=event.callback_seconds,
        ready_at=event.ready_at,
        ready_position=position,
        poll_by=event.poll_by,
        respond_by=None,
        updated_at=at,
        started_at=before.started_at or at,
    )
    if before.is_polled_for:
        state = without_slot(state, task.number)
    return with_task(state, at, position, task, **without_timer(state, f"ready/{task.number}"))


def executed(state: JobState, event: TaskExecuted, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.IN_PROGRESS,
        worker=event.worker or before.worker,
        session=None,
        output=event.output,
        logs=with_logs(before, event.logs),
        awaits=event.awaits,
        respond_by=None,
        updated_at=at,
    )
    awaiting = also_under(state.awaiting, event.awaits, event.task)
    return with_task(state, at, position, task, awaiting=awaiting)


def iterated(state: JobState, event: LoopIterated, at: int, position: int) -> JobState:
    task = replace(
        state.tasks[event.task], loop=event.iteration, output=event.output, updated_at=at
    )
    return with_task(state, at, position, task)

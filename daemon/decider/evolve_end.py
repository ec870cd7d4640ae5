"""How the end of a task changes a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.decider.indices import (
    consumed,
    joins_counted,
    no_longer_under,
    with_logs,
    without_slot,
    without_timer,
)
from daemon.decider.state import JobState, TaskState
from eventstore.events import (
    TASK_SUCCESSFUL,
    JobStatus,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskStatus,
    TaskTimedOut,
)


def completed(state: JobState, event: TaskCompleted, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    task = replace(
        before,
        status=TaskStatus.COMPLETED,
        worker=event.worker or before.worker,
        output=event.output,
        reason=event.reason,
        logs=before.logs if event.logs is None else with_logs(before, event.logs),
        ended_at=at,
        updated_at=at,
        ready_at=None,
        poll_by=None,
        respond_by=None,
        end_by=None,
        total_by=None,
        child=None,
    )
    return _with_ended(state, before, task, position)


def failed(state: JobState, event: TaskFailed, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    task = _ended(
        before,
        event.status,
        at,
        worker=event.worker or before.worker,
        output=event.output,
        reason=event.reason,
        logs=with_logs(before, event.logs),
    )
    return _with_ended(state, before, task, position)


def decided(state: JobState, event: TaskDecided, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    keeps_reason = event.reason is None and not event.clears_reason
    changes: dict[str, Any] = {} if keeps_reason else {"reason": event.reason}
    if event.replaces_output:
        changes["output"] = event.output
    if event.more_input is not None:
        changes["made"] = replace(before.made, input={**before.made.input, **event.more_input})
    return _with_ended(state, before, _ended(before, event.status, at, **changes), position)


def stopped(
    state: JobState, event: TaskTimedOut | TaskCanceled, at: int, position: int
) -> JobState:
    """Timed out or canceled."""
    before = state.tasks[event.task]
    timed_out = isinstance(event, TaskTimedOut)
    status = TaskStatus.TIMED_OUT if timed_out else TaskStatus.CANCELED
    reason = before.reason if event.reason is None else event.reason
    return _with_ended(state, before, _ended(before, status, at, reason=reason), position)


def ended_with(state: JobState, number: int, at: int, position: int, **changes: Any) -> JobState:
    """The task ``number`` completed without anybody's report."""
    before = state.tasks[number]
    task = _ended(before, TaskStatus.COMPLETED, at, **changes)
    return _with_ended(state, before, task, position)


def _ended(before: TaskState, status: TaskStatus, at: int, **changes: Any) -> TaskState:
    return replace(
        before,
        status=status,
        ended_at=at,
        updated_at=at,
        ready_at=None,
        poll_by=None,
        respond_by=None,
        end_by=None,
        total_by=None,
        child=None,
        seeks=False,
        **changes,
    )


def _with_ended(state: JobState, before: TaskState, task: TaskState, position: int) -> JobState:
    """``task`` is what has become of ``before``, which may have ended before."""
    number, made = task.number, task.made
    tasks = state.tasks.set(number, task)
    open_, unsuccessful = state.open, state.unsuccessful
    if number in open_:
        open_ = open_.delete(number)
        if task.ref in state.joined and state.refs.get(task.ref) == number:
            tasks = joins_counted(state, tasks, task.ref, -1)
    if task.status not in TASK_SUCCESSFUL:
        unsuccessful = unsuccessful.set(number, None)
    elif number in unsuccessful:
        unsuccessful = unsuccessful.delete(number)
    if before.awaits or before.ready_at is not None or made.joins or made.is_loop:
        state = _let_go(state, before)
    if state.slots:
        state = without_slot(state, number)
    if state.status is JobStatus.PAUSED:
        state = replace(state, unfollowed=state.unfollowed.set(number, None))
    return replace(
        state,
        sequence=state.sequence + 1,
        position=position,
        updated_at=task.updated_at,
        tasks=tasks,
        open=open_,
        unsuccessful=unsuccessful,
    )


def _let_go(state: JobState, task: TaskState) -> JobState:
    """The job without what it kept of the open ``task`` beside the task itself."""
    more: dict[str, Any] = {}
    is_open = task.number in state.open
    if is_open and task.is_passive:
        more["passive"] = state.passive - 1
    if is_open and task.awaits:
        more["awaiting"] = no_longer_under(state.awaiting, task.awaits, task.number)
        more["events"] = consumed(state, task)
    if task.ready_at is not None:
        more |= without_timer(state, f"ready/{task.number}")
    if task.joins:
        more["joined"] = no_longer_under(state.joined, task.joins, task.number)
    return replace(state, **more)

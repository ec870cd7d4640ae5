"""Commands about one task: handed out, reported, extended, returned."""

from __future__ import annotations

from orjson import dumps

from daemon.decider.arrivals import complete_awaiting
from daemon.decider.caching import keep
from daemon.decider.commands import Extend, Log, Report, ReturnTask, StartTask
from daemon.decider.follow import follow_all
from daemon.decider.payloads import without_output
from daemon.decider.schedule import end_with, poll_by
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import SECOND, Refusal, RefusalKind, Turn
from eventstore.events import (
    TaskCompleted,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskLogged,
    TaskProgressed,
    TaskReturned,
    TaskStarted,
    TaskStatus,
    TimerSet,
)

_REPORTED = (
    TaskStatus.IN_PROGRESS,
    TaskStatus.COMPLETED,
    TaskStatus.FAILED,
    TaskStatus.FAILED_WITH_TERMINAL_ERROR,
    TaskStatus.CANCELED,
)


def start(turn: Turn, command: StartTask) -> Refusal | None:
    state = turn.state
    task = state.tasks.get(command.task)
    if task is None or not task.is_ready:
        return _not_ready(state, command.task)
    rules = turn.plan.rules(state, task)
    respond, run = rules.response_timeout_seconds, rules.timeout_seconds
    turn.emit(
        TaskStarted(
            task=task.number,
            worker=command.worker,
            session=command.session,
            respond_by=None if respond <= 0 else turn.after(respond),
            end_by=task.end_by if run <= 0 else task.end_by or _end_by(turn, task, run),
            limit=command.limit,
        )
    )
    return None


def _not_ready(state: JobState, number: int) -> Refusal:
    task = open_task(state, number)
    if isinstance(task, Refusal):
        return task
    return Refusal(
        kind=RefusalKind.NOT_READY,
        message=f"task {state.task_id(task.number)} is not waiting for a worker",
        status=task.status,
    )


def _end_by(turn: Turn, task: TaskState, seconds: float) -> int:
    """The run timeout counts from the first start of this attempt."""
    return (task.started_at or turn.now) + round(seconds * SECOND)


def report(turn: Turn, command: Report) -> Refusal | None:
    state = turn.state
    task = state.tasks.get(command.task)
    if task is None or task.ended_at is not None:
        return _no_open_task(state, command.task, task)
    if len(dumps(command.output)) > turn.policy.max_task_output_bytes:
        if command.status not in _REPORTED:
            return _not_a_result(task, command.status)
        command = without_output(turn, command)
    status = command.status
    if status is TaskStatus.COMPLETED:
        _complete(turn, task, command)
    elif status is TaskStatus.IN_PROGRESS:
        _progress(turn, task, command)
    elif status in _REPORTED:
        _fail(turn, task, command)
    else:
        return _not_a_result(task, status)
    follow_all(turn)
    return None


def _not_a_result(task: TaskState, status: TaskStatus) -> Refusal:
    return Refusal(
        kind=RefusalKind.NOT_A_RESULT,
        message=f"nobody can report {status}, only {', '.join(_REPORTED)}",
        status=task.status,
    )


def _fail(turn: Turn, task: TaskState, command: Report) -> None:
    turn.emit(
        TaskFailed(
            task=task.number,
            status=command.status,
            worker=command.worker,
            output=command.output,
            reason=command.reason,
            logs=command.logs,
        )
    )
    turn.to_follow.append(task.number)


def _progress(turn: Turn, task: TaskState, command: Report) -> None:
    rules = turn.plan.rules(turn.state, task)
    callback = command.callback_seconds
    ready_at = turn.after(callback) if task.is_polled_for and callback > 0 else None
    turn.emit(
        TaskProgressed(
            task=task.number,
            worker=command.worker,
            callback_seconds=callback,
            ready_at=ready_at,
            poll_by=poll_by(rules, ready_at or turn.now) if task.is_polled_for else None,
            output=command.output,
            reason=command.reason,
            logs=command.logs,
        )
    )
    if ready_at is not None:
        timer = f"ready/{task.number}"
        turn.emit(TimerSet(timer=timer, due_at=ready_at, why="callback", task=task.number))


def _complete(turn: Turn, task: TaskState, command: Report) -> None:
    plan, state, number = turn.plan, turn.state, task.number
    in_its_workers_hands = task.status is TaskStatus.IN_PROGRESS and not task.awaits
    if in_its_workers_hands and plan.rules(state, task).async_complete:
        _await_outside(turn, task, command)
        return
    fault = plan.accept(state, task, command.output)
    turn.emit(
        TaskCompleted(
            task=number,
            worker=command.worker,
            output=command.output,
            reason=command.reason,
            logs=command.logs,
        )
    )
    if fault is None:
        if task.made.cache is not None:
            keep(turn, task)
        turn.to_follow.append(number)
    else:
        end_with(turn, number, fault)


def _await_outside(turn: Turn, task: TaskState, command: Report) -> None:
    turn.emit(
        TaskExecuted(
            task=task.number,
            awaits=(task.ref,),
            worker=command.worker,
            output=command.output,
            logs=command.logs,
        )
    )
    complete_awaiting(turn, task.ref)


def extend(turn: Turn, command: Extend) -> Refusal | None:
    task = open_task(turn.state, command.task)
    if isinstance(task, Refusal):
        return task
    if task.status is not TaskStatus.IN_PROGRESS or task.awaits:
        return Refusal(
            kind=RefusalKind.NOT_HELD,
            message=f"task {turn.state.task_id(task.number)} is in no worker's hands",
            status=task.status,
        )
    rules = turn.plan.rules(turn.state, task)
    turn.emit(
        TaskExtended(
            task=task.number,
            worker=command.worker,
            respond_by=turn.deadline(rules.response_timeout_seconds),
        )
    )
    return None


def log(turn: Turn, command: Log) -> Refusal | None:
    task = turn.state.tasks.get(command.task)
    if task is None:
        return _no_such_task(turn.state, command.task)
    turn.emit(TaskLogged(task=task.number, logs=command.logs))
    return None


def give_back(turn: Turn, command: ReturnTask) -> Refusal | None:
    task = open_task(turn.state, command.task)
    if isinstance(task, Refusal):
        return task
    held = task.status is TaskStatus.IN_PROGRESS and task.is_polled_for
    if not held or (command.session is not None and command.session != task.session):
        return Refusal(
            kind=RefusalKind.NOT_HELD,
            message=f"task {turn.state.task_id(task.number)} is not held by that session",
            status=task.status,
        )
    rules = turn.plan.rules(turn.state, task)
    due = poll_by(rules, turn.now)
    turn.emit(TaskReturned(task=task.number, why=command.why, poll_by=due))
    return None


def _no_such_task(state: JobState, number: int) -> Refusal:
    return Refusal(
        kind=RefusalKind.NO_SUCH_TASK,
        message=f"job {state.job_id} has no task {number} (any more)",
    )


def open_task(state: JobState, number: int) -> TaskState | Refusal:
    task = state.tasks.get(number)
    if task is None or task.ended_at is not None:
        return _no_open_task(state, number, task)
    return task


def _no_open_task(state: JobState, number: int, task: TaskState | None) -> Refusal:
    if task is None:
        return _no_such_task(state, number)
    return Refusal(
        kind=RefusalKind.TASK_ENDED,
        message=f"task {state.task_id(number)} has ended already: {task.status}",
        status=task.status,
    )

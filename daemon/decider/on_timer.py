"""A timer came due (reference conductor.md §3.7, §3.8; the reasons are its texts)."""

from __future__ import annotations

from daemon.decider.children import end_child
from daemon.decider.commands import FireTimer
from daemon.decider.ending import end_badly
from daemon.decider.follow import follow_all
from daemon.decider.schedule import end_as_decided
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import SECOND, Refusal, RefusalKind, Turn, in_full
from daemon.dialects.plan import TaskRules, TimeoutPolicy
from eventstore.events import (
    JobStatus,
    JobTimeoutAlerted,
    TaskDecided,
    TaskStatus,
    TaskTimedOut,
    TimerFired,
)

JOB_TIMEOUT = "timeout"

_TIMEOUTS = ("poll", "response", "run", "total")
_WAIT = "wait"
"""The time at which a task completes by itself."""


def due_of(state: JobState, timer: str, number: int | None) -> int | None:
    """When ``timer`` is due now; None when it is pending no more."""
    if number is None:
        return state.timers.get(timer) if timer == JOB_TIMEOUT else None
    task = state.tasks.get(number)
    if task is None or not task.is_open:
        return None
    return task.ready_at if timer == f"ready/{number}" else dict(deadlines(task)).get(timer)


def deadlines(task: TaskState) -> list[tuple[str, int]]:
    """The timers that an open task carries, by name."""
    number = task.number
    found = []
    if task.poll_by is not None and task.is_ready:
        found.append((f"poll/{number}", task.poll_by))
    if task.respond_by is not None:
        found.append((f"response/{number}", task.respond_by))
    if task.end_by is not None:
        found.append((f"run/{number}", task.end_by))
    if task.total_by is not None:
        found.append((f"total/{number}", task.total_by))
    if task.complete_at is not None:
        found.append((f"{_WAIT}/{number}", task.complete_at))
    return found


def fire(turn: Turn, command: FireTimer) -> Refusal | None:
    state = turn.state
    due = due_of(state, command.timer, command.task)
    if state.has_ended or due is None or due > turn.now:
        return Refusal(
            kind=RefusalKind.NOT_DUE,
            message=f"timer {command.timer} is not due",
            status=state.status,
        )
    word = command.timer.partition("/")[0]
    if state.status is JobStatus.PAUSED and word in _TIMEOUTS:
        return Refusal(
            kind=RefusalKind.NOT_DUE,
            message=f"timer {command.timer} waits for the job to be resumed",
            status=state.status,
        )
    turn.emit(TimerFired(timer=command.timer, due_at=due, task=command.task))
    if word == JOB_TIMEOUT:
        _job_timed_out(turn)
    elif command.task is not None:
        _task_timer(turn, turn.task(command.task), word, due)
    follow_all(turn)
    return None


def _task_timer(turn: Turn, task: TaskState, word: str, due: int) -> None:
    if word in _TIMEOUTS:
        _task_timed_out(turn, task, word, due)
    elif word == _WAIT:
        end_as_decided(turn, TaskDecided(task=task.number, status=TaskStatus.COMPLETED))
    elif not task.offered:
        turn.to_begin.append(task.number)


def _job_timed_out(turn: Turn) -> None:
    elapsed = (turn.now - turn.state.clock_from) // SECOND
    seconds = turn.plan.timeout_seconds
    if turn.plan.alert_only:
        turn.emit(JobTimeoutAlerted(elapsed_seconds=elapsed, timeout_seconds=int(seconds)))
        return
    end_badly(
        turn,
        JobStatus.TIMED_OUT,
        f"Workflow timed out after {elapsed} seconds. "
        f"Timeout configured as {in_full(seconds)} seconds. "
        "Timeout policy configured to TIME_OUT_WF",
    )


def _task_timed_out(turn: Turn, task: TaskState, word: str, due: int) -> None:
    rules = turn.plan.rules(turn.state, task)
    reason = _reason(turn, task, rules, word, due)
    if word == "response":
        _time_out(turn, task, word, reason)
        return
    match rules.timeout_policy:
        case TimeoutPolicy.ALERT_ONLY:
            return
        case TimeoutPolicy.RETRY:
            _time_out(turn, task, word, reason)
        case TimeoutPolicy.TIME_OUT_WF:
            _emit_timed_out(turn, task, word, reason)
            end_badly(turn, JobStatus.TIMED_OUT, reason, task=task.number)


def _time_out(turn: Turn, task: TaskState, word: str, reason: str) -> None:
    _emit_timed_out(turn, task, word, reason)
    turn.to_follow.append(task.number)


def _emit_timed_out(turn: Turn, task: TaskState, word: str, reason: str) -> None:
    """The job that works for it has nobody left who waits for it."""
    turn.emit(TaskTimedOut(task=task.number, why=word, reason=reason))
    end_child(turn, task, reason)


def _reason(turn: Turn, task: TaskState, rules: TaskRules, word: str, due: int) -> str:
    task_id = turn.state.task_id(task.number)
    policy = rules.timeout_policy
    name = rules.settings_name
    match word:
        case "response":
            seconds = rules.response_timeout_seconds
            return (
                f"responseTimeout: {in_full(seconds)} exceeded for the taskId: {task_id} "
                f"with Task Definition: {name}"
            )
        case "poll":
            in_queue_since = due - round(rules.poll_timeout_seconds * SECOND)
            return (
                f"Task poll timed out after {_elapsed(turn, in_queue_since)} seconds. "
                f"Poll timeout configured as {in_full(rules.poll_timeout_seconds)} seconds. "
                f"Timeout policy configured to {policy}"
            )
        case "run":
            return (
                f"Task timed out after {_elapsed(turn, task.started_at or turn.now)} seconds. "
                f"Timeout configured as {in_full(rules.timeout_seconds)} seconds. "
                f"Timeout policy configured to {policy}"
            )
    return (
        f"Task {name}/{task_id} exceeded total timeout of "
        f"{in_full(rules.total_timeout_seconds)} seconds "
        f"(elapsed {_elapsed(turn, task.first_scheduled_at)} seconds across all attempts "
        f"including retry delays). Timeout policy: {policy}"
    )


def _elapsed(turn: Turn, since: int) -> int:
    return (turn.now - since) // SECOND

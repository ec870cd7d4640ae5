"""How a step becomes a task, first or again."""

from __future__ import annotations

from typing import Any

from orjson import dumps

from daemon.decider.caching import seek
from daemon.decider.payloads import fitting, task_fault, without_input
from daemon.decider.retries import delay_seconds, jitter_microseconds
from daemon.decider.state import TaskState
from daemon.decider.turn import SECOND, Turn
from daemon.dialects.plan import Done, Fault, Schedule, TaskRules
from daemon.dialects.rules import UNLIMITED
from eventstore.events import (
    LoopIterated,
    TaskDecided,
    TaskReopened,
    TaskScheduled,
    TaskStatus,
    TimerSet,
)


def schedule(turn: Turn, step: Schedule) -> None:
    state = turn.state
    number = state.next_number
    if len(dumps(step.input)) > turn.policy.max_task_input_bytes:
        step = without_input(turn, step, number)
    rules = turn.plan.rules(state, step)
    if not _is_plain(step):
        _schedule_in_particular(turn, step, rules, number)
        return
    total = rules.total_timeout_seconds
    turn.emit(
        TaskScheduled(
            task=number,
            ref=step.ref,
            name=step.name,
            task_type=step.task_type,
            kind=step.kind,
            iteration=step.iteration,
            poll_by=None if rules.poll_timeout_seconds <= 0 else poll_by(rules, turn.now),
            total_by=None if total <= 0 else turn.after(total),
            domain=_domain(turn, step) if state.frame.domains else None,
            own_limit=() if rules.own_limit is UNLIMITED else _own_limit(rules),
            cache=step.cache,
            input=step.input,
        )
    )
    if step.fault is not None or step.done is not None or turn.plan.checks:
        _end_at_once(turn, step, number)
    if step.cache is not None:
        seek(turn, number)


def _is_plain(step: Schedule) -> bool:
    """In its queue at once, for whoever polls: what most tasks are."""
    return (
        step.offered
        and step.delay_seconds <= 0
        and step.complete_at is None
        and step.complete_after_seconds is None
        and not (step.awaits or step.joins or step.eager or step.starts_job or step.is_loop)
    )


def _schedule_in_particular(turn: Turn, step: Schedule, rules: TaskRules, number: int) -> None:
    ready_at = turn.after(step.delay_seconds) if step.delay_seconds > 0 else None
    turn.emit(
        TaskScheduled(
            task=number,
            ref=step.ref,
            name=step.name,
            task_type=step.task_type,
            kind=step.kind,
            iteration=step.iteration,
            offered=step.offered,
            ready_at=ready_at,
            delay_seconds=step.delay_seconds,
            poll_by=poll_by(rules, ready_at or turn.now),
            total_by=turn.deadline(rules.total_timeout_seconds),
            complete_at=_complete_at(turn, step),
            end_by=None if step.offered else _end_by(rules, ready_at or turn.now),
            domain=_domain(turn, step),
            awaits=step.awaits,
            joins=step.joins,
            eager=step.eager,
            starts_job=step.starts_job,
            is_loop=step.is_loop,
            own_limit=_own_limit(rules),
            cache=step.cache,
            tells=step.tells,
            input=step.input,
        )
    )
    _set_ready_timer(turn, number, ready_at, "start delay")
    _end_at_once(turn, step, number)
    if step.cache is not None:
        seek(turn, number)
    if number in turn.state.open and not step.offered and ready_at is None:
        turn.to_begin.append(number)


def _end_at_once(turn: Turn, step: Schedule, number: int) -> None:
    fault = step.fault or _refused(turn, step, step.input)
    if fault is not None:
        end_with(turn, number, fault)
    elif step.done is not None:
        end_well(turn, number, step.done)


def _refused(turn: Turn, task: Schedule | TaskState, given: Any) -> Fault | None:
    return turn.plan.admit(turn.state, task, given) if turn.plan.checks else None


def _own_limit(rules: TaskRules) -> tuple[int, ...]:
    limit = rules.own_limit
    return (limit.most, limit.starts, limit.seconds) if limit else ()


def _complete_at(turn: Turn, step: Schedule) -> int | None:
    if step.complete_after_seconds is None:
        return step.complete_at
    return turn.after(step.complete_after_seconds)


def retry_later(turn: Turn, task: TaskState, rules: TaskRules) -> None:
    """The automatic next attempt, after its delay (reference conductor.md §3.6)."""
    delay = delay_seconds(rules, task.attempt)
    number = turn.state.next_number
    wait = round(delay * SECOND) + jitter_microseconds(rules, turn.state.frame.seed, number)
    _again(
        turn,
        task,
        rules,
        attempt=task.attempt + 1,
        ready_at=turn.now + wait if wait > 0 else None,
        delay_seconds=delay,
        keeps_reason=True,
    )


def retry_now(turn: Turn, task: TaskState) -> None:
    """An operator's next attempt: at once, with the reason cleared."""
    rules = turn.plan.rules(turn.state, task)
    _again(turn, task, rules, attempt=task.attempt + 1)


def reopen(turn: Turn, task: TaskState) -> None:
    """What waits for other tasks goes on where it stands (reference conductor.md §5 Retry); one
    that was only cut off has not failed. Anything else is a new attempt: a late result of the
    old one must not count for it."""
    if not task.is_passive:
        retry_now(turn, task)
        return
    wait_again(turn, task, attempt=task.attempt + (task.status is not TaskStatus.CANCELED))


def wait_again(turn: Turn, task: TaskState, *, attempt: int) -> None:
    """A task that waits for others is open again, in its place."""
    end_by = _end_by(turn.plan.rules(turn.state, task), turn.now)
    turn.emit(TaskReopened(task=task.number, attempt=attempt, end_by=end_by))
    turn.to_begin.append(task.number)


def rerun(turn: Turn, task: TaskState, task_input: Any) -> None:
    """The same attempt number again, with the input it had or a given one. Its total
    timeout counts anew."""
    rules = turn.plan.rules(turn.state, task)
    number = turn.state.next_number
    total_by = turn.deadline(rules.total_timeout_seconds)
    task_input, fault = _bounded(turn, number, task_input)
    _emit_again(turn, task, rules, task_input, attempt=task.attempt, total_by=total_by)
    fault = fault or _refused(turn, task, task_input)
    if fault is not None:
        end_with(turn, number, fault)


def _again(turn: Turn, task: TaskState, rules: TaskRules, **fields: Any) -> None:
    number = turn.state.next_number
    fresh = turn.plan.retry_input(turn.state, task)
    fault: Fault | None
    if isinstance(fresh, Fault):
        given, fault = task.input, fresh
    else:
        given, fault = _bounded(turn, number, fresh)
    total_by = _total_by(rules, task)
    _emit_again(turn, task, rules, given, retry_of=task.number, total_by=total_by, **fields)
    fault = fault or _refused(turn, task, given)
    if fault is not None:
        end_with(turn, number, fault)


def _bounded(turn: Turn, number: int, given: Any) -> tuple[Any, Fault | None]:
    """``given``, or nothing and why: it is too large."""
    limit = turn.policy.max_task_input_bytes
    if len(dumps(given)) <= limit:
        return given, None
    return {}, task_fault(turn, number, given, limit)


def _emit_again(
    turn: Turn,
    task: TaskState,
    rules: TaskRules,
    given: Any,
    *,
    ready_at: int | None = None,
    **fields: Any,
) -> None:
    state = turn.state
    number = state.next_number
    turn.emit(
        TaskScheduled(
            task=number,
            ref=task.ref,
            name=task.name,
            task_type=task.task_type,
            kind=task.kind,
            iteration=task.iteration,
            offered=task.offered,
            ready_at=ready_at,
            poll_by=poll_by(rules, ready_at or turn.now),
            complete_at=task.complete_at,
            end_by=None if task.offered else _end_by(rules, ready_at or turn.now),
            domain=task.domain,
            # What a worker's task awaited came after its work, which is to be done again.
            awaits=() if task.offered else task.awaits,
            joins=task.joins,
            eager=task.eager,
            starts_job=task.starts_job,
            is_loop=task.is_loop,
            loop=task.loop,
            own_limit=task.made.own_limit,
            tells=task.made.tells,
            cache=None if task.made.cache is None else turn.plan.cache_use(state, task, given),
            input=given,
            **fields,
        )
    )
    if task.loop:
        turn.emit(LoopIterated(task=number, iteration=task.loop, output=task.output))
    _set_ready_timer(turn, number, ready_at, "retry delay")
    if not task.offered and ready_at is None:
        turn.to_begin.append(number)


def end_well(turn: Turn, number: int, done: Done) -> None:
    decided = TaskDecided(task=number, status=done.status, replaces_output=True, output=done.output)
    end_as_decided(turn, decided)


def end_as_decided(turn: Turn, decided: TaskDecided) -> None:
    """The plan itself ends a task. A completed one keeps what its step promises."""
    if decided.output is not None:
        decided = fitting(turn, decided)
    turn.emit(decided)
    if decided.status is TaskStatus.COMPLETED and turn.plan.checks:
        task = turn.task(decided.task)
        fault = turn.plan.accept(turn.state, task, task.output)
        if fault is not None:
            end_with(turn, task.number, fault)
            return
    turn.to_follow.append(decided.task)


def end_with(turn: Turn, number: int, fault: Fault) -> None:
    turn.emit(TaskDecided(task=number, status=fault.status, reason=fault.reason))
    turn.to_follow.append(number)


def _set_ready_timer(turn: Turn, number: int, ready_at: int | None, why: str) -> None:
    if ready_at is not None and number in turn.state.open:
        turn.emit(TimerSet(timer=f"ready/{number}", due_at=ready_at, why=why, task=number))


def poll_by(rules: TaskRules, ready_at: int) -> int | None:
    """When somebody must have taken a task that lies in its queue from ``ready_at`` on."""
    seconds = rules.poll_timeout_seconds
    return ready_at + round(seconds * SECOND) if seconds > 0 else None


def _end_by(rules: TaskRules, ready_at: int) -> int | None:
    """Nobody starts a task that lies in no queue: it is under way as soon as it is ready."""
    seconds = rules.timeout_seconds if rules.times_what_waits else 0
    return ready_at + round(seconds * SECOND) if seconds > 0 else None


def _total_by(rules: TaskRules, task: TaskState) -> int | None:
    seconds = rules.total_timeout_seconds
    return task.first_scheduled_at + round(seconds * SECOND) if seconds > 0 else None


def _domain(turn: Turn, step: Schedule) -> str | None:
    """The entry for the type, else the one for every type (reference §3.12); the queue
    chooses among several domains."""
    domains = turn.state.frame.domains
    if not domains or not step.offered:
        return None
    return domains.get(step.task_type, domains.get("*"))

"""Going on with a job that ended: retry and rerun (reference conductor.md §5)."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec.structs import asdict, replace

from daemon.decider.commands import Rerun, Retry
from daemon.decider.follow import begin, end_again, ending_it, follow_all, go_on, make
from daemon.decider.on_job import job_not_ended, prepare, start_clock
from daemon.decider.retries import may_retry
from daemon.decider.schedule import reopen, wait_again
from daemon.decider.schedule import rerun as schedule_rerun
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Refusal, RefusalKind, Turn
from daemon.dialects.plan import Plan
from eventstore.events import (
    TASK_SUCCESSFUL,
    JobRerun,
    JobRetried,
    JobStatus,
    LoopIterated,
    TasksSuperseded,
    TaskStatus,
)


def retry(turn: Turn, command: Retry) -> Refusal | None:
    state = turn.state
    if not state.has_ended:
        return job_not_ended(turn)
    if not _is_anything_left(turn.plan, state) and state.status is not JobStatus.TIMED_OUT:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_RETRY,
            message=f"job {state.job_id} has no task to retry; restart it to run all of it again",
            status=state.status,
        )
    turn.emit(JobRetried(resume_subworkflows=command.resume_subworkflows, awaits=command.awaits))
    if command.awaits is None:
        retry_all(turn, state)
    return None


def retry_all(turn: Turn, before: JobState) -> None:
    """What did not end well begins again. ``before``: the job as it had ended."""
    start_clock(turn)
    for task in before.unsuccessful_tasks():
        reopen(turn, task)
    go_on(turn, _to_carry_on(before), after_its_end=True)


def _is_anything_left(plan: Plan, state: JobState) -> bool:
    """Whether a retry has anything to begin with. A job that would only be ended again by
    the task that ended it has nothing but the work that was cut off."""
    again = state.unsuccessful_tasks()
    ends = ending_it(plan, state)
    if ends:
        return not all(task.is_passive for task in again)
    return bool(again or _to_carry_on(state))


def _to_carry_on(state: JobState) -> list[int]:
    """Tasks that ended well, but what follows them was never decided or went wrong."""
    numbers = set(state.unfollowed)
    if state.failed_task is not None:
        numbers.add(state.failed_task)
    return [
        number
        for number in sorted(numbers)
        if number in state.tasks and state.tasks[number].status in TASK_SUCCESSFUL
    ]


def rerun(turn: Turn, command: Rerun) -> Refusal | None:
    state = turn.state
    if not state.has_ended:
        return job_not_ended(turn)
    target = None if command.task is None else state.tasks.get(command.task)
    refusal = None if command.task is None else _no_target(state, command.task, target)
    if refusal is not None:
        return refusal
    fields = asdict(command)
    if command.replaces_input:
        prepared = prepare(turn, command.input)
        if isinstance(prepared, Refusal):
            return prepared
        fields["input"] = prepared.input
    turn.emit(JobRerun(**fields))
    if command.awaits is None:
        rerun_from(turn, state, command)
    return None


def rerun_from(turn: Turn, before: JobState, command: Rerun | JobRerun) -> None:
    """``before``: the job as it had ended."""
    start_clock(turn)
    if command.task is None:
        begin(turn)
    else:
        _from(turn, before, before.tasks[command.task], command)


def _no_target(state: JobState, number: int, target: TaskState | None) -> Refusal | None:
    if target is None:
        return Refusal(
            kind=RefusalKind.NO_SUCH_TASK,
            message=f"job {state.job_id} has no task {number} (any more)",
        )
    if target.status is TaskStatus.SKIPPED:
        return Refusal(
            kind=RefusalKind.TASK_SKIPPED,
            message=f"task {state.task_id(number)} was skipped and never ran; rerun from a task "
            "that ran, or from the beginning",
            status=target.status,
        )
    return None


def _from(turn: Turn, before: JobState, target: TaskState, command: Rerun | JobRerun) -> None:
    """The target and all behind it go; what had failed before it begins again as well, and
    so does what the plan had made of the target's end or around it."""
    order = [task.number for task in before.in_order()]
    redo = turn.plan.redo(before, target)
    loops = {loop.task: loop for loop in redo.loops}
    behind = {*order[order.index(target.number) :], *redo.drops}
    behind |= _tried_again(turn, before, behind, target)
    reopened = [
        task for task in before.unsuccessful_tasks() if task.number not in behind | loops.keys()
    ]
    stays = {task.number for task in reopened if task.is_passive}
    stays |= loops.keys() - behind
    gone = behind | loops.keys() | {task.number for task in reopened}
    gone -= stays
    turn.emit(TasksSuperseded(tasks=tuple(sorted(gone))))
    for task in reopened:
        _reopen(turn, task, stays)
    for number, loop in loops.items():
        again = replace(before.tasks[number], loop=loop.iteration, output=loop.output)
        _reopen(turn, again, stays)
    turn.to_follow.extend(number for number in _to_carry_on(before) if number not in gone)
    _run_again(turn, target, command)
    follow_all(turn)


def _tried_again(turn: Turn, before: JobState, gone: Iterable[int], target: TaskState) -> set[int]:
    """The failed attempts that tasks among ``gone`` were tried again after: nothing would go on
    from them. Those of a ``target`` that runs again by itself stay in the list."""
    stays = target.ref if _is_work(target) else None
    found: set[int] = set()
    for number in gone:
        earlier = _attempt_before(before, before.tasks[number])
        while earlier is not None and earlier.ref != stays and not _went_on(turn, before, earlier):
            found.add(earlier.number)
            earlier = _attempt_before(before, earlier)
    return found


def _attempt_before(state: JobState, task: TaskState) -> TaskState | None:
    return None if task.earlier is None else state.tasks.get(task.earlier)


def _went_on(turn: Turn, state: JobState, task: TaskState) -> bool:
    """Whether the job went on from the end of ``task``: it ended well, or was permitted to fail."""
    if task.status in TASK_SUCCESSFUL:
        return True
    rules = turn.plan.rules(state, task)
    may_fail = rules.permissive and task.status is not TaskStatus.CANCELED
    return may_fail and not may_retry(rules, task.status, task.attempt)


def _is_work(target: TaskState) -> bool:
    """Whether a rerun schedules it; an operator is the plan's to begin."""
    return target.offered or target.starts_job


def _reopen(turn: Turn, task: TaskState, stays: Container[int]) -> None:
    """A join or a loop goes on where it stands in the list: what it waits for, or what its
    iterations are made of, stands behind it there, too."""
    if task.number not in stays:
        schedule_rerun(turn, task, task.input)
        return
    wait_again(turn, task, attempt=task.attempt)
    if task.loop:
        turn.emit(LoopIterated(task=task.number, iteration=task.loop, output=task.output))


def _run_again(turn: Turn, target: TaskState, command: Rerun | JobRerun) -> None:
    """An operator is the plan's to begin, if it knows how to."""
    given = command.task_input if command.replaces_task_input else None
    moves = () if _is_work(target) else turn.plan.again(turn.state, target, given)
    make(turn, moves, cause=None)
    if not moves:
        schedule_rerun(turn, target, target.input if given is None else given)
    end_again(turn)
    if turn.state.is_going:
        make(turn, turn.plan.missing(turn.state), cause=None)

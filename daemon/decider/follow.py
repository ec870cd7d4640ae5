"""What follows when a task ended: retry, carry on, or the end of the job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from daemon.decider.arrivals import complete_if_arrived
from daemon.decider.children import ask_for_child
from daemon.decider.ending import BAD_ENDING_OF, complete, end_badly
from daemon.decider.publishing import publish
from daemon.decider.retries import may_retry
from daemon.decider.schedule import end_as_decided, retry_later, schedule
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import SECOND, Turn, in_full
from daemon.dialects.moves import OtherMove
from daemon.dialects.plan import (
    EndJob,
    EndTask,
    Evaluate,
    Forget,
    Iterate,
    Move,
    Plan,
    Publish,
    Schedule,
    SetVariables,
    TaskRules,
)
from eventstore.events import (
    TASK_SUCCESSFUL,
    EvaluationRequested,
    JobHeld,
    JobStatus,
    LoopIterated,
    TaskDecided,
    TasksSuperseded,
    TaskStatus,
    VariablesSet,
)


def follow_all(turn: Turn) -> None:
    """Draw every consequence of what began and ended, then see whether the job is done."""
    to_begin, to_follow = turn.to_begin, turn.to_follow
    state = turn.state
    while to_begin or to_follow:
        if not state.is_going:
            return
        if to_begin:
            _begin_task(turn, state.tasks[to_begin.popleft()])
        else:
            _follow(turn, state.tasks[to_follow.popleft()])
        state = turn.state
    if not state.is_going or state.evaluations:
        return
    if not state.open:
        _finish(turn)
    elif state.passive and len(state.open) == state.passive:
        _begin_what_is_missing(turn)


def _begin_task(turn: Turn, task: TaskState) -> None:
    """A task in no queue is ready: its job is asked for, or what it waits for is there. Of
    one that is eager or has nothing to wait for the plan says what comes."""
    if not task.is_open:
        return
    if task.starts_job:
        ask_for_child(turn, task)
        return
    waits = task.awaits or task.joins_left or task.complete_at is not None
    if task.eager or not waits:
        make(turn, turn.plan.joined(turn.state, task), cause=task.number)
    if task.awaits and task.number in turn.state.open:
        complete_if_arrived(turn, turn.task(task.number))


def tell_joins(turn: Turn, ref: str) -> None:
    """``ref`` ended for good: the tasks that join it may have nothing left to wait for."""
    for number in turn.state.joined.get(ref, ()):
        _tell_join(turn, number)
        if turn.state.status is not JobStatus.RUNNING:
            return


def tell_joins_again(turn: Turn) -> None:
    """A step was skipped: in every iteration of the loops around it, whatever the joins there
    call it."""
    for task in turn.state.open_tasks():
        if task.joins and turn.state.status is JobStatus.RUNNING:
            _tell_join(turn, task.number)


def _tell_join(turn: Turn, number: int) -> None:
    """What was skipped within a loop was counted for no join that waits in there."""
    join, state = turn.task(number), turn.state
    skipped = -state.first_place
    if join.is_open and (join.eager or join.joins_left <= skipped):
        make(turn, turn.plan.joined(state, join), cause=number)


def _begin_what_is_missing(turn: Turn) -> None:
    """Every open task waits for another. Where an operator took steps away or brought tasks
    back, the plan may know what comes now; otherwise nothing ever will."""
    moves = turn.plan.missing(turn.state)
    if not moves:
        _fail_stuck(turn)
        return
    make(turn, moves, cause=None)
    follow_all(turn)


def _fail_stuck(turn: Turn) -> None:
    """Every open task waits for another, and none is on its way."""
    waiting = [f"{task.ref} ({task.kind})" for task in turn.state.open_tasks()]
    end_badly(
        turn,
        JobStatus.FAILED,
        f"Nothing is left to run, but {', '.join(waiting)} still waits for steps that were "
        "never scheduled. Check joinOn and the branches of the definition",
        task=min(turn.state.open),
    )


def begin(turn: Turn) -> None:
    make(turn, turn.plan.first(turn.state), cause=None)
    follow_all(turn)


def go_on(turn: Turn, waiting: Iterable[int], *, after_its_end: bool = False) -> None:
    """Follow the tasks that ended while nothing followed. A job that was held before its
    first task begins. ``after_its_end``: the job had ended."""
    if turn.state.next_place == 0:
        begin(turn)
        return
    for number in waiting:
        began = turn.task(number).is_open
        (turn.to_begin if began else turn.to_follow).append(number)
    if after_its_end:
        end_again(turn)
    follow_all(turn)


def make(turn: Turn, moves: Sequence[Move], *, cause: int | None) -> None:
    """Carry out what the plan wants. ``cause`` is the ended task that it follows."""
    if not moves:
        return
    count, policy = len(moves), turn.policy
    made = turn.moves + count
    if turn.state.scheduled + count > policy.max_tasks or made > policy.max_decision_moves:
        tasks = sum(isinstance(move, Schedule) for move in moves)
        limit = _limit_reached(turn, tasks=tasks, moves=count)
        if limit is not None:
            _hold(turn, limit, cause)
            return
    turn.moves = made
    for move in moves:
        if isinstance(move, Schedule):
            schedule(turn, move)
            continue
        _make_one(turn, move)
        if turn.state.has_ended:
            return


def _make_one(turn: Turn, move: OtherMove) -> None:
    match move:
        case EndTask():
            decided = TaskDecided(
                task=move.task,
                status=move.status,
                replaces_output=True,
                output=move.output,
                reason=move.reason,
                more_input=None if move.more_input is None else dict(move.more_input),
                clears_reason=move.clears_reason,
            )
            end_as_decided(turn, decided)
        case SetVariables():
            if turn.task(move.task).status in TASK_SUCCESSFUL:
                turn.emit(VariablesSet(task=move.task, variables=dict(move.variables)))
        case Iterate():
            turn.emit(LoopIterated(task=move.task, iteration=move.iteration, output=move.output))
            turn.to_begin.append(move.task)
        case Evaluate():
            _evaluate(turn, move)
        case Publish():
            publish(turn, move)
        case Forget():
            turn.emit(TasksSuperseded(tasks=move.tasks))
            turn.forget(move.tasks)
        case EndJob():
            _end_job(turn, move)
        case _:
            assert_never(move)


def _evaluate(turn: Turn, move: Evaluate) -> None:
    """Two consequences of one fact may need the same value."""
    if move.key in turn.state.evaluations:
        return
    turn.emit(
        EvaluationRequested(
            key=move.key,
            task=move.task,
            language=move.language,
            expression=move.expression,
            input=move.input,
        )
    )


def _end_job(turn: Turn, move: EndJob) -> None:
    if move.status is JobStatus.COMPLETED:
        complete(turn, output=move.output, reason=move.reason)
    else:
        end_badly(turn, move.status, move.reason, task=move.task, output=move.output)


def _limit_reached(turn: Turn, *, tasks: int, moves: int) -> str | None:
    """Which limit this many more would break."""
    policy = turn.policy
    if tasks and turn.state.scheduled + tasks > policy.max_tasks:
        return f"{policy.max_tasks} tasks (jobs.max_tasks)"
    if turn.moves + moves > policy.max_decision_moves:
        return f"{policy.max_decision_moves} moves in one decision (jobs.max_decision_moves)"
    return None


def _hold(turn: Turn, limit: str, cause: int | None) -> None:
    waiting = (*turn.to_begin, *turn.to_follow)
    turn.to_follow.clear()
    turn.to_begin.clear()
    turn.emit(
        JobHeld(
            tasks=waiting if cause is None else (cause, *waiting),
            reason=f"The job reached its limit of {limit}; does it go round for ever? "
            "Resume it to let it run as far again, or terminate it.",
        )
    )


def end_again(turn: Turn) -> None:
    """The job goes on with a task that ends it: so it does, before anything else comes
    (reference conductor.md §3.3 step 5)."""
    for task in ending_it(turn.plan, turn.state):
        if turn.state.is_going:
            _follow(turn, task)


def ending_it(plan: Plan, state: JobState) -> list[TaskState]:
    """The tasks whose end is the end of the job. Costs what the job is long."""
    return [task for task in state.in_order() if not task.retried and plan.ends_job(task)]


def _follow(turn: Turn, task: TaskState) -> None:
    if task.status not in TASK_SUCCESSFUL:
        rules = turn.plan.rules(turn.state, task)
        if may_retry(rules, task.status, task.attempt):
            _retry(turn, task, rules)
            return
        if rules.optional:
            turn.emit(TaskDecided(task=task.number, status=TaskStatus.COMPLETED_WITH_ERRORS))
            task = turn.task(task.number)
        elif not rules.permissive:
            _fail_job(turn, task)
            return
    moves = turn.plan.after(turn.state, task)
    if moves:
        make(turn, moves, cause=task.number)
    state = turn.state
    if task.ref in state.joined and state.status is JobStatus.RUNNING:
        tell_joins(turn, task.ref)


def _retry(turn: Turn, task: TaskState, rules: TaskRules) -> None:
    budget = rules.total_timeout_seconds
    elapsed = (turn.now - task.first_scheduled_at) / SECOND
    if budget <= 0 or elapsed < budget:
        limit = _limit_reached(turn, tasks=1, moves=1)
        if limit is not None:
            _hold(turn, limit, task.number)
            return
        turn.moves += 1
        retry_later(turn, task, rules)
        return
    timed_out = task.status is TaskStatus.TIMED_OUT
    end_badly(
        turn,
        JobStatus.TIMED_OUT if timed_out else JobStatus.FAILED,
        f"Task {turn.state.task_id(task.number)}/{rules.settings_name} exceeded total timeout "
        f"of {in_full(budget)} seconds (elapsed {int(elapsed)} seconds across all attempts). "
        "No further retries will be attempted.",
        task=task.number,
    )


def _fail_job(turn: Turn, task: TaskState) -> None:
    status = BAD_ENDING_OF.get(task.status, JobStatus.FAILED)
    end_badly(
        turn,
        status,
        f"Task {turn.state.task_id(task.number)} failed with status: {status} "
        f"and reason: '{_text(task.reason)}'",
        task=task.number,
    )


def _finish(turn: Turn) -> None:
    """Nothing is open and nothing follows: permitted failures decide now (§3.3 step 5)."""
    state = turn.state
    failed = state.unsuccessful_tasks() if state.unsuccessful else []
    if not failed:
        complete(turn)
        return
    reasons = ". ".join(
        f"Task {state.task_id(task.number)} failed with status: {task.status} "
        f"and reason: '{_text(task.reason)}'"
        for task in failed
    )
    end_badly(turn, JobStatus.FAILED, reasons, task=failed[0].number)


def _text(reason: object) -> str:
    return "null" if reason is None else str(reason)

"""What child jobs tell the job that asked for them."""

from __future__ import annotations

from daemon.decider.commands import NoteChildEnd, NoteChildReopened, NoteChildStart
from daemon.decider.follow import ending_it, follow_all, make
from daemon.decider.schedule import reopen
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Refusal, RefusalKind, Turn
from daemon.dialects.plan import ChildEnd
from eventstore.events import (
    ChildEnded,
    ChildRefused,
    ChildReopened,
    ChildStarted,
)


def note_start(turn: Turn, command: NoteChildStart) -> Refusal | None:
    task = turn.state.tasks.get(command.task)
    if task is None or task.child is None or task.child.job_id != command.job_id:
        return _not_expected(turn.state, command.job_id)
    asked = task.child
    if not command.started:
        turn.emit(
            ChildRefused(
                task=command.task,
                job_id=command.job_id,
                is_unknown=command.is_unknown,
                reason=command.reason,
            )
        )
        end = ChildEnd(
            job_id=command.job_id,
            workflow=asked.workflow or "",
            status=None,
            reason=command.reason,
            is_unknown=command.is_unknown,
        )
        make(turn, (turn.plan.child_ended(turn.state, task, end),), cause=None)
    else:
        turn.emit(ChildStarted(task=command.task, job_id=command.job_id, existing=command.existing))
        task = turn.task(command.task)
        job_id = command.existing or command.job_id
        make(turn, turn.plan.child_started(turn.state, task, job_id), cause=None)
    follow_all(turn)
    return None


def note_end(turn: Turn, command: NoteChildEnd) -> Refusal | None:
    state = turn.state
    task = state.tasks.get(command.task)
    waits = task is not None and task.is_open and task.child_job == command.job_id
    if not waits and command.job_id not in state.terminations:
        return _not_expected(state, command.job_id)
    turn.emit(
        ChildEnded(
            task=command.task,
            job_id=command.job_id,
            status=command.status,
            output=command.output,
            reason=command.reason,
        )
    )
    if waits and task is not None:
        end = ChildEnd(
            job_id=command.job_id,
            workflow="",
            status=command.status,
            output=command.output,
            reason=command.reason,
        )
        make(turn, (turn.plan.child_ended(turn.state, task, end),), cause=None)
        follow_all(turn)
    return None


def note_reopened(turn: Turn, command: NoteChildReopened) -> Refusal | None:
    """The job goes on with its child: what was canceled when the child failed begins
    again (reference conductor.md §5, Reviving parents), and so does what failed beside it:
    left as it is, it would only fail the job once more."""
    state = turn.state
    task = state.tasks.get(command.task)
    if task is None or not _may_reopen(turn, task, command.job_id):
        return _not_expected(state, command.job_id)
    ended = state.unsuccessful_tasks() if state.has_ended else []
    others = [other for other in ended if other.number != task.number]
    turn.emit(
        ChildReopened(
            task=command.task,
            job_id=command.job_id,
            why=command.why,
            reopens_job=state.has_ended,
            slots=command.slots,
        )
    )
    for other in others:
        reopen(turn, other)
    follow_all(turn)
    return None


def _may_reopen(turn: Turn, task: TaskState, job_id: str) -> bool:
    """Not if the job went on without it, and not while it is itself asked to end."""
    state = turn.state
    newest = not task.retried and state.refs.get(task.ref) == task.number
    ended = newest and task.child_job == job_id and not task.is_open
    if not ended or job_id in state.terminations:
        return False
    if state.has_ended and ending_it(turn.plan, state):
        return False
    return not turn.plan.rules(state, task).optional


def _not_expected(state: JobState, job_id: str) -> Refusal:
    return Refusal(
        kind=RefusalKind.NOT_EXPECTED,
        message=f"job {state.job_id} waits for nothing from job {job_id}",
        status=state.status,
    )

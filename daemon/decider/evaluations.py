"""Expressions that are evaluated outside, and going on with their values."""

from __future__ import annotations

from daemon.decider.commands import NoteEvaluation
from daemon.decider.follow import follow_all, make
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind, Turn
from daemon.dialects.plan import Evaluated
from eventstore.events import ExpressionEvaluated, JobStatus


def note_evaluation(turn: Turn, command: NoteEvaluation) -> Refusal | None:
    state = turn.state
    pending = state.evaluations.get(command.key)
    if pending is None or pending.answer is not None or state.has_ended:
        return Refusal(
            kind=RefusalKind.NOT_EXPECTED,
            message=f"job {state.job_id} waits for no value called {command.key}",
            status=state.status,
        )
    answer = ExpressionEvaluated(
        key=command.key, task=command.task, result=command.result, error=command.error
    )
    turn.emit(answer)
    if turn.state.status is JobStatus.RUNNING:
        _go_on_with(turn, answer)
        follow_all(turn)
    return None


def follow_evaluations(turn: Turn, before: JobState) -> None:
    """Go on with the values that came while the job was paused."""
    for key in sorted(before.evaluations):
        answer = before.evaluations[key].answer
        if answer is not None:
            _go_on_with(turn, answer)


def _go_on_with(turn: Turn, answer: ExpressionEvaluated) -> None:
    task = turn.state.tasks.get(answer.task)
    if task is None or not task.is_open:
        return
    value = Evaluated(result=answer.result, error=answer.error)
    make(turn, turn.plan.evaluated(turn.state, task, answer.key, value), cause=task.number)

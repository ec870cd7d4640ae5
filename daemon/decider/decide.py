"""The decider: a command on a job, answered with events or with a refusal.

The theory. A job is RUNNING or PAUSED until it ends as COMPLETED, FAILED, TIMED_OUT or
TERMINATED; only an operator (retry, restart, rerun) makes an ended job run again. A task
is SCHEDULED until it is handed out, then IN_PROGRESS, and ends once; what ended never
changes, except that the decider itself may overrule the end it has just been told
(a broken output contract, an optional step's failure). ``daemon.decider.transitions`` has
both machines as tables.

Everything that follows from a fact is decided in the same breath, on the state after it:
retries, the next steps, the end of the job, the request for another one. A decision
either begins with its fact or refuses; it never half happens.

While a job is PAUSED, results are recorded but nothing follows from them: the tasks wait
in ``unfollowed``, and the resume follows them in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.decider import (
    on_cache,
    on_child,
    on_job,
    on_message,
    on_retry,
    on_slot,
    on_task,
    on_timer,
)
from daemon.decider.announcing import announce
from daemon.decider.commands import (
    Admit,
    ChangeVariables,
    Command,
    Extend,
    Facts,
    FireTimer,
    Log,
    NoteCached,
    NoteChildEnd,
    NoteChildReopened,
    NoteChildStart,
    NoteEvaluation,
    NoteFailureJob,
    NoteMessage,
    Pause,
    Report,
    Rerun,
    Restart,
    Resume,
    Retry,
    ReturnTask,
    SendEvent,
    SkipTask,
    StartTask,
    Submit,
    Terminate,
)
from daemon.decider.evaluations import note_evaluation
from daemon.decider.state import JobState
from daemon.decider.turn import Decision, Pinned, Refusal, RefusalKind, Turn

_ACTS: dict[type[Command], Callable[[Turn, Any], Refusal | None]] = {
    Submit: on_job.submit,
    Report: on_task.report,
    StartTask: on_task.start,
    FireTimer: on_timer.fire,
    Extend: on_task.extend,
    Log: on_task.log,
    ReturnTask: on_task.give_back,
    Admit: on_slot.admit,
    Pause: on_job.pause,
    Resume: on_job.resume,
    Terminate: on_job.terminate,
    Retry: on_retry.retry,
    Restart: on_job.restart,
    Rerun: on_retry.rerun,
    SkipTask: on_job.skip,
    SendEvent: on_job.send_event,
    NoteChildStart: on_child.note_start,
    NoteChildEnd: on_child.note_end,
    NoteChildReopened: on_child.note_reopened,
    NoteEvaluation: note_evaluation,
    NoteCached: on_cache.note_cached,
    NoteFailureJob: on_job.note_failure_job,
    NoteMessage: on_message.note_message,
    ChangeVariables: on_message.change_variables,
}


def decide(
    pinned: Pinned, state: JobState | None, command: Command, facts: Facts
) -> Decision | Refusal:
    """Pure and total: events and the state after them, or a refusal with nothing done."""
    kind = type(command)
    if state is None or kind is Submit:
        refusal = _out_of_place(state, kind)
        if refusal is not None:
            return refusal
    act = _ACTS.get(kind)
    if act is None:
        raise TypeError(f"{kind.__name__} is no command of a job")
    turn = Turn(
        pinned.plan,
        pinned.policy,
        facts.now,
        facts.position,
        facts.actor,
        # A job exists from its JobSubmitted on, and nothing asks for it before.
        state,  # type: ignore[arg-type]
    )
    refusal = act(turn, command)
    if refusal is not None:
        return refusal
    if pinned.plan.listeners.publishes:
        announce(turn, pinned.plan.listeners)
    return Decision(tuple(turn.events), turn.state, turn.documents)


def _out_of_place(state: JobState | None, kind: type[Command]) -> Refusal | None:
    """A job begins with its submit, and only once."""
    if state is None:
        if kind is Submit:
            return None
        return Refusal(kind=RefusalKind.NO_SUCH_JOB, message="there is no such job")
    return Refusal(
        kind=RefusalKind.ALREADY_SUBMITTED,
        message=f"job {state.job_id} exists already",
        status=state.status,
    )

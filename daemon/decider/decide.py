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

from daemon.decider import on_child, on_job, on_message, on_retry, on_slot, on_task, on_timer
from daemon.decider.announcing import announce
from daemon.decider.commands import (
    Admit,
    ChangeVariables,
    Command,
    Extend,
    Facts,
    FireTimer,
    Log,
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


def decide(
    pinned: Pinned, state: JobState | None, command: Command, facts: Facts
) -> Decision | Refusal:
    """Pure and total: events and the state after them, or a refusal with nothing done."""
    turn = Turn(pinned, state, facts)
    if isinstance(command, Submit):
        refusal = _submit(turn, state, command)
    elif state is None:
        return Refusal(kind=RefusalKind.NO_SUCH_JOB, message="there is no such job")
    else:
        refusal = _handle(turn, command)
    if refusal is not None:
        return refusal
    announcer = pinned.plan.listeners.announcer
    if announcer is not None:
        announce(turn, announcer)
    return turn.decision()


def _submit(turn: Turn, state: JobState | None, command: Submit) -> Refusal | None:
    if state is None:
        return on_job.submit(turn, command)
    return Refusal(
        kind=RefusalKind.ALREADY_SUBMITTED,
        message=f"job {command.job_id} exists already",
        status=state.status,
    )


def _handle(turn: Turn, command: Command) -> Refusal | None:
    match command:
        case Report():
            return on_task.report(turn, command)
        case StartTask():
            return on_task.start(turn, command)
        case FireTimer():
            return on_timer.fire(turn, command)
        case Extend():
            return on_task.extend(turn, command)
        case Log():
            return on_task.log(turn, command)
        case ReturnTask():
            return on_task.give_back(turn, command)
        case Admit():
            return on_slot.admit(turn, command)
        case Pause():
            return on_job.pause(turn, command)
        case Resume():
            return on_job.resume(turn, command)
        case Terminate():
            return on_job.terminate(turn, command)
        case Retry():
            return on_retry.retry(turn, command)
        case Restart():
            return on_job.restart(turn, command)
        case Rerun():
            return on_retry.rerun(turn, command)
        case SkipTask():
            return on_job.skip(turn, command)
        case SendEvent():
            return on_job.send_event(turn, command)
        case NoteChildStart():
            return on_child.note_start(turn, command)
        case NoteChildEnd():
            return on_child.note_end(turn, command)
        case NoteChildReopened():
            return on_child.note_reopened(turn, command)
        case NoteEvaluation():
            return note_evaluation(turn, command)
        case NoteFailureJob():
            return on_job.note_failure_job(turn, command)
        case NoteMessage():
            return on_message.note_message(turn, command)
        case ChangeVariables():
            return on_message.change_variables(turn, command)
    raise TypeError(f"{type(command).__name__} is no command of a job")

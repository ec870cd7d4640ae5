"""Commands about a job as a whole (reference conductor.md §5)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from daemon.decider.arrivals import complete_awaiting
from daemon.decider.commands import (
    NoteFailureJob,
    Pause,
    Restart,
    Resume,
    SendEvent,
    SkipTask,
    Submit,
    Terminate,
)
from daemon.decider.ending import end_badly
from daemon.decider.evaluations import follow_evaluations
from daemon.decider.follow import begin, follow_all, go_on, tell_joins_again
from daemon.decider.on_timer import JOB_TIMEOUT
from daemon.decider.payloads import too_large_input
from daemon.decider.turn import SECOND, Refusal, RefusalKind, Turn
from daemon.dialects.plan import Prepared
from eventstore.events import (
    FailureJobRefused,
    FailureJobStarted,
    JobPaused,
    JobRestarted,
    JobResumed,
    JobStatus,
    JobSubmitted,
    OutsideEventReceived,
    TaskSkipped,
    TerminationRequested,
    TimerSet,
    VariablesSet,
)


def submit(turn: Turn, command: Submit) -> Refusal | None:
    prepared = prepare(turn, command.input)
    if isinstance(prepared, Refusal):
        return prepared
    if command.depth > turn.policy.max_depth:
        return Refusal(
            kind=RefusalKind.TOO_DEEP,
            message=f"{command.depth} jobs stand above this one, the limit is "
            f"{turn.policy.max_depth} (jobs.max_depth)",
        )
    fields = asdict(command)
    fields["input"] = prepared.input
    turn.begin(JobSubmitted(**fields, masked=turn.plan.masked))
    if command.awaits is None:
        start(turn)
    return None


def start(turn: Turn) -> None:
    """A new job begins: at its submit, or when it got the slots that it waited for."""
    if turn.plan.variables:
        turn.emit(VariablesSet(variables=dict(turn.plan.variables)))
    start_clock(turn)
    begin(turn)


def prepare(turn: Turn, given: Any) -> Prepared | Refusal:
    prepared = turn.plan.prepare(given)
    if not prepared.problems:
        return too_large_input(turn, prepared.input) or prepared
    return Refusal(
        kind=RefusalKind.CONTRACT_BROKEN,
        message="the input breaks the contract of the workflow's input",
        problems=prepared.problems,
    )


def start_clock(turn: Turn) -> None:
    """A rerun does not wind the clock back: it may time out at once (§5)."""
    seconds = turn.plan.timeout_seconds
    if seconds > 0 and not turn.state.alerted:
        due = turn.state.clock_from + round(seconds * SECOND)
        turn.emit(TimerSet(timer=JOB_TIMEOUT, due_at=due, why="job timeout"))


def pause(turn: Turn, command: Pause) -> Refusal | None:
    state = turn.state
    if state.has_ended:
        return _job_ended(turn)
    if state.status is JobStatus.PAUSED:
        return nothing_to_change(turn)
    if state.awaits_slot is not None:
        return _waits_for_slot(turn)
    turn.emit(JobPaused(reason=command.reason))
    return None


def resume(turn: Turn, command: Resume) -> Refusal | None:
    state = turn.state
    if state.status is not JobStatus.PAUSED:
        return _refused(turn, RefusalKind.JOB_NOT_PAUSED, "is not paused: {status}")
    waiting = sorted(state.unfollowed)
    turn.emit(JobResumed())
    start_clock(turn)
    turn.to_begin.extend(task.number for task in state.open_tasks() if task.wants_job)
    follow_evaluations(turn, state)
    go_on(turn, waiting)
    return None


def terminate(turn: Turn, command: Terminate) -> Refusal | None:
    state = turn.state
    if state.status is JobStatus.TERMINATED:
        return nothing_to_change(turn)
    if state.status is JobStatus.COMPLETED:
        return _job_ended(turn)
    turn.emit(TerminationRequested(reason=command.reason))
    end_badly(turn, JobStatus.TERMINATED, command.reason, starts_failure_job=False)
    return None


def restart(turn: Turn, command: Restart) -> Refusal | None:
    state = turn.state
    if not state.has_ended:
        return job_not_ended(turn)
    if state.status is JobStatus.COMPLETED and not turn.plan.restartable:
        return Refusal(
            kind=RefusalKind.NOT_RESTARTABLE,
            message=f"job {state.job_id} completed and its definition says restartable: false",
            status=state.status,
        )
    prepared = prepare(turn, state.input)
    if isinstance(prepared, Refusal):
        return prepared
    masked = tuple(dict.fromkeys((*state.frame.masked, *turn.plan.masked)))
    turn.emit(JobRestarted(**asdict(command), masked=masked))
    if command.awaits is None:
        start_clock(turn)
        begin(turn)
    return None


def skip(turn: Turn, command: SkipTask) -> Refusal | None:
    state = turn.state
    if state.status is not JobStatus.RUNNING:
        return _refused(turn, RefusalKind.JOB_NOT_RUNNING, "is not running: {status}")
    if state.awaits_slot is not None:
        return _waits_for_slot(turn)
    step = turn.plan.step(command.ref)
    if step is None:
        return Refusal(
            kind=RefusalKind.NO_SUCH_STEP,
            message=f"the definition of job {state.job_id} has no step {command.ref!r}",
        )
    if state.latest(command.ref) is not None:
        return Refusal(
            kind=RefusalKind.STEP_STARTED,
            message=f"step {command.ref!r} was scheduled before; only steps still to come "
            "can be skipped",
        )
    turn.emit(
        TaskSkipped(
            task=state.next_number,
            ref=step.ref,
            name=step.name,
            task_type=step.task_type,
            kind=step.kind,
            input={} if command.input is None else command.input,
            output={} if command.output is None else command.output,
        )
    )
    tell_joins_again(turn)
    follow_all(turn)
    return None


def send_event(turn: Turn, command: SendEvent) -> Refusal | None:
    if turn.state.has_ended:
        return _job_ended(turn)
    turn.emit(OutsideEventReceived(event_id=command.event_id, payload=command.payload))
    complete_awaiting(turn, command.event_id)
    follow_all(turn)
    return None


def note_failure_job(turn: Turn, command: NoteFailureJob) -> Refusal | None:
    state = turn.state
    asked = state.failure_request
    if asked is None or asked.job_id != command.job_id or asked.answer is not None:
        return Refusal(
            kind=RefusalKind.NOT_EXPECTED,
            message=f"job {state.job_id} waits for no answer about {command.job_id}",
            status=state.status,
        )
    if command.started:
        turn.emit(FailureJobStarted(job_id=command.job_id))
    else:
        turn.emit(FailureJobRefused(job_id=command.job_id, reason=command.reason))
    return None


def job_not_ended(turn: Turn) -> Refusal:
    return _refused(turn, RefusalKind.JOB_NOT_ENDED, "has not ended: {status}")


def nothing_to_change(turn: Turn) -> Refusal:
    return _refused(turn, RefusalKind.NOTHING_TO_CHANGE, "is {status} already")


def _job_ended(turn: Turn) -> Refusal:
    return _refused(turn, RefusalKind.JOB_ENDED, "has ended: {status}")


def _waits_for_slot(turn: Turn) -> Refusal:
    words = f"does not run yet: it waits for a slot of {turn.state.awaits_slot}"
    return _refused(turn, RefusalKind.JOB_NOT_RUNNING, words)


def _refused(turn: Turn, kind: RefusalKind, words: str) -> Refusal:
    """Because of the status that the job is in."""
    status = turn.state.status
    message = f"job {turn.state.job_id} {words.format(status=status)}"
    return Refusal(kind=kind, message=message, status=status)

"""How an event changes a job: the only place that makes job state.

``evolve`` reads the event and nothing else: no plan, no setting, no clock. So a log folds
to the same state under every release. It never refuses: what is in the log has happened.
"""

from __future__ import annotations

from collections.abc import Iterable

from daemon.decider import evolve_job as job
from daemon.decider import evolve_task as task
from daemon.decider.state import JobState
from daemon.decider.step import Stamp, step
from eventstore.events import (
    Event,
    FailureJobRefused,
    FailureJobRequested,
    FailureJobStarted,
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobStatus,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
    JobTimeoutAlerted,
    OutsideEventReceived,
    RequestNoted,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskProgressed,
    TaskReturned,
    TaskScheduled,
    TaskSkipped,
    TasksSuperseded,
    TaskStarted,
    TaskTimedOut,
    TerminationRequested,
    TimerFired,
    TimerSet,
    ValuesErased,
    VariablesSet,
)
from eventstore.store import Recorded


def evolve(
    state: JobState | None, event: Event, at: int, position: int, actor: str = "daemon"
) -> JobState:
    """The job after ``event``. ``state`` None: before its first event."""
    stamp = Stamp(at, position)
    if state is None:
        if not isinstance(event, JobSubmitted):
            raise TypeError(f"a job begins with JobSubmitted, not with {type(event).__name__}")
        return job.submitted(event, stamp, actor)
    changed = _task_event(state, event, stamp)
    return _job_event(state, event, stamp) if changed is None else changed


def fold(events: Iterable[Recorded], state: JobState | None = None) -> JobState | None:
    """The job after all of ``events``, which are one stream's, in order."""
    for one in events:
        state = evolve(state, one.event, one.at, one.position, one.actor)
    return state


def _task_event(state: JobState, event: Event, stamp: Stamp) -> JobState | None:
    match event:
        case TaskScheduled():
            return task.scheduled(state, event, stamp)
        case TaskStarted():
            return task.started(state, event, stamp)
        case TaskCompleted():
            return task.completed(state, event, stamp)
        case TaskFailed():
            return task.failed(state, event, stamp)
        case TaskDecided():
            return task.decided(state, event, stamp)
        case TaskProgressed():
            return task.progressed(state, event, stamp)
        case TaskReturned():
            return task.returned(state, event, stamp)
        case TaskExtended():
            return task.extended(state, event, stamp)
        case TaskTimedOut() | TaskCanceled():
            return task.stopped(state, event, stamp)
        case TaskExecuted():
            return task.executed(state, event, stamp)
        case TaskSkipped():
            return task.skipped(state, event, stamp)
        case TasksSuperseded():
            return job.superseded(state, event, stamp)
    return None


def _job_event(state: JobState, event: Event, stamp: Stamp) -> JobState:
    match event:
        case JobCompleted():
            return job.ended(state, event, stamp, JobStatus.COMPLETED)
        case JobFailed():
            return job.ended(state, event, stamp, JobStatus.FAILED)
        case JobTimedOut():
            return job.ended(state, event, stamp, JobStatus.TIMED_OUT)
        case JobTerminated():
            return job.ended(state, event, stamp, JobStatus.TERMINATED)
        case TimerSet():
            return job.timer_set(state, event, stamp)
        case TimerFired():
            return job.timer_fired(state, event, stamp)
        case VariablesSet():
            return job.variables_set(state, event, stamp)
        case JobPaused():
            return job.paused(state, stamp, event.reason)
        case JobHeld():
            return job.held(state, event, stamp)
        case JobResumed():
            return job.resumed(state, stamp)
        case JobRetried():
            return job.reopened(state, stamp)
        case JobRestarted():
            return job.restarted(state, event, stamp)
        case JobRerun():
            return job.rerun(state, event, stamp)
        case JobTimeoutAlerted():
            return job.alerted(state, stamp)
        case OutsideEventReceived():
            return job.event_received(state, event.event_id, event.payload, stamp)
        case FailureJobRequested():
            return job.failure_requested(state, event, stamp)
        case FailureJobStarted():
            return job.failure_started(state, stamp)
        case FailureJobRefused():
            return job.failure_refused(state, event.reason, stamp)
        case TerminationRequested() | RequestNoted() | ValuesErased():
            return step(state, stamp)
    raise TypeError(f"{type(event).__name__} is no event of a job")

"""How an event changes a job: the only place that makes job state.

``evolve`` reads the event and nothing else: no plan, no setting, no clock. So a log folds
to the same state under every release. It never refuses: what is in the log has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from daemon.decider import evolve_admission as admission
from daemon.decider import evolve_cache as cache
from daemon.decider import evolve_child as child
from daemon.decider import evolve_end as end
from daemon.decider import evolve_job as job
from daemon.decider import evolve_message as message
from daemon.decider import evolve_task as task
from daemon.decider.state import JobState
from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    CachedOutputSought,
    ChildEnded,
    ChildRefused,
    ChildReopened,
    ChildRequested,
    ChildStarted,
    ChildTerminationRequested,
    EvaluationRequested,
    Event,
    ExpressionEvaluated,
    FailureJobRefused,
    FailureJobRequested,
    FailureJobStarted,
    JobAdmitted,
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
    LoopIterated,
    MessageRequested,
    MessageSent,
    OutsideEventReceived,
    RequestNoted,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskLogged,
    TaskOutputCached,
    TaskProgressed,
    TaskReopened,
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
    VariablesChangeRequested,
    VariablesSet,
)
from eventstore.store import Recorded

Handler = Callable[[JobState, Any, int, int], JobState]
"""From a state and an event, when it was written and where it stands in the log."""

HANDLERS: dict[type[Event], Handler] = {
    TaskScheduled: task.scheduled,
    TaskStarted: task.started,
    TaskCompleted: end.completed,
    TaskFailed: end.failed,
    TaskLogged: task.logged,
    TaskDecided: end.decided,
    TaskProgressed: task.progressed,
    TaskReturned: task.returned,
    TaskExtended: task.extended,
    TaskTimedOut: end.stopped,
    TaskCanceled: end.stopped,
    TaskExecuted: task.executed,
    TaskReopened: task.reopened,
    TaskSkipped: task.skipped,
    TasksSuperseded: job.superseded,
    LoopIterated: task.iterated,
    EvaluationRequested: child.evaluation_requested,
    ExpressionEvaluated: child.evaluated,
    CachedOutputSought: cache.sought,
    CachedOutputFound: cache.found,
    CachedOutputMissed: cache.missed,
    TaskOutputCached: job.counted,
    ChildRequested: child.requested,
    ChildStarted: child.started,
    ChildRefused: child.refused,
    ChildEnded: child.ended,
    ChildReopened: child.reopened,
    ChildTerminationRequested: child.termination_requested,
    JobCompleted: job.ended(JobStatus.COMPLETED),
    JobFailed: job.ended(JobStatus.FAILED),
    JobTimedOut: job.ended(JobStatus.TIMED_OUT),
    JobTerminated: job.ended(JobStatus.TERMINATED),
    TimerSet: job.timer_set,
    TimerFired: job.timer_fired,
    VariablesSet: job.variables_set,
    JobAdmitted: admission.admitted,
    JobPaused: job.paused,
    JobHeld: job.held,
    JobResumed: job.resumed,
    JobRetried: admission.unless_postponed(job.reopened),
    JobRestarted: job.restarted,
    JobRerun: admission.unless_postponed(job.rerun),
    JobTimeoutAlerted: job.alerted,
    OutsideEventReceived: job.event_received,
    FailureJobRequested: job.failure_requested,
    FailureJobStarted: job.failure_started,
    FailureJobRefused: job.failure_refused,
    MessageRequested: message.requested,
    MessageSent: message.sent,
    VariablesChangeRequested: job.counted,
    TerminationRequested: job.counted,
    RequestNoted: job.counted,
    ValuesErased: job.counted,
}
"""By class, as a table: a ladder of patterns costs more than most of the changes."""


def evolve(
    state: JobState | None, event: Event, at: int, position: int, actor: str = "daemon"
) -> JobState:
    """The job after ``event``. ``state`` None: before its first event."""
    if state is None:
        if not isinstance(event, JobSubmitted):
            raise TypeError(f"a job begins with JobSubmitted, not with {type(event).__name__}")
        return job.submitted(event, at, position, actor)
    handler = HANDLERS.get(type(event))
    if handler is None:
        raise TypeError(f"{type(event).__name__} is no event of a job")
    return handler(state, event, at, position)


def fold(events: Iterable[Recorded], state: JobState | None = None) -> JobState | None:
    """The job after all of ``events``, which are one stream's, in order."""
    for one in events:
        state = evolve(state, one.event, one.at, one.position, one.actor)
    return state

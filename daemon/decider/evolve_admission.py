"""How a job under limits gets its slots (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from daemon.decider.admission import Admission
from daemon.decider.evolve_job import held_until, reopened, rerun
from daemon.decider.state import Frame, JobState
from daemon.decider.step import step
from eventstore.events import JobAdmitted, JobRerun, JobRetried, JobStatus

Reopening = JobRetried | JobRerun
Handler = Callable[[JobState, Any, int, int], JobState]


def unless_postponed(handler: Handler) -> Handler:
    """What a retry or rerun does, unless it waits for a slot: then the job keeps all that it
    has, and the admission does it. A rerun from the beginning keeps nothing either way."""

    def handle(state: JobState, event: Reopening, at: int, position: int) -> JobState:
        if event.awaits is None:
            return handler(state, event, at, position)
        admission = Admission(
            held=held_until(state.frame, event.awaits),
            awaits=event.awaits,
            since=at,
            postponed=event,
        )
        if _begins_anew(event):
            return replace(handler(state, event, at, position), admission=admission)
        return step(
            state,
            at,
            position,
            status=JobStatus.RUNNING,
            reason=None,
            ended_at=None,
            reopened=True,
            admission=admission,
            frame=_correlated(state.frame, event),
        )

    return handle


def _correlated(frame: Frame, event: Reopening) -> Frame:
    """What a job is called by, it is called by at once."""
    if isinstance(event, JobRetried) or event.correlation_id is None:
        return frame
    return replace(frame, correlation_id=event.correlation_id)


def _begins_anew(event: Reopening) -> bool:
    return isinstance(event, JobRerun) and event.task is None


def admitted(state: JobState, event: JobAdmitted, at: int, position: int) -> JobState:
    before = state.admission
    assert before is not None, "only a job under limits is admitted"
    held = held_until(state.frame, event.awaits)
    if event.awaits is not None:
        waiting = replace(before, held=held, awaits=event.awaits, since=at)
        return step(state, at, position, admission=waiting)
    state = replace(state, admission=Admission(held=held))
    match before.postponed:
        case JobRetried():
            return reopened(state, before.postponed, at, position)
        case JobRerun() as postponed if not _begins_anew(postponed):
            return rerun(state, postponed, at, position)
        case JobRerun():
            return step(state, at, position)
    return step(state, at, position, started_at=at, clock_from=at)

"""Schedules: state, evolve and decide; pure. When something comes due is asked of a calendar,
and stands in the event: a fold asks none."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import (
    Event,
    ScheduleDeleted,
    ScheduleFired,
    ScheduleJobRefused,
    ScheduleJobStarted,
    ScheduleMissed,
    SchedulePaused,
    ScheduleResumed,
    ScheduleSaved,
    Value,
)


class Due(msgspec.Struct, frozen=True):
    """A time, and the cron expression and zone that it comes from."""

    at: int
    cron: str
    zone: str


After = Callable[[int], Due | None]
"""The first due time after a moment, within the schedule's own bounds."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a schedule asked for and has no answer about yet."""

    due_at: int
    job_id: str
    fired_at: int
    cron: str
    zone: str
    position: int
    """Of its ScheduleFired."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC microseconds."""

    saved: ScheduleSaved
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    paused: bool
    paused_reason: Value
    next_at: int | None
    caught_up: int = 0
    """Times in a row that were over when they came due."""
    runs: tuple[Run, ...] = ()
    deleted: bool = False
    position: int = 0
    """Of the last change that somebody made."""
    sequence: int = 1

    @property
    def name(self) -> str:
        return self.saved.name

    @property
    def due_at(self) -> int | None:
        """When it needs to be looked at; None: never by itself."""
        if self.runs:
            return self.runs[0].fired_at
        return None if self.paused or self.deleted else self.next_at


def evolve_schedule(
    state: Schedule | None, event: Event, at: int, position: int, actor: str
) -> Schedule:
    if isinstance(event, ScheduleSaved):
        return _saved(state, event, at, position, actor)
    if state is None:
        raise TypeError(f"a schedule begins with ScheduleSaved, not {type(event).__name__}")
    state = replace(state, sequence=state.sequence + 1)
    match event:
        case ScheduleFired():
            return _fired(state, event, at, position)
        case ScheduleJobStarted() | ScheduleJobRefused():
            left = tuple(one for one in state.runs if one.job_id != event.job_id)
            return replace(state, runs=left)
        case ScheduleMissed():
            return replace(state, caught_up=0)
    changes = _changes(event)
    if changes is None:
        return state
    return replace(state, updated_at=at, updated_by=actor, position=position, **changes)


def _saved(
    state: Schedule | None, event: ScheduleSaved, at: int, position: int, actor: str
) -> Schedule:
    """One that was deleted begins anew; what it asked for before is still answered."""
    lasts = state is not None and not state.deleted
    return Schedule(
        saved=event,
        created_at=state.created_at if state is not None and lasts else at,
        created_by=state.created_by if state is not None and lasts else actor,
        updated_at=at,
        updated_by=actor,
        paused=event.paused,
        paused_reason=event.paused_reason,
        next_at=event.next_at,
        runs=() if state is None else state.runs,
        position=position,
        sequence=1 if state is None else state.sequence + 1,
    )


def _fired(state: Schedule, event: ScheduleFired, at: int, position: int) -> Schedule:
    run = Run(
        due_at=event.due_at,
        job_id=event.job_id,
        fired_at=at,
        cron=event.cron,
        zone=event.zone,
        position=position,
    )
    late = event.next_at is not None and event.next_at <= at
    return replace(
        state,
        runs=(*state.runs, run),
        next_at=event.next_at,
        caught_up=state.caught_up + 1 if late else 0,
    )


def _changes(event: Event) -> dict[str, Value] | None:
    match event:
        case SchedulePaused():
            return {"paused": True, "paused_reason": event.reason}
        case ScheduleResumed():
            return {
                "paused": False,
                "paused_reason": None,
                "next_at": event.next_at,
                "caught_up": 0,
            }
        case ScheduleDeleted():
            return {"deleted": True}
    return None


def fire(
    state: Schedule, now: int, after: After, job_id: str, *, max_catch_up: int
) -> tuple[Event, ...]:
    """What follows when a schedule is looked at; nothing when nothing is due.

    A time that is over still starts its job. Those between it and now are over too: they are
    caught up one after another if the schedule says so, up to a limit, and missed otherwise.
    """
    due_at = state.next_at
    if state.paused or state.deleted or due_at is None or due_at > now:
        return ()
    due = after(due_at - 1)
    cron, zone = (due.cron, due.zone) if due is not None else ("", "")
    following = after(due_at)
    over = following is not None and following.at <= now
    missed: tuple[Event, ...] = ()
    if over and not (state.saved.catches_up and state.caught_up < max_catch_up):
        assert following is not None, "only a time that there is can be over"
        missed = (ScheduleMissed(first_at=following.at, until=now),)
        following = after(now)
    fired = ScheduleFired(
        due_at=due_at,
        job_id=job_id,
        workflow=state.saved.workflow,
        cron=cron,
        zone=zone,
        next_at=None if following is None else following.at,
    )
    return (fired, *missed)


def pause(state: Schedule, reason: Value) -> SchedulePaused | Refusal:
    if state.paused and state.paused_reason == reason:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE, message=f"schedule {state.name!r} is paused"
        )
    return SchedulePaused(reason=reason)


def resume(state: Schedule, now: int, after: After) -> ScheduleResumed | Refusal:
    """What came due meanwhile is caught up if the schedule says so, and passed over if not."""
    if not state.paused:
        return Refusal(
            kind=RefusalKind.SCHEDULE_NOT_PAUSED, message=f"schedule {state.name!r} is not paused"
        )
    if state.saved.catches_up and state.next_at is not None:
        return ScheduleResumed(next_at=state.next_at)
    following = after(now)
    return ScheduleResumed(next_at=None if following is None else following.at)

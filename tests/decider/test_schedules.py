"""Schedules: what is decided when they are looked at; given, when, then."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.schedules import Due, Schedule, evolve_schedule, fire, pause, resume
from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import (
    Event,
    RequestNoted,
    ScheduleDeleted,
    ScheduleFired,
    ScheduleJobRefused,
    ScheduleJobStarted,
    ScheduleMissed,
    SchedulePaused,
    ScheduleResumed,
    ScheduleSaved,
)

LAST = 1_000


def every_ten(moment: int) -> Due | None:
    at = (moment // 10 + 1) * 10
    return Due(at, "c", "z") if at <= LAST else None


def saved(**more: Any) -> ScheduleSaved:
    return ScheduleSaved(
        name="s", crons=("c",), zones=("z",), workflow="w", **{"next_at": 10, **more}
    )


def given(*events: Event, at: int = 0) -> Schedule:
    state: Schedule | None = None
    for position, event in enumerate(events, start=1):
        state = evolve_schedule(state, event, at, position, "alice")
    assert state is not None
    return state


def fired(due_at: int, next_at: int | None, job_id: str = "j") -> ScheduleFired:
    return ScheduleFired(
        due_at=due_at, job_id=job_id, workflow="w", cron="c", zone="z", next_at=next_at
    )


def look(state: Schedule, now: int, *, max_catch_up: int = 2) -> tuple[Event, ...]:
    return fire(state, now, every_ten, "j", max_catch_up=max_catch_up)


def test_nothing_is_due_before_its_time() -> None:
    assert look(given(saved()), 9) == ()


def test_it_fires_when_due_and_says_when_next() -> None:
    assert look(given(saved()), 10) == (fired(10, 20),)


def test_the_last_time_has_no_next() -> None:
    assert look(given(saved(next_at=LAST)), LAST) == (fired(LAST, None),)
    assert look(given(saved(next_at=None)), LAST) == ()


def test_a_time_that_is_over_still_fires_and_those_after_it_are_missed() -> None:
    assert look(given(saved()), 45) == (fired(10, 50), ScheduleMissed(first_at=20, until=45))


def test_those_after_it_are_caught_up_one_by_one() -> None:
    state = given(saved(catches_up=True))
    first = look(state, 45)
    assert first == (fired(10, 20),)
    state = evolve_schedule(state, first[0], 45, 2, "daemon")
    assert look(state, 45) == (fired(20, 30),)


def test_catching_up_ends_at_its_limit() -> None:
    state = given(saved(catches_up=True), fired(10, 20, "a"), fired(20, 30, "b"), at=95)
    assert look(state, 95) == (fired(30, 100), ScheduleMissed(first_at=40, until=95))


def test_being_on_time_again_begins_to_count_anew() -> None:
    late = given(saved(catches_up=True), fired(10, 20, "a"), fired(20, 30, "b"), at=25)
    assert late.caught_up == 0


@pytest.mark.parametrize("event", [SchedulePaused(), ScheduleDeleted()])
def test_paused_or_deleted_it_does_not_fire(event: Event) -> None:
    state = given(saved(), event)
    assert look(state, 45) == ()
    assert state.due_at is None


def test_what_it_asked_for_is_open_until_it_is_answered() -> None:
    state = given(saved(), fired(10, 20, "a"), fired(20, 30, "b"), ScheduleDeleted(), at=25)
    assert [run.job_id for run in state.runs] == ["a", "b"]
    assert state.due_at == 25
    state = evolve_schedule(state, ScheduleJobStarted(due_at=10, job_id="a"), 26, 5, "daemon")
    refused = ScheduleJobRefused(due_at=20, job_id="b", reason="no")
    state = evolve_schedule(state, refused, 26, 6, "daemon")
    assert (state.runs, state.due_at) == ((), None)
    assert (state.updated_by, state.position) == ("alice", 4)


def test_pausing_twice_changes_nothing_unless_the_reason_is_another() -> None:
    state = given(saved(), SchedulePaused(reason="why"))
    again = pause(state, "why")
    assert isinstance(again, Refusal)
    assert again.kind is RefusalKind.NOTHING_TO_CHANGE
    assert pause(state, "because") == SchedulePaused(reason="because")


def test_resuming_goes_on_from_now_or_from_where_it_stopped() -> None:
    assert resume(given(saved(), SchedulePaused()), 45, every_ten) == ScheduleResumed(next_at=50)
    catching = given(saved(catches_up=True), SchedulePaused())
    assert resume(catching, 45, every_ten) == ScheduleResumed(next_at=10)
    refused = resume(given(saved()), 45, every_ten)
    assert isinstance(refused, Refusal)
    assert refused.kind is RefusalKind.SCHEDULE_NOT_PAUSED


def test_saving_over_it_keeps_its_making_and_what_is_open() -> None:
    state = given(saved(), fired(10, 20), at=5)
    state = evolve_schedule(state, saved(paused=True, paused_reason="r"), 50, 3, "bob")
    assert (state.created_at, state.created_by) == (5, "alice")
    assert (state.updated_at, state.updated_by) == (50, "bob")
    assert (state.paused, state.paused_reason, len(state.runs)) == (True, "r", 1)


def test_a_deleted_one_begins_anew() -> None:
    state = evolve_schedule(given(saved(), ScheduleDeleted()), saved(), 50, 3, "bob")
    assert (state.created_at, state.created_by, state.deleted) == (50, "bob", False)
    assert state.sequence == 3


def test_what_says_nothing_only_counts() -> None:
    state = given(saved(), RequestNoted(method="m", answer={}))
    assert (state.sequence, state.position) == (2, 1)


def test_it_begins_with_its_saving() -> None:
    with pytest.raises(TypeError, match="begins with ScheduleSaved"):
        evolve_schedule(None, SchedulePaused(), 0, 1, "alice")

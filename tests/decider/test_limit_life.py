"""Slots taken, awaited, freed and given up."""

from __future__ import annotations

from daemon.decider.limits import COUNTED_EVERY, Limit, fold_limit
from daemon.decider.turn import SECOND, RefusalKind
from daemon.dialects.plan import Allowance
from eventstore.events import SlotAwaited, SlotFreed, SlotGivenUp, SlotsCounted, SlotTaken
from tests.decider.limits import GivenLimit, folds, free, take, wait
from tests.decider.scenario import at


def test_a_free_slot_is_taken_and_says_by_which_numbers() -> None:
    limit = GivenLimit()
    assert limit.when(take("a.1", 2, starts=5, seconds=60)) == (
        SlotTaken(holder="a.1", most=2, starts=5, seconds=60),
    )
    assert list(limit.state.holders) == ["a.1"]


def test_there_are_no_more_holders_than_slots() -> None:
    limit = GivenLimit().after(take("a.1", 2), take("a.2", 2))
    limit.refused(take("a.3", 2), RefusalKind.NO_SLOT)
    assert limit.when(free("a.1")) == (SlotFreed(holder="a.1"),)
    limit.after(take("a.3", 2)).refused(take("a.4", 2), RefusalKind.NO_SLOT)


def test_nobody_takes_two_slots_or_frees_what_it_has_not() -> None:
    limit = GivenLimit().after(take("a.1", 2))
    limit.refused(take("a.1", 2), RefusalKind.NOTHING_TO_CHANGE)
    limit.refused(free("a.2"), RefusalKind.NOT_HELD)
    limit.after(wait("job-1"), free("a.1"), take("job-1"))
    limit.refused(wait("job-1"), RefusalKind.NOTHING_TO_CHANGE)


def test_changed_numbers_count_from_the_next_slot_on_and_take_none_away() -> None:
    limit = GivenLimit().after(take("a.1", 3), take("a.2", 3), take("a.3", 3))
    limit.refused(take("a.4", 1), RefusalKind.NO_SLOT)
    limit.after(free("a.1"), free("a.2")).refused(take("a.4", 1), RefusalKind.NO_SLOT)
    limit.after(free("a.3"), take("a.4", 1))


def test_a_window_has_room_again_to_the_microsecond() -> None:
    limit = GivenLimit().after(take("a.1", starts=2, seconds=10), 3)
    limit.after(take("a.2", starts=2, seconds=10), free("a.1"), free("a.2"), 6.999_999)
    limit.refused(take("a.3", starts=2, seconds=10), RefusalKind.NO_SLOT)
    assert limit.state.opens_at(Allowance(0, 2, 10)) == at(10)
    limit.after(0.000_001, take("a.3", starts=2, seconds=10))
    assert limit.state.opens_at(Allowance(0, 2, 10)) == at(13)


def test_a_window_slides_and_does_not_jump() -> None:
    limit = GivenLimit()
    taken = []
    for number in range(9):
        opens = limit.state.opens_at(Allowance(0, 3, 10))
        limit.now = max(limit.now + SECOND, opens)
        limit.after(take(f"a.{number}", starts=3, seconds=10))
        taken.append((limit.now - at(0)) // SECOND)
    assert taken == [1, 2, 3, 11, 12, 13, 21, 22, 23]


def test_a_window_that_is_shortened_counts_what_began_before() -> None:
    limit = GivenLimit().after(take("a.1", starts=1, seconds=100), 5)
    limit.after(take("a.2", starts=1, seconds=5)).refused(
        take("a.3", starts=1, seconds=5), RefusalKind.NO_SLOT
    )


def test_those_without_a_slot_wait_in_line() -> None:
    limit = GivenLimit().after(wait("job-1"))
    assert limit.when(wait("job-2")) == (SlotAwaited(holder="job-2", most=1),)
    limit.after(wait("job-3"))
    assert [limit.state.place(f"job-{n}") for n in (1, 2, 3)] == [None, 1, 2]
    assert limit.state.next_in_line() is None
    limit.after(free("job-1"))
    assert limit.state.next_in_line() == "job-2"


def test_nobody_passes_the_line_but_by_priority() -> None:
    limit = GivenLimit().after(wait("job-1"), wait("job-2"), wait("job-3"), free("job-1"))
    limit.refused(take("job-3", 1), RefusalKind.NO_SLOT)
    assert limit.when(wait("job-4")) == (SlotAwaited(holder="job-4", most=1),)
    assert limit.when(wait("job-5", rank=-9)) == (SlotTaken(holder="job-5", most=1, rank=-9),)
    limit.after(free("job-5"), take("job-2", 1))
    assert limit.when(wait("job-6", rank=-1)) == (SlotAwaited(holder="job-6", most=1, rank=-1),)
    limit.after(free("job-2"))
    assert limit.state.next_in_line() == "job-6"


def test_who_ends_while_it_waits_leaves_the_line() -> None:
    limit = GivenLimit().after(wait("job-1"), wait("job-2"), wait("job-3"))
    assert limit.when(free("job-2")) == (SlotGivenUp(holder="job-2"),)
    assert limit.state.place("job-3") == 1


def test_an_idle_limit_has_neither_holders_nor_a_line() -> None:
    limit = GivenLimit()
    assert limit.state.is_idle
    assert not limit.after(wait("job-1"), wait("job-2"), free("job-1")).state.is_idle
    assert limit.after(free("job-2")).state.is_idle


def test_a_long_stream_counts_its_slots_so_that_a_reader_may_begin_there() -> None:
    limit = GivenLimit().after(wait("job-1", 2), wait("job-2", 2), wait("job-3", 2))
    for number in range(COUNTED_EVERY):
        limit.after(take(f"a.{number}", 3, starts=7, seconds=60, rank=-1), free(f"a.{number}"), 60)
    counts = [one for one in limit.log if isinstance(one.event, SlotsCounted)]
    assert len(counts) == 2
    folds(limit)
    assert fold_limit(limit.log[10:20]) is None
    assert fold_limit([]) == Limit()

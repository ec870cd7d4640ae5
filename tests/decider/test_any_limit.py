"""Random takers, waiters and times: never more than allowed, first come first served within
a rank, and no slot lies idle while somebody stands in line."""

from __future__ import annotations

from typing import Any

from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from daemon.decider.turn import Refusal
from tests.decider.limits import GivenLimit, folds, free, take, wait

HOLDERS = st.sampled_from([f"job-{number}" for number in range(8)])
DEEDS = st.one_of(
    st.tuples(st.just("wait"), HOLDERS, st.integers(-2, 0)),
    st.tuples(st.just("free"), HOLDERS),
    st.tuples(st.just("take"), st.sampled_from(["a.1", "a.2", "a.3"]), st.integers(1, 3)),
    st.tuples(st.just("free"), st.sampled_from(["a.1", "a.2", "a.3"])),
    st.tuples(st.just("pass"), st.sampled_from([0.000_001, 0.5, 1, 3, 10])),
)


@settings(max_examples=300)
@each(most=st.integers(1, 3), starts=st.integers(0, 3), deeds=st.lists(DEEDS, max_size=60))
def test_any_life_of_a_limit(most: int, starts: int, deeds: list[Any]) -> None:
    limit = GivenLimit()
    for deed in deeds:
        match deed:
            case ("wait", holder, rank):
                limit.when(wait(holder, most, rank=rank))
            case ("free", holder):
                limit.when(free(holder))
            case ("take", holder, seconds):
                limit.when(take(holder, most, starts=starts, seconds=seconds, rank=-9))
            case ("pass", seconds):
                limit.after(seconds)
        _serve(limit, most)
        folds(limit)


def _serve(limit: GivenLimit, most: int) -> None:
    """As the reactor does: who is next in line takes its slot."""
    before = limit.state.line
    served = 0
    while (holder := limit.state.next_in_line()) is not None:
        waiter = limit.state.waiting[holder]
        answer = limit.when(take(holder, waiter.most, rank=waiter.rank))
        assert not isinstance(answer, Refusal), answer
        served += 1
    assert limit.state.line == before[served:], "in order"
    assert not limit.state.line or len(limit.state.holders) >= most, "a slot lies idle"

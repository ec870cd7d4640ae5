"""Given what a limit went through, when somebody asks for a slot, then these events.

Every decision is held to the laws of limits: it folds to what the events say, it is decided
again from its event, nobody is counted twice, and no allowance is ever broken.
"""

from __future__ import annotations

from daemon.decider.limits import (
    COUNTED_EVERY,
    FreeSlot,
    Limit,
    LimitCommand,
    TakeSlot,
    decide_limit,
    evolve_limit,
    fold_limit,
    limit_command_of,
)
from daemon.decider.turn import SECOND, Refusal, RefusalKind
from daemon.dialects.plan import Allowance
from eventstore.events import Event, SlotsCounted, SlotTaken
from eventstore.store import Recorded
from tests.decider.scenario import BEGINNING

STREAM = "limit/task-type/a"


class GivenLimit:
    def __init__(self) -> None:
        self.now = BEGINNING
        self.state = Limit()
        self.log: list[Recorded] = []

    def after(self, *happened: LimitCommand | float) -> GivenLimit:
        """Each command must be accepted; a number lets so many seconds pass."""
        for one in happened:
            if isinstance(one, (int, float)):
                self.now += round(one * SECOND)
            else:
                answer = self.when(one)
                assert not isinstance(answer, Refusal), (one, answer)
        return self

    def when(self, command: LimitCommand) -> tuple[Event, ...] | Refusal:
        before = self.state
        events = decide_limit(before, command, self.now)
        if isinstance(events, Refusal):
            return events
        for event in events:
            self.state = evolve_limit(self.state, event, self.now)
            self.log.append(recorded(event, len(self.log) + 1, self.now))
        hold(before, events, self.state, self.now)
        return events

    def refused(self, command: LimitCommand, kind: RefusalKind) -> None:
        answer = self.when(command)
        assert isinstance(answer, Refusal), answer
        assert answer.kind is kind


def take(
    holder: str, most: int = 0, *, starts: int = 0, seconds: int = 0, rank: int = 0
) -> TakeSlot:
    return TakeSlot(holder=holder, allowance=Allowance(most, starts, seconds), rank=rank)


def wait(holder: str, most: int = 1, *, rank: int = 0) -> TakeSlot:
    return TakeSlot(holder=holder, allowance=Allowance(most), rank=rank, waits=True)


def free(holder: str) -> FreeSlot:
    return FreeSlot(holder=holder)


def recorded(event: Event, sequence: int, at: int) -> Recorded:
    return Recorded(
        position=sequence,
        stream=STREAM,
        sequence=sequence,
        event=event,
        at=at,
        actor="daemon",
        request=None,
        cause=None,
        trace=None,
        epoch=1,
        decider=1,
        hash=b"",
    )


def hold(before: Limit, events: tuple[Event, ...], after: Limit, now: int) -> None:
    """The laws, on one decision."""
    first, *counts = events
    assert decide_limit(before, limit_command_of(first), now) == events
    assert all(isinstance(one, SlotsCounted) for one in counts)
    assert after.sequence == before.sequence + len(events)
    assert tuple(sorted(after.waiting.values())) == after.line
    assert set(after.holders).isdisjoint(after.waiting), "who holds a slot waits for none"
    if isinstance(first, SlotTaken):
        _kept_its_allowance(before, first, after, now)
    if counts:
        counted = evolve_limit(before, first, now)
        again = evolve_limit(counted, counts[0], now)
        assert (again.holders, again.waiting, again.line) == (
            counted.holders,
            counted.waiting,
            counted.line,
        ), "a count changes nothing"
        assert (again.window, again.kept) == (counted.window, counted.kept)


def _kept_its_allowance(before: Limit, taken: SlotTaken, after: Limit, now: int) -> None:
    assert not taken.most or len(after.holders) <= taken.most
    if taken.starts:
        since = now - taken.seconds * SECOND
        assert sum(at > since for at in after.window) <= taken.starts
    for waiter in before.line:
        if waiter.holder == taken.holder:
            break
        assert taken.rank < waiter.rank, f"{taken.holder} passed {waiter.holder} in line"


def folds(limit: GivenLimit) -> None:
    """From any beginning that a reader may choose, the fold is the same."""
    assert fold_limit(limit.log) == limit.state or not limit.log
    counts = [one.sequence for one in limit.log if isinstance(one.event, SlotsCounted)]
    for last in counts[-1:]:
        assert fold_limit(limit.log[last - 1 :]) == limit.state
        assert fold_limit(limit.log[last:]) is None or last == len(limit.log)
    assert not limit.log or limit.state.sequence - limit.state.counted < COUNTED_EVERY * 10

"""Limits: how many may run at a time, and how many may begin within a while; pure.

The theory. A *limit* has slots. Whoever wants to run takes one, or waits; whoever ends
frees it. At most ``most`` hold a slot at a time, and at most ``starts`` take one within any
``seconds``. How many that are is said by whoever asks (a task type's settings, a
definition, a pool) and judged against the same holders, so changed settings count from the
next slot on and take none away.

Those that wait stand in line by rank, then by the time they came, and only the first is
served. Somebody new passes them only with a lower rank. Tasks never stand in this line:
their queue keeps their order, and the slot is taken when a worker takes the task
(``docs/adr``). So the line is for jobs.

``evolve_limit`` reads events only. Every event of a limit but ``SlotsCounted`` is one
decision, and ``limit_command_of`` gives back the command.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import assert_never

import immutables
import msgspec
from msgspec.structs import replace

from daemon.decider.turn import SECOND, Refusal, RefusalKind
from daemon.dialects.plan import Allowance
from eventstore.events import (
    Event,
    SlotAwaited,
    SlotFreed,
    SlotGivenUp,
    SlotsCounted,
    SlotTaken,
)
from eventstore.store import Recorded

COUNTED_EVERY = 1_000
"""Events after which a limit counts its slots anew, or four times as many as it counts."""


class Waiter(msgspec.Struct, frozen=True, order=True):
    rank: int
    turn: int
    holder: str
    most: int


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of a limit's events."""

    sequence: int = 0
    holders: immutables.Map[str, None] = immutables.Map()
    waiting: immutables.Map[str, Waiter] = immutables.Map()
    line: tuple[Waiter, ...] = ()
    """Those of ``waiting`` in their order."""
    window: tuple[int, ...] = ()
    """When slots were taken, the newest last; no more than any allowance looked back on."""
    kept: int = 0
    counted: int = 0
    """The sequence of the last count."""

    @property
    def is_idle(self) -> bool:
        """Nobody holds or wants anything."""
        return not self.holders and not self.waiting

    def has_slot(self, most: int) -> bool:
        return most <= 0 or len(self.holders) < most

    def opens_at(self, allowance: Allowance) -> int:
        """When the next slot may be taken, as far as time goes; 0: at any time."""
        starts = allowance.starts
        if starts <= 0 or len(self.window) < starts:
            return 0
        return self.window[-starts] + allowance.seconds * SECOND

    def has_room(self, allowance: Allowance, now: int) -> bool:
        return self.has_slot(allowance.most) and self.opens_at(allowance) <= now

    def place(self, holder: str) -> int | None:
        """1 for the first in line; None for who does not wait."""
        waiter = self.waiting.get(holder)
        return None if waiter is None else bisect_left(self.line, waiter) + 1

    def next_in_line(self) -> str | None:
        """Who is to take the slot that is free now."""
        first = self.line[0] if self.line else None
        return first.holder if first is not None and self.has_slot(first.most) else None


class TakeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """``waits``: stand in line when there is none."""

    holder: str
    allowance: Allowance
    rank: int = 0
    waits: bool = False


class FreeSlot(msgspec.Struct, frozen=True, kw_only=True):
    """Hold it, or wait for it, no longer."""

    holder: str


LimitCommand = TakeSlot | FreeSlot


def decide_limit(state: Limit, command: LimitCommand, now: int) -> tuple[Event, ...] | Refusal:
    match command:
        case TakeSlot():
            event = _take(state, command, now)
        case FreeSlot():
            event = _free(state, command.holder)
        case _:
            assert_never(command)
    if isinstance(event, Refusal):
        return event
    after = evolve_limit(state, event, now)
    size = len(after.holders) + len(after.waiting) + len(after.window)
    if after.sequence - after.counted < max(COUNTED_EVERY, 4 * size):
        return (event,)
    return (event, _count(after))


def _take(state: Limit, command: TakeSlot, now: int) -> Event | Refusal:
    holder, allowance = command.holder, command.allowance
    if holder in state.holders:
        return _nothing(f"{holder} holds a slot already")
    if _may_take(state, command) and state.has_room(allowance, now):
        return SlotTaken(
            holder=holder,
            most=allowance.most,
            starts=allowance.starts,
            seconds=allowance.seconds,
            rank=command.rank,
        )
    if not command.waits:
        return Refusal(kind=RefusalKind.NO_SLOT, message="no slot of the limit is free")
    if holder in state.waiting:
        return _nothing(f"{holder} waits for a slot already")
    return SlotAwaited(holder=holder, most=allowance.most, rank=command.rank)


def _may_take(state: Limit, command: TakeSlot) -> bool:
    """Nobody is before it in line."""
    if not state.line:
        return True
    first = state.line[0]
    return first.holder == command.holder or command.rank < first.rank


def _free(state: Limit, holder: str) -> Event | Refusal:
    if holder in state.holders:
        return SlotFreed(holder=holder)
    if holder in state.waiting:
        return SlotGivenUp(holder=holder)
    return Refusal(kind=RefusalKind.NOT_HELD, message=f"{holder} holds no slot of the limit")


def _nothing(message: str) -> Refusal:
    return Refusal(kind=RefusalKind.NOTHING_TO_CHANGE, message=message)


def _count(state: Limit) -> SlotsCounted:
    return SlotsCounted(
        holders=tuple(sorted(state.holders)),
        waiting=tuple(one.holder for one in state.line),
        ranks=tuple(one.rank for one in state.line),
        turns=tuple(one.turn for one in state.line),
        mosts=tuple(one.most for one in state.line),
        window=state.window,
        kept=state.kept,
    )


def evolve_limit(state: Limit, event: Event, at: int) -> Limit:
    state = replace(state, sequence=state.sequence + 1)
    match event:
        case SlotTaken():
            return _taken(state, event, at)
        case SlotAwaited():
            waiter = Waiter(event.rank, state.sequence, event.holder, event.most)
            place = bisect_left(state.line, waiter)
            return replace(
                state,
                waiting=state.waiting.set(event.holder, waiter),
                line=(*state.line[:place], waiter, *state.line[place:]),
            )
        case SlotFreed():
            return replace(state, holders=state.holders.delete(event.holder))
        case SlotGivenUp():
            return _out_of_line(state, event.holder)
        case SlotsCounted():
            return _counted(event, state.sequence)
    raise TypeError(f"{type(event).__name__} is no event of a limit")


def _taken(state: Limit, event: SlotTaken, at: int) -> Limit:
    if event.holder in state.waiting:
        state = _out_of_line(state, event.holder)
    kept = max(state.kept, event.starts)
    return replace(
        state,
        holders=state.holders.set(event.holder, None),
        window=(*state.window, at)[-kept:] if event.starts else state.window,
        kept=kept,
    )


def _out_of_line(state: Limit, holder: str) -> Limit:
    place = bisect_left(state.line, state.waiting[holder])
    return replace(
        state,
        waiting=state.waiting.delete(holder),
        line=state.line[:place] + state.line[place + 1 :],
    )


def _counted(event: SlotsCounted, sequence: int) -> Limit:
    fields = zip(event.ranks, event.turns, event.waiting, event.mosts, strict=True)
    line = tuple(Waiter(*one) for one in fields)
    return Limit(
        sequence=sequence,
        holders=immutables.Map(dict.fromkeys(event.holders)),
        waiting=immutables.Map({one.holder: one for one in line}),
        line=line,
        window=event.window,
        kept=event.kept,
        counted=sequence,
    )


def limit_command_of(event: Event) -> LimitCommand:
    """Raises TypeError for a count, which is no decision of its own."""
    match event:
        case SlotTaken():
            return TakeSlot(
                holder=event.holder,
                allowance=Allowance(event.most, event.starts, event.seconds),
                rank=event.rank,
            )
        case SlotAwaited():
            return TakeSlot(
                holder=event.holder,
                allowance=Allowance(event.most),
                rank=event.rank,
                waits=True,
            )
        case SlotFreed() | SlotGivenUp():
            return FreeSlot(holder=event.holder)
    raise TypeError(f"{type(event).__name__} is no decision about a limit")


def fold_limit(events: Iterable[Recorded]) -> Limit | None:
    """The limit after ``events``, which begin at the stream's first or hold a count that
    says all before them; None when they do neither."""
    own = list(events)
    start = next(
        (
            place
            for place in range(len(own) - 1, -1, -1)
            if isinstance(own[place].event, SlotsCounted)
        ),
        0,
    )
    if own and own[start].sequence > 1 and not isinstance(own[start].event, SlotsCounted):
        return None
    state = Limit(sequence=own[start].sequence - 1) if own else Limit()
    for one in own[start:]:
        state = evolve_limit(state, one.event, one.at)
    return state

"""The limits in memory: who takes and frees slots, in the batch of the job that does.

Decided on each limit's tail, as jobs are. A limit that is not in memory raises ``Cold``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

import anyio

from daemon.decider.limits import (
    FreeSlot,
    Limit,
    LimitCommand,
    TakeSlot,
    decide_limit,
    evolve_limit,
    fold_limit,
)
from daemon.decider.turn import Refusal
from daemon.reactor.cell import Cell
from daemon.reactor.cold import Cold
from daemon.reactor.ledger import Ledger
from eventstore.events import Event, SlotTaken
from eventstore.store import Entry

STREAMS = "limit/"


class LimitsEffects:
    """What the reactor does about a change."""

    def moved(self, limits: Iterable[str], cause: int | None) -> None:
        """Slots were taken or freed there, as far as is decided, because of the event at
        ``cause``."""

    def lost(self, limits: Iterable[str]) -> None:
        """What was decided there is not in the log."""


class Limits:
    """``cached_limits``: of those that nobody holds or waits for."""

    def __init__(self, ledger: Ledger, *, cached_limits: int, first_page: int) -> None:
        self._store = ledger.store
        self._room = cached_limits
        self._page = first_page
        self._cells: OrderedDict[str, Cell[Limit]] = OrderedDict()
        self._reading: dict[str, anyio.Event] = {}
        self.effects = LimitsEffects()
        """Set by the composition."""

    def __len__(self) -> int:
        """Limits in memory."""
        return len(self._cells)

    def tail(self, stream: str) -> Limit:
        """The limit as decided so far. Raises Cold."""
        return self._cell(stream).tail or Limit()

    def durable(self, stream: str) -> Limit | None:
        """None when it is not in memory."""
        cell = self._cells.get(stream)
        return None if cell is None else cell.durable

    def _cell(self, stream: str) -> Cell[Limit]:
        cell = self._cells.get(stream)
        if cell is None:
            raise Cold(f"limit {stream}", lambda: self.load(stream))
        self._cells.move_to_end(stream)
        return cell

    async def load(self, stream: str) -> None:
        """One reader at a time, as for jobs."""
        if stream in self._cells:
            return
        reading = self._reading.get(stream)
        if reading is not None:
            await reading.wait()
            return
        self._reading[stream] = reading = anyio.Event()
        try:
            self._cells[stream] = Cell(stream, await self.fold(stream))
            self._evict()
        finally:
            del self._reading[stream]
            reading.set()

    async def fold(self, stream: str) -> Limit:
        """The limit as it is durable now, read back to its last count."""
        row = await self._store.stream_row(stream)
        if row is None:
            return Limit()
        back = self._page
        while True:
            events = await self._store.read(stream, after=max(0, row.sequence - back))
            found = fold_limit(events)
            if found is not None:
                return found
            back *= 4

    def claims(self, now: int) -> Claims:
        """A batch's business with limits, in the making."""
        return Claims(self, now)

    def forget(self, streams: Iterable[str]) -> None:
        """The log lost what was decided: the next touch reads them again."""
        gone = [stream for stream in streams if self._cells.pop(stream, None) is not None]
        if gone:
            self.effects.lost(gone)

    def _evict(self) -> None:
        """The longest untouched of those that are idle."""
        if len(self._cells) <= self._room:
            return
        excess = list(islice(self._cells.items(), len(self._cells) - self._room))
        for stream, cell in excess:
            if cell.on_the_way == 0 and (cell.tail is None or cell.tail.is_idle):
                del self._cells[stream]


class _Change:
    __slots__ = ("cell", "events", "state")

    def __init__(self, cell: Cell[Limit]) -> None:
        self.cell = cell
        self.state = cell.tail or Limit()
        self.events: list[Event] = []


class Claims:
    """Decided one on top of the other; nothing is changed before ``decided``."""

    def __init__(self, limits: Limits, now: int) -> None:
        self._limits = limits
        self.now = now
        """The time of the whole batch."""
        self._changes: dict[str, _Change] = {}

    def take(self, stream: str, command: TakeSlot) -> bool | Refusal:
        """True: the slot is taken; False: it is waited for. Raises Cold."""
        events = self._decide(stream, command)
        return events if isinstance(events, Refusal) else isinstance(events[0], SlotTaken)

    def free(self, stream: str, holder: str) -> None:
        """Neither hold nor wait for it any more. Raises Cold."""
        self._decide(stream, FreeSlot(holder=holder))

    def _decide(self, stream: str, command: LimitCommand) -> tuple[Event, ...] | Refusal:
        change = self._changes.get(stream)
        if change is None:
            change = _Change(self._limits._cell(stream))
        events = decide_limit(change.state, command, self.now)
        if not isinstance(events, Refusal):
            self._changes[stream] = change
            change.events += events
            for event in events:
                change.state = evolve_limit(change.state, event, self.now)
        return events

    def entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                stream=stream,
                expected=change.state.sequence - len(change.events),
                events=tuple(change.events),
                open=not change.state.is_idle,
            )
            for stream, change in self._changes.items()
        )

    def decided(self, cause: int) -> None:
        """The entries were handed to the log, in a batch that begins at ``cause``."""
        for change in self._changes.values():
            change.cell.decided(change.state)
        if self._changes:
            self._limits.effects.moved(self._changes, cause)

    def durable(self) -> None:
        for change in self._changes.values():
            change.cell.committed(change.state)

    def lost(self) -> None:
        self._limits.forget(
            stream
            for stream, change in self._changes.items()
            if self._limits._cells.get(stream) is change.cell
        )

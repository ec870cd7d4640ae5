"""All streams of one kind, folded and in memory: for kinds of which there are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from daemon.reactor.cell import Cell, Change
from daemon.reactor.changing import Changed, batch_of
from daemon.reactor.jobs import NO_DOCUMENTS, Context
from daemon.reactor.ledger import Ledger
from eventstore.events import Event
from eventstore.store import Entry, EventStoreError


class Sequenced(Protocol):
    """A folded stream that knows how long it is."""

    @property
    def sequence(self) -> int: ...


S = TypeVar("S", bound=Sequenced)


class Roll(Generic[S]):
    """``streams`` is what the names of the streams begin with, ``evolve`` folds an event that
    happened at a time and a position by an actor; ``moved`` is called whenever what is decided
    has changed, but not by ``load``."""

    def __init__(
        self,
        ledger: Ledger,
        streams: str,
        evolve: Callable[[S | None, Any, int, int, str], S],
        *,
        page_events: int,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._streams = streams
        self._evolve = evolve
        self._page = page_events
        self._moved = moved
        self.cells: dict[str, Cell[S]] = {}

    async def load(self) -> None:
        """Fold every such stream of the log."""
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=self._streams):
            for one in events:
                cell = self.cell(one.stream.removeprefix(self._streams))
                cell.tail = cell.durable = self._evolve(
                    cell.tail, one.event, one.at, one.position, one.actor
                )
            after = events[-1].position

    def cell(self, name: str) -> Cell[S]:
        """A new one begins with the first event that is appended to it."""
        return self.cells.setdefault(name, Cell(f"{self._streams}{name}", None))

    def tail(self, name: str) -> S | None:
        """As decided so far."""
        cell = self.cells.get(name)
        return None if cell is None else cell.tail

    def durable(self, name: str) -> S | None:
        cell = self.cells.get(name)
        return None if cell is None else cell.durable

    def all_durable(self) -> Iterator[S]:
        """The oldest first."""
        return (cell.durable for cell in self.cells.values() if cell.durable is not None)

    def append(
        self,
        cell: Cell[S],
        event: Event,
        context: Context,
        documents: Mapping[str, bytes] = NO_DOCUMENTS,
    ) -> Changed:
        """Raises EventStoreError, and nothing has changed then."""
        now = self._ledger.store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        entry = Entry(stream=cell.stream, expected=expected, events=(event,))
        try:
            appended = self._ledger.append(batch_of((entry,), context, now, documents))
        except EventStoreError:
            self._forget_empty(cell)
            raise
        state = self._evolve(cell.tail, event, now, appended.first, context.actor)
        cell.decided(state)
        self._moved()
        self._ledger.when_durable(appended.last, Change(cell, state, self._undo))
        return Changed((event,), appended)

    def _undo(self, cell: Cell[S]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        self._forget_empty(cell)
        self._moved()

    def _forget_empty(self, cell: Cell[S]) -> None:
        if cell.tail is None:
            self.cells.pop(cell.stream.removeprefix(self._streams), None)

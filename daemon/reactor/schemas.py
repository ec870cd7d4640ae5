"""Registered schemas: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from daemon.decider.schemas import SchemaBook, SchemaVersion, define, delete, evolve_schema
from daemon.decider.turn import Refusal
from daemon.dialects.plan import SchemaName
from daemon.reactor.catalog import Changed
from daemon.reactor.cell import Cell, Change
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from eventstore.events import Event, RequestNoted
from eventstore.store import Batch, Entry

STREAMS = "schema/"
WEIGHT_BYTES = 512
"""About what one change of a schema takes of the log, beside the schema."""


class Schemas:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._ledger = ledger
        self._page = page_events
        self._cells: dict[str, Cell[SchemaBook]] = {}
        self.revision = 0
        """Grows with every change, for caches of what was made of them."""

    async def load(self) -> None:
        """Fold every schema of the log."""
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=STREAMS):
            for one in events:
                cell = self._cell(one.stream.removeprefix(STREAMS))
                cell.tail = cell.durable = evolve_schema(
                    cell.tail, one.event, one.at, one.position, one.actor
                )
            after = events[-1].position

    def find(self, name: str, version: int | None) -> SchemaVersion | None:
        """Durable."""
        cell = self._cells.get(name)
        return None if cell is None or cell.durable is None else cell.durable.find(version)

    def all(self) -> Iterator[tuple[str, SchemaVersion]]:
        """Durable ones, by name and version."""
        for name, cell in sorted(self._cells.items()):
            versions = {} if cell.durable is None else cell.durable.versions
            yield from ((name, versions[number]) for number in sorted(versions))

    def keys(self) -> frozenset[str]:
        """What definitions may call them, as decided so far."""
        books = ((name, cell.tail) for name, cell in self._cells.items())
        return frozenset(
            SchemaName(name, version).key
            for name, book in books
            if book is not None and book.versions
            for version in (None, *book.versions)
        )

    def data_of(self, wanted: Iterable[SchemaName]) -> dict[str, dict[str, Any]]:
        """The JSON Schemas, as decided so far, of those that are registered, by their key."""
        found = {}
        for one in wanted:
            cell = self._cells.get(one.name)
            version = None if cell is None or cell.tail is None else cell.tail.find(one.version)
            if version is not None:
                found[one.key] = version.definition["data"]
        return dict(sorted(found.items()))

    def next_version(self, name: str) -> int:
        cell = self._cells.get(name)
        return 1 if cell is None or cell.tail is None else cell.tail.highest + 1

    def put(
        self, name: str, version: int, definition: dict[str, Any], context: Context
    ) -> Changed | Refusal:
        cell = self._cell(name)
        event = define(cell.tail, name, version, definition)
        return event if isinstance(event, Refusal) else self._append(cell, event, context)

    def delete(self, name: str, version: int | None, context: Context) -> Changed | Refusal:
        cell = self._cells.get(name)
        event = delete(None if cell is None else cell.tail, name, version)
        if isinstance(event, Refusal):
            return event
        return self._append(self._cell(name), event, context)

    def note(self, name: str, noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        return self._append(self._cell(name), noted, context)

    def undo(self, cell: Cell[SchemaBook]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        self.revision += 1

    def _cell(self, name: str) -> Cell[SchemaBook]:
        return self._cells.setdefault(name, Cell(f"{STREAMS}{name}", None))

    def _append(self, cell: Cell[SchemaBook], event: Event, context: Context) -> Changed:
        now = self._ledger.store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        appended = self._ledger.append(
            Batch(
                entries=(Entry(stream=cell.stream, expected=expected, events=(event,)),),
                at=now,
                actor=context.actor,
                cause=context.cause,
                request=context.request,
                trace=context.trace,
                weight=WEIGHT_BYTES + context.weight,
            )
        )
        self.revision += 1
        state = evolve_schema(cell.tail, event, now, appended.first, context.actor)
        cell.decided(state)
        self._ledger.when_durable(appended.last, Change(cell, state, self.undo))
        return Changed((event,), appended)

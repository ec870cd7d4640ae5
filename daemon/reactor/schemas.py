"""Registered schemas: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from daemon.decider.schemas import SchemaBook, SchemaVersion, define, delete, evolve_schema
from daemon.decider.turn import Refusal
from daemon.dialects.plan import SchemaName
from daemon.reactor.changing import Changed
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.roll import Roll
from eventstore.events import Event, RequestNoted

STREAMS = "schema/"


class Schemas:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._roll: Roll[SchemaBook] = Roll(
            ledger, STREAMS, evolve_schema, page_events=page_events, moved=self._moved
        )
        self.load = self._roll.load
        self.revision = 0
        """Grows with every change, for caches of what was made of them."""

    def _moved(self) -> None:
        self.revision += 1

    def find(self, name: str, version: int | None) -> SchemaVersion | None:
        """Durable."""
        book = self._roll.durable(name)
        return None if book is None else book.find(version)

    def all(self) -> Iterator[tuple[str, SchemaVersion]]:
        """Durable ones, by name and version."""
        for name, cell in sorted(self._roll.cells.items()):
            versions = {} if cell.durable is None else cell.durable.versions
            yield from ((name, versions[number]) for number in sorted(versions))

    def keys(self) -> frozenset[str]:
        """What definitions may call them, as decided so far."""
        books = ((name, cell.tail) for name, cell in self._roll.cells.items())
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
            book = self._roll.tail(one.name)
            version = None if book is None else book.find(one.version)
            if version is not None:
                found[one.key] = version.definition["data"]
        return dict(sorted(found.items()))

    def next_version(self, name: str) -> int:
        book = self._roll.tail(name)
        return 1 if book is None else book.highest + 1

    def put(
        self, name: str, version: int, definition: dict[str, Any], context: Context
    ) -> Changed | Refusal:
        event = define(self._roll.tail(name), name, version, definition)
        return event if isinstance(event, Refusal) else self._append(name, event, context)

    def delete(self, name: str, version: int | None, context: Context) -> Changed | Refusal:
        event = delete(self._roll.tail(name), name, version)
        return event if isinstance(event, Refusal) else self._append(name, event, context)

    def note(self, name: str, noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        return self._append(name, noted, context)

    def _append(self, name: str, event: Event, context: Context) -> Changed:
        return self._roll.append(self._roll.cell(name), event, context)

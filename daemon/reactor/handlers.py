"""Event handlers: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from daemon.decider.messages import EventHandler, Met, evolve_handler
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.registry import EVENT_HANDLERS
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.roll import Roll
from daemon.reactor.shelf import digest_of
from eventstore.events import EventHandlerDefined, EventHandlerDeleted, RequestNoted

STREAMS = "event-handler/"
Definition = dict[str, Any]


class Handlers:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._store = ledger.store
        self._roll: Roll[EventHandler] = Roll(
            ledger, STREAMS, evolve_handler, page_events=page_events, moved=self._find_active
        )
        self._definitions: dict[str, Definition] = {}
        """By digest: of the handlers as they are now."""
        self._active: dict[str, tuple[Met, ...]] = {}
        """By event, as decided so far."""

    async def load(self) -> None:
        """Fold every handler of the log."""
        await self._roll.load()
        for handler in self.all():
            if handler.definition is not None:
                document = await self._store.document(handler.definition)
                self._definitions[handler.definition] = msgspec.json.decode(document)
        self._find_active()

    def all(self) -> Iterator[EventHandler]:
        """Durable ones that are not deleted, by name."""
        for _, cell in sorted(self._roll.cells.items()):
            if cell.durable is not None and cell.durable.definition is not None:
                yield cell.durable

    def find(self, name: str) -> EventHandler | None:
        """Durable, and not deleted."""
        found = self._roll.durable(name)
        return None if found is None or found.definition is None else found

    def is_there(self, name: str) -> bool:
        """As decided so far."""
        tail = self._roll.tail(name)
        return tail is not None and tail.definition is not None

    def definition(self, handler: EventHandler) -> Definition:
        assert handler.definition is not None, "a deleted handler has no definition"
        return self._definitions[handler.definition]

    def active(self, event: str) -> tuple[Met, ...]:
        """The handlers that a message of ``event`` meets when it is published now."""
        return self._active.get(event, ())

    def cell(self, name: str) -> Cell[EventHandler]:
        return self._roll.cells[name]

    def put(self, definition: Definition, context: Context) -> Changed | Refusal:
        plan = EVENT_HANDLERS.read(definition)
        document = msgspec.json.encode(definition, order="deterministic")
        digest = digest_of(document)
        tail = self._roll.tail(plan.name)
        if tail is not None and tail.definition == digest:
            return Refusal(
                kind=RefusalKind.NOTHING_TO_CHANGE,
                message=f"event handler {plan.name!r} is defined so already",
            )
        self._definitions[digest] = definition
        event = EventHandlerDefined(
            name=plan.name, event=plan.event, active=plan.active, definition=digest
        )
        return self._roll.append(self._roll.cell(plan.name), event, context, {digest: document})

    def delete(self, name: str, context: Context) -> Changed | Refusal:
        if not self.is_there(name):
            return Refusal(
                kind=RefusalKind.NO_SUCH_EVENT_HANDLER,
                message=f"EventHandler with name {name} not found!",
            )
        return self._roll.append(self.cell(name), EventHandlerDeleted(name=name), context)

    def note(self, cell: Cell[EventHandler], noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        return self._roll.append(cell, noted, context)

    def _find_active(self) -> None:
        """Handlers change seldom, and messages ask often. What nobody means any more goes."""
        found: defaultdict[str, list[Met]] = defaultdict(list)
        named: set[str | None] = set()
        for _, cell in sorted(self._roll.cells.items()):
            tail = cell.tail
            named |= {one.definition for one in (tail, cell.durable) if one is not None}
            if tail is not None and tail.definition is not None and tail.active:
                plan = EVENT_HANDLERS.read(self._definitions[tail.definition])
                found[tail.event].append(Met(plan, tail.definition))
        self._active = {event: tuple(met) for event, met in found.items()}
        self._definitions = {
            digest: one for digest, one in self._definitions.items() if digest in named
        }

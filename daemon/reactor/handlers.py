"""Event handlers: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from daemon.decider.messages import EventHandler, Met, evolve_handler
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.registry import EVENT_HANDLERS
from daemon.reactor.catalog import Changed
from daemon.reactor.cell import Cell, Change
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.shelf import digest_of
from eventstore.events import Event, EventHandlerDefined, EventHandlerDeleted, RequestNoted
from eventstore.store import Batch, Entry, EventStoreError

STREAMS = "event-handler/"
WEIGHT_BYTES = 512
"""About what one change takes of the log, beside the definition."""

Definition = dict[str, Any]


class Handlers:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._ledger = ledger
        self._page = page_events
        self._cells: dict[str, Cell[EventHandler]] = {}
        self._definitions: dict[str, Definition] = {}
        """By digest: of the handlers as they are now."""
        self._active: dict[str, tuple[Met, ...]] = {}
        """By event, as decided so far."""

    async def load(self) -> None:
        """Fold every handler of the log."""
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=STREAMS):
            for one in events:
                cell = self._cell(one.stream.removeprefix(STREAMS))
                cell.tail = cell.durable = evolve_handler(
                    cell.tail, one.event, one.at, one.position, one.actor
                )
            after = events[-1].position
        for handler in self.all():
            if handler.definition is not None:
                document = await store.document(handler.definition)
                self._definitions[handler.definition] = msgspec.json.decode(document)
        self._find_active()

    def all(self) -> Iterator[EventHandler]:
        """Durable ones that are not deleted, by name."""
        for _, cell in sorted(self._cells.items()):
            if cell.durable is not None and cell.durable.definition is not None:
                yield cell.durable

    def find(self, name: str) -> EventHandler | None:
        """Durable, and not deleted."""
        cell = self._cells.get(name)
        found = None if cell is None else cell.durable
        return None if found is None or found.definition is None else found

    def is_there(self, name: str) -> bool:
        """As decided so far."""
        cell = self._cells.get(name)
        return cell is not None and cell.tail is not None and cell.tail.definition is not None

    def definition(self, handler: EventHandler) -> Definition:
        assert handler.definition is not None, "a deleted handler has no definition"
        return self._definitions[handler.definition]

    def active(self, event: str) -> tuple[Met, ...]:
        """The handlers that a message of ``event`` meets when it is published now."""
        return self._active.get(event, ())

    def cell(self, name: str) -> Cell[EventHandler]:
        return self._cells[name]

    def put(self, definition: Definition, context: Context) -> Changed | Refusal:
        plan = EVENT_HANDLERS.read(definition)
        document = msgspec.json.encode(definition, order="deterministic")
        digest = digest_of(document)
        cell = self._cell(plan.name)
        if cell.tail is not None and cell.tail.definition == digest:
            return Refusal(
                kind=RefusalKind.NOTHING_TO_CHANGE,
                message=f"event handler {plan.name!r} is defined so already",
            )
        self._definitions[digest] = definition
        event = EventHandlerDefined(
            name=plan.name, event=plan.event, active=plan.active, definition=digest
        )
        return self._append(cell, event, context, {digest: document})

    def delete(self, name: str, context: Context) -> Changed | Refusal:
        cell = self._cells.get(name)
        if cell is None or cell.tail is None or cell.tail.definition is None:
            return Refusal(
                kind=RefusalKind.NO_SUCH_EVENT_HANDLER,
                message=f"EventHandler with name {name} not found!",
            )
        return self._append(cell, EventHandlerDeleted(name=name), context, {})

    def note(self, cell: Cell[EventHandler], noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        return self._append(cell, noted, context, {})

    def undo(self, cell: Cell[EventHandler]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        if cell.durable is None:
            self._cells.pop(cell.stream.removeprefix(STREAMS), None)
        self._find_active()

    def _cell(self, name: str) -> Cell[EventHandler]:
        return self._cells.setdefault(name, Cell(f"{STREAMS}{name}", None))

    def _append(
        self,
        cell: Cell[EventHandler],
        event: Event,
        context: Context,
        documents: Mapping[str, bytes],
    ) -> Changed:
        now = self._ledger.store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        try:
            appended = self._ledger.append(
                Batch(
                    entries=(Entry(stream=cell.stream, expected=expected, events=(event,)),),
                    at=now,
                    actor=context.actor,
                    cause=context.cause,
                    request=context.request,
                    trace=context.trace,
                    documents=documents,
                    weight=WEIGHT_BYTES + context.weight,
                )
            )
        except EventStoreError:
            if cell.tail is None:
                self._cells.pop(cell.stream.removeprefix(STREAMS), None)
            raise
        state = evolve_handler(cell.tail, event, now, appended.first, context.actor)
        cell.decided(state)
        self._find_active()
        self._ledger.when_durable(appended.last, Change(cell, state, self.undo))
        return Changed((event,), appended)

    def _find_active(self) -> None:
        """Handlers change seldom, and messages ask often. What nobody means any more goes."""
        found: defaultdict[str, list[Met]] = defaultdict(list)
        named: set[str | None] = set()
        for _, cell in sorted(self._cells.items()):
            tail = cell.tail
            named |= {one.definition for one in (tail, cell.durable) if one is not None}
            if tail is not None and tail.definition is not None and tail.active:
                plan = EVENT_HANDLERS.read(self._definitions[tail.definition])
                found[tail.event].append(Met(plan, tail.definition))
        self._active = {event: tuple(met) for event, met in found.items()}
        self._definitions = {
            digest: one for digest, one in self._definitions.items() if digest in named
        }

"""Definitions and compiled plans, kept as long as there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import orjson

from daemon.decider.turn import Pinned
from daemon.dialects.plan import Pins
from daemon.dialects.registry import dialect_named
from daemon.executors.handoff import bound_in, deferred_in, metadata_in
from daemon.reactor.cold import Cold
from eventstore.store import EventStore

K = TypeVar("K")
V = TypeVar("V")


def digest_of(document: bytes) -> str:
    """The name of a stored document."""
    return sha256(document).hexdigest()


class Shelf:
    """``definition`` and ``plan`` raise Cold for what has to be read first."""

    def __init__(self, store: EventStore, *, cached_plans: int) -> None:
        self._store = store
        self._room = cached_plans
        self._definitions: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._pins: OrderedDict[str, Pins] = OrderedDict()
        self._plans: OrderedDict[tuple[str, str], Pinned] = OrderedDict()

    def definition(self, digest: str) -> dict[str, Any]:
        found = self._definitions.get(digest)
        if found is None:
            raise Cold(f"definition {digest}", lambda: self._load_definition(digest))
        self._definitions.move_to_end(digest)
        return found

    def keep_definition(self, digest: str, definition: dict[str, Any]) -> None:
        self._keep(self._definitions, digest, definition)

    def pins(self, digest: str) -> Pins:
        found = self._pins.get(digest)
        if found is None:
            raise Cold(f"pins {digest}", lambda: self._load_pins(digest))
        self._pins.move_to_end(digest)
        return found

    def keep_pins(self, digest: str, pins: Pins) -> None:
        self._keep(self._pins, digest, pins)

    def plan(self, dialect: str, definition: str, pins: str) -> Pinned:
        """The compiled plan of a stored definition under stored pins."""
        key = (definition, pins)
        found = self._plans.get(key)
        if found is not None:
            self._plans.move_to_end(key)
            return found
        known = self.pins(pins)
        text = self.definition(definition)
        plan = dialect_named(dialect).compile(text, known)
        types = known.task_types
        pinned = Pinned(
            plan,
            known.policy,
            deferred=deferred_in([text, types]),
            metadata=metadata_in(text, types),
            bound=bound_in(text),
        )
        self._keep(self._plans, key, pinned)
        return pinned

    async def _load_definition(self, digest: str) -> None:
        self.keep_definition(digest, orjson.loads(await self._store.document(digest)))

    async def _load_pins(self, digest: str) -> None:
        document = await self._store.document(digest)
        self.keep_pins(digest, msgspec.json.decode(document, type=Pins))

    def _keep(self, shelf: OrderedDict[K, V], key: K, value: V) -> None:
        shelf[key] = value
        while len(shelf) > self._room:
            shelf.popitem(last=False)

"""From times to positions. Times never go back in a log, so a time is a place in it."""

from __future__ import annotations

from typing import NamedTuple

from eventstore.store import Recorded
from projections.log import Log
from projections.paging import NEWEST


class Span(NamedTuple):
    """Positions from ``first`` up to, not including, ``before``."""

    first: int = 1
    before: int = NEWEST

    def has(self, position: int) -> bool:
        return self.first <= position < self.before


async def span_of(store: Log, since: int | None, until: int | None) -> Span:
    """The events at or after ``since`` and before ``until``, in UTC microseconds."""
    first = 1 if since is None else await first_at(store, since)
    before = NEWEST if until is None else await first_at(store, until)
    return Span(first, before)


async def first_at(store: Log, at: int) -> int:
    """The first position whose time is ``at`` or later; one beyond the head without any."""
    low, high = 1, store.head.position + 1
    while low < high:
        middle = (low + high) // 2
        if (await event_at(store, middle)).at < at:
            low = middle + 1
        else:
            high = middle
    return low


async def event_at(store: Log, position: int) -> Recorded:
    """The durable event at ``position``, which must not be beyond the head."""
    (found,) = await store.read_all(after=position - 1, limit=1)
    return found

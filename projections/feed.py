"""Durable events on their way to the projector: live ones from memory, others from the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from eventstore.store import EventStoreError, Recorded
from projections.log import Log


class Feed:
    """A listener of the log that keeps at most ``backlog_events`` for a projector that is
    behind; what it could not keep is read again."""

    def __init__(self, store: Log, *, backlog_events: int, on_arrival: Callable[[], None]) -> None:
        self._store = store
        self._backlog_events = backlog_events
        self._on_arrival = on_arrival
        self._live: deque[Recorded] = deque()
        self._open = True
        store.listen(self)

    def on_durable(self, events: Sequence[Recorded]) -> None:
        if not self._open:
            return
        if len(self._live) + len(events) > self._backlog_events:
            self._live.clear()
        else:
            self._live.extend(events)
        self._on_arrival()

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        """Nothing to undo: only what is durable is ever projected."""

    async def take(self, after: int, limit: int) -> Sequence[Recorded]:
        """At most ``limit`` durable events that follow position ``after``. They are given
        once; asked for again, they are read from the log."""
        live = self._live
        if not live or not live[0].position <= after + 1 <= live[-1].position:
            return await self._store.read_all(after=after, limit=limit)
        for _ in range(after + 1 - live[0].position):
            live.popleft()
        if limit < len(live):
            return [live.popleft() for _ in range(limit)]
        taken = list(live)
        live.clear()
        return taken

    def close(self) -> None:
        self._open = False
        self._live.clear()

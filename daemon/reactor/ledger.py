"""What has been handed to the log, and who waits until it is durable.

Everything that must not happen before its events are on disk (an answer, an effect, the
state that readers see) is queued here behind a position. Positions only rise, so one
deque is enough: a commit releases its front, a failed commit loses all of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import structlog

from eventstore.store import Appended, Batch, EventStore, EventStoreError, Recorded

_log = structlog.get_logger("ledger")


class Pending(Protocol):
    """Exactly one of the two is called, once, on the event loop."""

    def durable(self) -> None: ...
    def lost(self, error: EventStoreError) -> None: ...


class Ledger:
    """The store's listener and the one way to append."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self._waiting: deque[tuple[int, Pending]] = deque()
        self.failures = 0
        store.listen(self)

    def append(self, batch: Batch) -> Appended:
        return self.store.append(batch)

    def when_durable(self, position: int, pending: Pending) -> None:
        """Positions must not fall from call to call."""
        if not self._waiting and position <= self.store.head.position:
            pending.durable()
            return
        self._waiting.append((position, pending))

    def on_durable(self, events: Sequence[Recorded]) -> None:
        if not events:
            return
        watermark = events[-1].position
        waiting = self._waiting
        while waiting and waiting[0][0] <= watermark:
            _, pending = waiting.popleft()
            try:
                pending.durable()
            except Exception:  # noqa: BLE001 - reported; the next one is not to blame
                _report(pending)

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        self.failures += 1
        _log.error("commit failed", first_lost=first_lost, error=str(error))
        lost, self._waiting = self._waiting, deque()
        for _, pending in lost:
            try:
                pending.lost(error)
            except Exception:  # noqa: BLE001 - reported; the next one is not to blame
                _report(pending)


def _report(pending: Pending) -> None:
    _log.exception("an effect failed", effect=type(pending).__name__)

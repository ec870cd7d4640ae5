"""Live readers of the log, each behind a bounded buffer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from eventstore.store import Lagging, Recorded


class Follower:
    """Groups that are durable but not yet taken by one live reader."""

    def __init__(self, *, after: int, limit_events: int) -> None:
        self._after = after
        self._limit = limit_events
        self._groups: deque[Sequence[Recorded]] = deque()
        self._held = 0
        self._lagging = False
        self._ended = False
        self._arrived = asyncio.Event()

    def push(self, group: Sequence[Recorded]) -> None:
        if self._lagging:
            return
        self._held += len(group)
        if self._held > self._limit:
            self._groups.clear()
            self._lagging = True
        else:
            self._groups.append(group)
        self._arrived.set()

    def end(self) -> None:
        """No group comes any more."""
        self._ended = True
        self._arrived.set()

    async def take(self) -> Sequence[Recorded]:
        """The next group; empty once the log is closed. Raises Lagging."""
        while not self._groups:
            if self._lagging:
                raise Lagging(self._after)
            if self._ended:
                return ()
            self._arrived.clear()
            await self._arrived.wait()
        group = self._groups.popleft()
        self._held -= len(group)
        self._after = group[-1].position
        return group

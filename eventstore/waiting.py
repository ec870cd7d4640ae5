"""Callers that wait for a position to become durable."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import Any

from eventstore.store import EventStoreError


class Waiters:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._turn = count()

    def wait(self, position: int) -> Coroutine[Any, Any, None]:
        """Returns when ``release`` reaches ``position``; raises what ``fail`` was given."""
        future = asyncio.get_running_loop().create_future()
        heappush(self._heap, (position, next(self._turn), future))
        return _outcome(future)

    def release(self, through: int) -> None:
        while self._heap and self._heap[0][0] <= through:
            future = heappop(self._heap)[2]
            if not future.done():
                future.set_result(None)

    def fail(self, error: EventStoreError) -> None:
        waiting, self._heap = self._heap, []
        for _, _, future in waiting:
            if not future.done():
                future.set_exception(error)


async def _outcome(future: asyncio.Future[None]) -> None:
    await future

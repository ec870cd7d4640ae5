"""The ready tasks of one type (and domain), and the polls that wait for them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import msgspec

from eventstore.store import Request

TaskKey = tuple[str, int]
"""Job id and task number."""


class Ready(msgspec.Struct, frozen=True, order=True):
    """Orders by priority (higher first), returned tasks first, then by the position that
    made the task ready."""

    rank: int
    """The priority, negated."""
    turn: int
    """0 for a returned task, 1 for any other."""
    position: int
    job_id: str
    task: int
    since: int
    """UTC microseconds."""

    @property
    def key(self) -> TaskKey:
        return (self.job_id, self.task)


class Poll:
    """A worker's wish for up to ``count`` tasks.

    ``deliver(tasks, position)`` is called exactly once: with what was handed out and the
    last position that must be durable before the worker may hear of it, or with an empty
    list when the wait is over.
    """

    __slots__ = (
        "actor",
        "connection",
        "count",
        "deliver",
        "domain",
        "request",
        "session",
        "task_type",
        "timer",
        "waits",
        "worker",
    )

    def __init__(
        self,
        *,
        task_type: str,
        domain: str | None,
        worker: str,
        session: str,
        actor: str,
        count: int,
        deliver: Callable[[list[dict[str, Any]], int], None],
        request: Request | None = None,
        connection: str = "",
    ) -> None:
        self.task_type = task_type
        self.domain = domain
        self.worker = worker
        self.session = session
        self.actor = actor
        self.count = count
        self.deliver = deliver
        self.request = request
        self.connection = connection
        self.waits = True
        self.timer: asyncio.TimerHandle | None = None


class TaskQueue:
    """Ready tasks by rank, and the waiting polls in the order of their arrival."""

    def __init__(self) -> None:
        self._heap: list[Ready] = []
        self._present: dict[TaskKey, Ready] = {}
        self.polls: deque[Poll] = deque()

    def __len__(self) -> int:
        return len(self._present)

    def add(self, ready: Ready) -> None:
        if self._present.get(ready.key) != ready:
            self._present[ready.key] = ready
            heappush(self._heap, ready)

    def discard(self, key: TaskKey) -> None:
        self._present.pop(key, None)

    def pop(self) -> Ready | None:
        while self._heap:
            ready = heappop(self._heap)
            if self._present.get(ready.key) is ready:
                del self._present[ready.key]
                return ready
        return None

    def oldest(self) -> int | None:
        """Since when the longest waiting task is ready. Scans the queue."""
        return min((ready.since for ready in self._present.values()), default=None)

    def next_poll(self) -> Poll | None:
        while self.polls:
            if self.polls[0].waits:
                return self.polls[0]
            self.polls.popleft()
        return None

"""The ready tasks of one type (and domain), and the polls that wait for them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Container
from heapq import heappop, heappush

import msgspec

from daemon.queues.work_order import WorkOrder
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
    lane: str = ""
    """Under a limit: where it waits when there is no slot. Never compared: no two entries
    are of one task."""

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
        deliver: Callable[[list[WorkOrder], int], None],
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
    """Ready tasks by rank, and the waiting polls in the order of their arrival. Tasks under
    a limit lie in lanes of their own, out of which nobody is served while they are
    ``closed``: a set that all queues share."""

    def __init__(self, closed: Container[str] = ()) -> None:
        self._closed = closed
        self._heap: list[Ready] = []
        self._lanes: dict[str, list[Ready]] = {}
        self._present: dict[TaskKey, Ready] = {}
        self.polls: deque[Poll] = deque()

    def __len__(self) -> int:
        return len(self._present)

    def add(self, ready: Ready) -> None:
        key = ready.key
        if self._present.get(key) != ready:
            self._present[key] = ready
            heappush(self._lanes.setdefault(ready.lane, []) if ready.lane else self._heap, ready)

    def discard(self, key: TaskKey) -> None:
        self._present.pop(key, None)

    def pop(self) -> Ready | None:
        """The first that is not in a closed lane."""
        heap = self._heap if not self._lanes else self._first_open()
        ready = self._head(heap)
        if ready is not None:
            heappop(heap)
            del self._present[ready.key]
        return ready

    def _first_open(self) -> list[Ready]:
        """The heap whose head comes before that of every other."""
        found, first = self._heap, self._head(self._heap)
        for lane in tuple(self._lanes):
            heap = self._lanes[lane]
            head = None if lane in self._closed else self._head(heap)
            if head is not None and (first is None or head < first):
                found, first = heap, head
            elif not heap:
                del self._lanes[lane]
        return found

    def _head(self, heap: list[Ready]) -> Ready | None:
        while heap:
            if self._present.get(heap[0].key) is heap[0]:
                return heap[0]
            heappop(heap)
        return None

    def is_waited_in(self, lane: str) -> bool:
        return self._head(self._lanes.get(lane, [])) is not None

    def of_lane(self, lane: str) -> list[Ready]:
        """In no order. Scans the lane."""
        present = self._present
        return [one for one in self._lanes.get(lane, ()) if present.get(one.key) is one]

    def in_closed_lanes(self) -> int:
        """How many wait for a slot. Scans these lanes."""
        return sum(len(self.of_lane(lane)) for lane in self._lanes if lane in self._closed)

    def lane_of(self, key: TaskKey) -> str | None:
        """The closed lane that the task lies in."""
        ready = self._present.get(key)
        return ready.lane if ready is not None and ready.lane in self._closed else None

    def oldest(self) -> int | None:
        """Since when the longest waiting task is ready. Scans the queue."""
        return min((ready.since for ready in self._present.values()), default=None)

    def next_poll(self) -> Poll | None:
        while self.polls:
            if self.polls[0].waits:
                return self.polls[0]
            self.polls.popleft()
        return None

"""Hand-out: which waiting poll gets which ready task (DESIGN §3).

Matching happens when a group is about to be flushed, so that a task's ``TaskStarted``
shares the commit of its ``TaskScheduled``; the worker hears of it after that commit.
Whether a type is served by a worker outside or an executor inside is known here only.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from daemon.clock import Clock
from daemon.queues.queue import Poll, Ready, TaskKey, TaskQueue
from daemon.queues.work_order import WorkOrder

SECOND = 1_000_000
NO_DOMAIN = "NO_DOMAIN"
NOBODYS = "nobody:"
"""A domain that begins so is served by no executor inside either: its tasks wait to be
reported by whoever knows of them."""

QueueKey = tuple[str, str | None]


class HandedOut(msgspec.Struct, frozen=True):
    """A task in its taker's hands once ``position`` is durable."""

    task: WorkOrder
    position: int


class NoSlot(msgspec.Struct, frozen=True):
    """The task's limit has no slot: it waits in ``lane``, which is closed."""

    lane: str


class Desk(Protocol):
    """What hand-out needs of the jobs."""

    def start_task(self, ready: Ready, poll: Poll) -> HandedOut | NoSlot | None:
        """Record that the poll's worker takes the task; None when it is ready no more, or
        not known yet: then the desk offers it again."""

    def run(self, act: Callable[[], Any]) -> None:
        """Do ``act``, whose failure nobody waits for: a log that takes no more is noted."""


class HandOut:
    def __init__(self, clock: Clock, *, active_poller_seconds: float) -> None:
        self._clock = clock
        self._active = round(active_poller_seconds * SECOND)
        self._queues: dict[QueueKey, TaskQueue] = {}
        self._where: dict[TaskKey, QueueKey] = {}
        self._in_hands: dict[TaskKey, QueueKey] = {}
        self._stirred: dict[QueueKey, None] = {}
        """In the order in which something changed there, so that no queue comes last for
        ever and equal runs are equal."""
        self._inside: set[str] = set()
        self._closed: set[str] = set()
        """Lanes of limits that have no slot."""
        self._lanes: dict[str, dict[QueueKey, None]] = {}
        """The queues in which a lane has, or had, tasks."""
        self._soon = False
        self._last_polled: dict[QueueKey, int] = {}
        self.desk: Desk
        """Set by the composition before the first poll."""

    def offer(self, ready: Ready, task_type: str, domains: str | None) -> None:
        """A task may be handed out. ``domains``: a comma list, tried in order."""
        task = ready.key
        key = (task_type, None if domains is None else self._domain(task_type, domains))
        if (old := self._where.get(task)) is not None and old != key:
            self._queues[old].discard(task)
        self._where[task] = key
        self._in_hands.pop(task, None)
        self._add(key, ready)
        self._stirred[key] = None

    def _add(self, key: QueueKey, ready: Ready) -> None:
        self._queue(key).add(ready)
        if ready.lane:
            self._lanes.setdefault(ready.lane, {})[key] = None

    def close(self, lane: str) -> None:
        """The limit has no slot: nobody in ``lane`` is served. Safe to repeat."""
        self._closed.add(lane)

    def open(self, lane: str) -> bool:
        """It has one again. False: nobody waits for it, and the lane is forgotten."""
        queues = self._lanes.get(lane, {})
        waited_in = [key for key in queues if self._queues[key].is_waited_in(lane)]
        if lane in self._closed:
            self._closed.discard(lane)
            self._stirred.update(dict.fromkeys(waited_in))
        if not waited_in:
            self._lanes.pop(lane, None)
        return bool(waited_in)

    def places(self, keys: Iterable[TaskKey]) -> dict[TaskKey, tuple[str, int]]:
        """Of those tasks that wait for a slot: in which lane, and 1 for the first in it,
        whichever queue it lies in. Scans these lanes."""
        found: dict[TaskKey, tuple[str, int]] = {}
        wanted = {key: lane for key in keys if (lane := self._closed_lane(key)) is not None}
        for lane in dict.fromkeys(wanted.values()):
            queues = (self._queues[key] for key in self._lanes[lane])
            line = sorted(ready for queue in queues for ready in queue.of_lane(lane))
            for place, ready in enumerate(line, start=1):
                if wanted.get(ready.key) == lane:
                    found[ready.key] = (lane, place)
        return found

    def _closed_lane(self, key: TaskKey) -> str | None:
        where = self._where.get(key)
        return None if where is None else self._queues[where].lane_of(key)

    def taken(self, key: TaskKey, task_type: str, domains: str | None) -> None:
        """The task is in somebody's hands, in no queue."""
        where = self._where.pop(key, None)
        if where is None:
            where = (task_type, self._domain(task_type, domains))
        else:
            self._queues[where].discard(key)
        self._in_hands[key] = where

    def queue_of(self, key: TaskKey, task_type: str, domains: str | None) -> QueueKey:
        """Where the task is taken from: the queue it came out of, while it is in hands."""
        known = self._in_hands.get(key)
        return (task_type, self._domain(task_type, domains)) if known is None else known

    def held(self) -> Counter[QueueKey]:
        """How many tasks of each queue are in hands. Scans them."""
        return Counter(self._in_hands.values())

    def withdraw(self, key: TaskKey) -> None:
        """The task is neither in a queue nor in hands any more. Safe to repeat."""
        self._in_hands.pop(key, None)
        where = self._where.pop(key, None)
        if where is not None:
            self._queues[where].discard(key)

    def wait(self, poll: Poll, wait_seconds: float) -> None:
        """Serve ``poll`` now, or when something is ready, or with nothing after the wait."""
        key = (poll.task_type, poll.domain)
        self._last_polled[key] = self._clock.now()
        self._queue(key).polls.append(poll)
        self._match_queue(key)
        if not poll.waits:
            return
        if wait_seconds <= 0:
            self.cancel(poll)
            return
        loop = asyncio.get_running_loop()
        poll.timer = loop.call_later(wait_seconds, self.cancel, poll)

    def stay(self, poll: Poll) -> None:
        """An executor's poll: it waits for ever. No domain leads away from an executor."""
        self._inside.add(poll.task_type)
        self._queue((poll.task_type, poll.domain)).polls.append(poll)
        self._stirred[poll.task_type, poll.domain] = None

    def cancel(self, poll: Poll) -> None:
        """The wait is over: deliver nothing. Safe to repeat."""
        if self._close(poll):
            poll.deliver([], 0)

    def drop(self, poll: Poll) -> None:
        """Nobody is there any more to deliver to. Safe to repeat."""
        self._close(poll)

    def match_soon(self) -> None:
        """As ``match``, in the next turn of the loop: for tasks that were offered without
        anything being appended, which no flush would look at."""
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._match_now)

    def _match_now(self) -> None:
        self._soon = False
        self.desk.run(self.match)

    def match(self) -> None:
        """Give ready tasks to waiting polls, until one of the two runs out."""
        while self._stirred:
            key = next(iter(self._stirred))
            del self._stirred[key]
            self._match_queue(key)

    def rows(self) -> Iterator[tuple[QueueKey, TaskQueue, int]]:
        """Every queue that has tasks, in it or in hands, or polls, by type and domain; with
        how many are in hands."""
        held = self.held()
        for key in sorted({*self._queues, *held}, key=lambda key: (key[0], key[1] or "")):
            queue = self._queue(key)
            if len(queue) or held[key] or queue.next_poll():
                yield key, queue, held[key]

    def _match_queue(self, key: QueueKey) -> None:
        queue = self._queues[key]
        while len(queue) and (poll := queue.next_poll()) is not None:
            tasks, position = self._take(key, queue, poll)
            if not tasks:
                return
            self._close(poll)
            poll.deliver(tasks, position)

    def _take(self, key: QueueKey, queue: TaskQueue, poll: Poll) -> tuple[list[WorkOrder], int]:
        """As many as the poll wants, or as nothing keeps in the queue."""
        tasks: list[WorkOrder] = []
        position = 0
        while len(tasks) < poll.count and (ready := queue.pop()) is not None:
            handed = self.desk.start_task(ready, poll)
            if isinstance(handed, NoSlot):
                self._add(key, replace(ready, lane=handed.lane))
            elif handed is not None:
                tasks.append(handed.task)
                position = handed.position
        return tasks, position

    def _close(self, poll: Poll) -> bool:
        if not poll.waits:
            return False
        poll.waits = False
        if poll.timer is not None:
            poll.timer.cancel()
        return True

    def _queue(self, key: QueueKey) -> TaskQueue:
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = TaskQueue(self._closed)
        return queue

    def _domain(self, task_type: str, domains: str | None) -> str | None:
        """The first domain somebody polled lately, else the last one named
        (reference conductor.md §3.12)."""
        if domains is None:
            return None
        if task_type in self._inside:
            return domains if domains.startswith(NOBODYS) else None
        names = [name.strip() for name in domains.split(",") if name.strip()]
        since = self._clock.now() - self._active
        for name in names:
            domain = None if name == NO_DOMAIN else name
            if domain and self._last_polled.get((task_type, domain), 0) >= since:
                return domain
        return None if not names or names[-1] == NO_DOMAIN else names[-1]

"""Hand-out: which waiting poll gets which ready task (DESIGN §3).

Matching happens when a group is about to be flushed, so that a task's ``TaskStarted``
shares the commit of its ``TaskScheduled``; the worker hears of it after that commit.
Whether a type is served by a worker outside or an executor inside is known here only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from daemon.clock import Clock
from daemon.queues.queue import Poll, Ready, TaskKey, TaskQueue

SECOND = 1_000_000
NO_DOMAIN = "NO_DOMAIN"

QueueKey = tuple[str, str | None]


class HandedOut(msgspec.Struct, frozen=True):
    """A task in its taker's hands once ``position`` is durable."""

    task: dict[str, Any]
    position: int


class Desk(Protocol):
    """What hand-out needs of the jobs."""

    def start_task(self, key: TaskKey, poll: Poll) -> HandedOut | None:
        """Record that the poll's worker takes the task; None when it is ready no more, or
        not known yet: then the desk offers it again."""


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
        self._soon = False
        self._last_polled: dict[QueueKey, int] = {}
        self.desk: Desk
        """Set by the composition before the first poll."""

    def offer(self, ready: Ready, task_type: str, domains: str | None) -> None:
        """A task may be handed out. ``domains``: a comma list, tried in order."""
        key = (task_type, self._domain(task_type, domains))
        if (old := self._where.get(ready.key)) is not None and old != key:
            self._queues[old].discard(ready.key)
        self._where[ready.key] = key
        self._in_hands.pop(ready.key, None)
        self._queue(key).add(ready)
        self._stirred[key] = None

    def taken(self, key: TaskKey, task_type: str, domains: str | None) -> None:
        """The task is in somebody's hands, in no queue."""
        where = self._where.get(key)
        self.withdraw(key)
        self._in_hands[key] = where or (task_type, self._domain(task_type, domains))

    def held(self, task_type: str, domain: str | None) -> int:
        """How many tasks of a queue are in hands. Scans them."""
        return sum(1 for where in self._in_hands.values() if where == (task_type, domain))

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
        self.match()

    def match(self) -> None:
        """Give ready tasks to waiting polls, until one of the two runs out."""
        while self._stirred:
            key = next(iter(self._stirred))
            del self._stirred[key]
            self._match_queue(key)

    def rows(self) -> Iterator[tuple[QueueKey, TaskQueue]]:
        """Every queue that has tasks or polls, by type and domain."""
        for key in sorted(self._queues, key=lambda key: (key[0], key[1] or "")):
            queue = self._queues[key]
            if len(queue) or queue.next_poll():
                yield key, queue

    def _match_queue(self, key: QueueKey) -> None:
        queue = self._queues[key]
        while len(queue) and (poll := queue.next_poll()) is not None:
            tasks, position = self._take(queue, poll)
            if tasks:
                self._close(poll)
                poll.deliver(tasks, position)

    def _take(self, queue: TaskQueue, poll: Poll) -> tuple[list[dict[str, Any]], int]:
        tasks: list[dict[str, Any]] = []
        position = 0
        while len(tasks) < poll.count and (ready := queue.pop()) is not None:
            handed = self.desk.start_task(ready.key, poll)
            if handed is not None:
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
            queue = self._queues[key] = TaskQueue()
        return queue

    def _domain(self, task_type: str, domains: str | None) -> str | None:
        """The first domain somebody polled lately, else the last one named
        (reference conductor.md §3.12)."""
        if domains is None or task_type in self._inside:
            return None
        names = [name.strip() for name in domains.split(",") if name.strip()]
        since = self._clock.now() - self._active
        for name in names:
            domain = None if name == NO_DOMAIN else name
            if domain and self._last_polled.get((task_type, domain), 0) >= since:
                return domain
        return None if not names or names[-1] == NO_DOMAIN else names[-1]

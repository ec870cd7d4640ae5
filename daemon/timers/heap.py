"""One heap of due times: a cache over what the log says is due (DESIGN §1.9).

Entries are deleted lazily; the heap is rebuilt when most of it is dead, so that deadlines
which are hardly ever reached do not pile up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush

from daemon.clock import Clock

SECOND = 1_000_000
JOB = 0
"""In the place of a task number: a timer of the job itself."""


class Timers:
    """``fire(job_id, task, timer, due_at)`` is called on the event loop when due."""

    def __init__(
        self,
        clock: Clock,
        fire: Callable[[str, int, str, int], None],
        *,
        longest_sleep_seconds: float,
    ) -> None:
        self._clock = clock
        self._fire = fire
        self._longest_sleep = longest_sleep_seconds
        self._armed: dict[tuple[str, int], dict[str, int]] = {}
        self._heap: list[tuple[int, str, int, str]] = []
        self._live = 0
        self._sleeping_until: int | None = None
        self._handle: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return self._live

    def next_due(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def arm(self, job_id: str, task: int, timer: str, due_at: int) -> None:
        """Set, or set anew, one timer."""
        timers = self._armed.setdefault((job_id, task), {})
        if timers.get(timer) == due_at:
            return
        if timer not in timers:
            self._live += 1
        timers[timer] = due_at
        heappush(self._heap, (due_at, job_id, task, timer))
        if self._sleeping_until is None or due_at < self._sleeping_until:
            self._sleep()

    def rearm(self, job_id: str, task: int, timers: Sequence[tuple[str, int]]) -> None:
        """``timers``, by name, instead of those that the task had."""
        self.disarm(job_id, task)
        if not timers:
            return
        self._armed[job_id, task] = dict(timers)
        self._live += len(timers)
        heap = self._heap
        for timer, due_at in timers:
            heappush(heap, (due_at, job_id, task, timer))
        if self._sleeping_until is None or heap[0][0] < self._sleeping_until:
            self._sleep()

    def disarm(self, job_id: str, task: int) -> None:
        """Forget every timer of a task, or of the job itself (``JOB``)."""
        gone = self._armed.pop((job_id, task), None)
        if gone is not None:
            self._live -= len(gone)
            if len(self._heap) > 1024 and len(self._heap) > 4 * self._live:
                self._compact()

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        self._sleeping_until = None

    def _compact(self) -> None:
        self._heap = [
            (due, job_id, task, timer)
            for (job_id, task), timers in self._armed.items()
            for timer, due in timers.items()
        ]
        heapify(self._heap)

    def _sleep(self) -> None:
        self.stop()
        if not self._heap:
            return
        due = self._heap[0][0]
        # Never longer than the limit: the wall clock may jump while the loop sleeps.
        seconds = min(max(due - self._clock.now(), 0) / SECOND, self._longest_sleep)
        self._sleeping_until = due
        self._handle = asyncio.get_running_loop().call_later(seconds, self._wake)

    def _wake(self) -> None:
        self._handle = None
        self._sleeping_until = None
        now = self._clock.now()
        while self._heap and self._heap[0][0] <= now:
            due, job_id, task, timer = heappop(self._heap)
            if self._take(job_id, task, timer, due):
                self._fire(job_id, task, timer, due)
        if self._handle is None:
            self._sleep()

    def _take(self, job_id: str, task: int, timer: str, due: int) -> bool:
        timers = self._armed.get((job_id, task))
        if timers is None or timers.get(timer) != due:
            return False
        del timers[timer]
        self._live -= 1
        if not timers:
            del self._armed[(job_id, task)]
        return True

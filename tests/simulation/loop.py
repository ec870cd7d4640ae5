"""An event loop on which a whole run is a function of its seed.

*Time* is virtual and exact to the microsecond: when nothing is ready the clock jumps to the
next timer, so hours pass in no time and nothing ever waits for a real clock.

*Order.* asyncio promises that ``call_soon`` is first in, first out. Plain callbacks keep
that order here. What is explored is the order in which *tasks* get their turn: among the
steps of different tasks that are ready in the same turn of the loop, a seeded generator
picks who comes first; a task never has two steps ready, so no task sees its own steps out
of order. The rest of the exploration is in the delays that the world gives to commits,
to the network and to clients (``tests.simulation.world``), which also come from the seed.

There is no I/O: a callback that would wait for a file descriptor or a thread never runs, and
a loop with nothing ready and no timer raises ``Deadlock`` instead of hanging.
"""

from __future__ import annotations

import asyncio
from heapq import heappop
from math import inf, isinf
from random import Random
from typing import Any

MICROSECONDS = 1_000_000


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set: the run would wait for ever."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """``shuffle`` None: tasks take turns in the order asyncio gives them."""

    _ready: Any
    _scheduled: Any
    _stopping: bool

    def __init__(self, shuffle: Random | None = None) -> None:
        super().__init__()
        self.microseconds = 0
        """Since the loop was made."""
        self.faults: list[dict[str, Any]] = []
        """What asyncio would have logged: exceptions that nobody took."""
        self._reached = 0.0
        self._shuffle = shuffle
        self.set_exception_handler(lambda _, context: self.faults.append(context))

    def time(self) -> float:
        """Never before a time that a timer which has fired was set to: sums of floats are
        not exact, and who was woken compares them."""
        return max(self.microseconds / MICROSECONDS, self._reached)

    def _run_once(self) -> None:
        self._forget_cancelled()
        if not self._ready and not self._stopping:
            self._jump()
        self._release_due()
        turn = [self._ready.popleft() for _ in range(len(self._ready))]
        for handle in self._shuffled(turn):
            if not handle._cancelled:
                handle._run()

    def _forget_cancelled(self) -> None:
        while self._scheduled and self._scheduled[0]._cancelled:
            heappop(self._scheduled)._scheduled = False

    def _jump(self) -> None:
        due = _due(self._scheduled[0]) if self._scheduled else inf
        if due == inf:
            raise Deadlock("nothing is ready and no timer is set")
        self.microseconds = max(self.microseconds, int(due))

    def _release_due(self) -> None:
        while self._scheduled and _due(self._scheduled[0]) <= self.microseconds:
            handle = heappop(self._scheduled)
            handle._scheduled = False
            if not handle._cancelled:
                self._reached = max(self._reached, handle.when())
                self._ready.append(handle)

    def _shuffled(self, turn: list[asyncio.Handle]) -> list[asyncio.Handle]:
        """The steps of tasks change places with each other; all else stays where it is."""
        if self._shuffle is None:
            return turn
        places = [place for place, handle in enumerate(turn) if _is_step(handle)]
        if len(places) < 2:
            return turn
        steps = [turn[place] for place in places]
        self._shuffle.shuffle(steps)
        for place, step in zip(places, steps, strict=True):
            turn[place] = step
        return turn


def _due(handle: asyncio.TimerHandle) -> float:
    """In whole microseconds; infinity for what sleeps for ever."""
    when = handle.when()
    return when if isinf(when) else round(when * MICROSECONDS)


def _is_step(handle: asyncio.Handle) -> bool:
    callback: Any = handle._callback  # type: ignore[attr-defined]
    return isinstance(getattr(callback, "__self__", None), asyncio.Task)

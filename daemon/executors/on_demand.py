"""An executor that is made when the first task needs it: its imports are heavy, and most
daemons start without a task for it."""

from __future__ import annotations

from collections.abc import Callable

from daemon.executors.executor import Executor, Order, Outcome


class OnDemand:
    def __init__(self, task_types: tuple[str, ...], make: Callable[[], Executor]) -> None:
        self.task_types: tuple[str, ...] = task_types
        self._make = make
        self._made: Executor | None = None

    def repeats(self, order: Order) -> bool:
        return self._executor().repeats(order)

    async def run(self, order: Order) -> Outcome:
        return await self._executor().run(order)

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    def _executor(self) -> Executor:
        if self._made is None:
            self._made = self._make()
        return self._made

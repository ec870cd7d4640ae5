"""``/justworkflowit/noop``: succeeds at once and hands its input on as its output."""

from __future__ import annotations

from daemon.executors.executor import Order, Outcome
from eventstore.events import TaskStatus


class Noop:
    task_types: tuple[str, ...] = ("/justworkflowit/noop",)

    def repeats(self, order: Order) -> bool:
        return True

    async def run(self, order: Order) -> Outcome:
        return Outcome(status=TaskStatus.COMPLETED, output=order.input)

    async def aclose(self) -> None:
        """It holds nothing."""

"""One stream's state twice: as decided so far, and as it is durable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from eventstore.store import EventStoreError

S = TypeVar("S")


class Cell(Generic[S]):
    """Commands are decided on ``tail``; readers see ``durable`` only (DESIGN §1.6)."""

    __slots__ = ("durable", "on_the_way", "stream", "tail")

    def __init__(self, stream: str, state: S | None) -> None:
        self.stream = stream
        self.tail: S | None = state
        self.durable: S | None = state
        self.on_the_way = 0
        """Decisions handed to the log and not durable yet."""

    def decided(self, state: S) -> None:
        self.tail = state
        self.on_the_way += 1

    def committed(self, state: S) -> None:
        self.durable = state
        self.on_the_way -= 1


class Change(Generic[S]):
    """Waits for the commit of one change; ``undo`` takes back what the log lost."""

    __slots__ = ("after", "cell", "undo")

    def __init__(self, cell: Cell[S], after: S, undo: Callable[[Cell[S]], None]) -> None:
        self.cell = cell
        self.after = after
        self.undo = undo

    def durable(self) -> None:
        self.cell.committed(self.after)

    def lost(self, error: EventStoreError) -> None:
        self.undo(self.cell)

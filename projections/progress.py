"""How far the rows have come, and everybody who waits for them to come further."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from projections.errors import ProjectionsClosed, ProjectionsFailing

NOWHERE = -1
"""The position while there are no rows to read: below that of an empty log."""


class Progress:
    """``on_reader`` is called when somebody begins to wait."""

    def __init__(self, on_reader: Callable[[], None]) -> None:
        self._on_reader = on_reader
        self._changed = anyio.Event()
        self.position = NOWHERE
        self.readers = 0
        self.failure: str | None = None
        self.closed = False

    async def wait_for(self, position: int) -> None:
        """Return when the event at ``position`` is in the rows. Raises ProjectionsFailing
        and ProjectionsClosed."""
        while True:
            if self.closed:
                raise ProjectionsClosed
            if self.position >= position:
                return
            if self.failure is not None:
                raise ProjectionsFailing(self.failure)
            await self._changes()

    async def _changes(self) -> None:
        self.readers += 1
        self._on_reader()
        try:
            await self._changed.wait()
        finally:
            self.readers -= 1

    def moved_to(self, position: int) -> None:
        self.position = position
        self.failure = None
        self._tell()

    def lost(self) -> None:
        """The rows are gone and will be made again; those who wait go on waiting."""
        self.position = NOWHERE
        self.failure = None

    def failed(self, why: str) -> None:
        self.failure = why
        self._tell()

    def close(self) -> None:
        self.closed = True
        self._tell()

    def _tell(self) -> None:
        """Wake everybody; each looks again for itself."""
        self._changed.set()
        self._changed = anyio.Event()

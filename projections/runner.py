"""Keeps the read models up with the durable log.

States: *starting* until the file is open; *rebuilding* from nothing; *catchingUp*;
*current*; *failing*, with what went wrong, until another try gets through; *closed*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import anyio
import msgspec

from eventstore.connection import Connection, open_connection
from projections.feed import Feed
from projections.file import discard, is_damage, prepare, why_useless
from projections.log import Log
from projections.progress import NOWHERE, Progress
from projections.projector import create, project, stored_checkpoint

T = TypeVar("T")


class Told(Protocol):
    """Hears of what an operator should know; must not raise. The composition root logs."""

    def begun_anew(self, why: str) -> None:
        """The rows are thrown away and made again from the log."""

    def failed(self, error: Exception) -> None:
        """A step went wrong and will be tried again."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how much is written, and when a failure is tried again."""

    flush_seconds: float = 0.05
    """Longest wait before new rows are written, if nobody reads."""
    batch_events: int = 5_000
    """Events that one transaction takes."""
    backlog_events: int = 20_000
    """Live events kept in memory for a projector that is behind."""
    retry_seconds: float = 0.1
    retry_limit_seconds: float = 5
    """The wait after a failure doubles from the one to the other."""


class Runner:
    """One file of read models that follows one log. Only ``run`` writes to it."""

    def __init__(
        self,
        path: Path,
        store: Log,
        *,
        inline: bool = False,
        pace: Pace | None = None,
        told: Told | None = None,
    ) -> None:
        self._path = path
        self._store = store
        self._pace = pace or Pace()
        self._told = told
        self._open = partial(open_connection, inline=inline, prepare=prepare)
        self._feed = Feed(store, backlog_events=self._pace.backlog_events, on_arrival=self._arrived)
        self._progress = Progress(on_reader=self._wake)
        self._connection: Connection | None = None
        self._using = anyio.Lock()
        self._running = False
        self._doubt: str | None = None
        self._rebuilding: str | None = None
        self._rebuilds = 0
        self._arrival = anyio.Event()
        self._hurry = anyio.Event()
        self._again = anyio.Event()
        self._stopped = anyio.Event()

    async def run(self) -> None:
        """Follow the log until ``close`` or cancellation. To be run once, in a task."""
        self._running = True
        try:
            await self._follow()
        finally:
            self._progress.close()
            self._feed.close()
            with anyio.CancelScope(shield=True):
                await self._release()
            self._stopped.set()

    async def catch_up(self) -> None:
        """Instead of ``run``, for a log that nobody writes: go to its head, once. Raises
        whatever goes wrong."""
        while self._progress.position < self._store.head.position:
            await self._advance()

    async def close(self) -> None:
        """Stop, and wait until the file is closed. Safe to repeat, and before ``run``."""
        self._progress.close()
        self._feed.close()
        self._wake()
        self._again.set()
        if self._running:
            await self._stopped.wait()
        else:
            await self._release()

    async def wait_for(self, position: int) -> None:
        """Return when the event at ``position`` is in the rows. Raises ProjectionsFailing
        and ProjectionsClosed."""
        await self._progress.wait_for(position)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` on rows that hold every event durable now. Raises as ``wait_for``;
        rows that turn out to be damaged are made anew first."""
        position = self._store.head.position
        try:
            return await self._read_at(position, work)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.start_over(f"the file is damaged ({error})")
        return await self._read_at(position, work)

    def start_over(self, why: str) -> None:
        """Throw the rows away and make them again from the log, at once."""
        self._doubt = why
        self._progress.lost()
        self._wake()
        self._again.set()

    def status(self) -> dict[str, Any]:
        head = self._store.head.position
        position = max(self._progress.position, 0)
        return {
            "state": self._state(head),
            "position": position,
            "head": head,
            "behind": head - position,
            "rebuilds": self._rebuilds,
            "rebuildReason": self._doubt or self._rebuilding,
            "error": self._progress.failure,
        }

    def _state(self, head: int) -> str:
        if self._progress.closed:
            return "closed"
        if self._progress.failure is not None:
            return "failing"
        if self._rebuilding is not None or self._doubt is not None:
            return "rebuilding"
        if self._progress.position == NOWHERE:
            return "starting"
        return "current" if self._progress.position >= head else "catchingUp"

    async def _read_at(self, position: int, work: Callable[[sqlite3.Connection], T]) -> T:
        while True:
            await self._progress.wait_for(position)
            async with self._using:
                if self._connection is not None and self._progress.position >= position:
                    return await self._connection.run(work)

    async def _follow(self) -> None:
        wait = self._pace.retry_seconds
        while not self._progress.closed:
            try:
                await self._advance()
                wait = self._pace.retry_seconds
            except Exception as error:  # noqa: BLE001 - kept, shown, told to readers, tried again
                if is_damage(error) and self._rebuilding is None:
                    self.start_over(f"the file is damaged ({error})")
                    continue
                self._failed(error)
                with anyio.move_on_after(wait):
                    await self._again.wait()
                wait = min(2 * wait, self._pace.retry_limit_seconds)

    async def _advance(self) -> None:
        """One step: a usable file, or one batch of events in it."""
        if self._progress.position == NOWHERE:
            await self._make_usable()
            return
        await self._until_due()
        if not self._must_act():
            await self._write_batch()

    async def _write_batch(self) -> None:
        events = await self._feed.take(self._progress.position, self._pace.batch_events)
        async with self._using:
            if not events or self._connection is None or self._doubt is not None:
                return
            position = await self._connection.run(partial(project, events=events))
        self._reached(position)

    def _reached(self, position: int) -> None:
        if self._doubt is not None:
            return
        self._progress.moved_to(position)
        if self._rebuilding is not None and position >= self._store.head.position:
            self._rebuilding = None

    async def _make_usable(self) -> None:
        """Open the file; begin it anew when its rows are not those of the log."""
        doubt = self._doubt
        async with self._using:
            position = await self._opened(doubt)
        if self._doubt == doubt:
            self._doubt = None
            self._reached(position)

    async def _opened(self, doubt: str | None) -> int:
        await self._release()
        if doubt is None:
            try:
                self._connection = await self._open(self._path)
                checkpoint = await self._connection.run(stored_checkpoint)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                return await self._begin_anew(f"the file is damaged ({error})")
            doubt = await why_useless(self._store, checkpoint)
            if doubt is None and checkpoint is not None:
                return checkpoint.position
        return await self._begin_anew(str(doubt))

    async def _begin_anew(self, why: str) -> int:
        if self._told is not None:
            self._told.begun_anew(why)
        self._rebuilding = why
        self._rebuilds += 1
        await self._release()
        discard(self._path)
        self._connection = await self._open(self._path)
        begin = partial(create, log_id=self._store.log_id, start=bytes(32))
        return (await self._connection.run(begin)).position

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _failed(self, error: Exception) -> None:
        if self._told is not None:
            self._told.failed(error)
        self._again = anyio.Event()
        if is_damage(error):
            self._doubt = f"the file is damaged ({error})"
            self._progress.lost()
        self._progress.failed(f"{type(error).__name__}: {error}")

    async def _until_due(self) -> None:
        """Wait for events; then for a reader or the end of the flush time."""
        while self._progress.position >= self._store.head.position and not self._must_act():
            self._arrival = anyio.Event()
            await self._arrival.wait()
        with anyio.move_on_after(self._pace.flush_seconds):
            while not self._is_urgent():
                self._hurry = anyio.Event()
                await self._hurry.wait()

    def _must_act(self) -> bool:
        return self._progress.closed or self._doubt is not None

    def _is_urgent(self) -> bool:
        behind = self._store.head.position - self._progress.position
        many = behind >= self._pace.batch_events or self._rebuilding is not None
        return many or self._progress.readers > 0 or self._must_act()

    def _arrived(self) -> None:
        self._arrival.set()
        if self._is_urgent():
            self._hurry.set()

    def _wake(self) -> None:
        self._arrival.set()
        self._hurry.set()

"""The only door to SQLite: whole functions run on a connection, one hop each.

Any other module that wants SQL hands a function to ``Connection.run``; it gets the plain
``sqlite3.Connection`` and may run as many statements as it likes before it returns. That
makes a commit group one hop to aiosqlite's thread and back instead of one per statement.

A file has at most one writing connection in this process, and it is the one that
checkpoints; all others are read-only. Two connections that write and checkpoint at once
would meet SQLite's WAL-reset defect (fixed in 3.51.3), and coroutines that share one
writing connection would land in each other's transactions.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import aiosqlite
import anyio

T = TypeVar("T")
Prepare = Callable[[sqlite3.Connection], object]

_CACHED_STATEMENTS = 256
_DRAIN = "DELETE FROM temp.drain WHERE never = ?"


class Connection(Protocol):
    """One SQLite connection. Close it on every path: an open one keeps the process alive."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` on the connection, after all work handed over before. Cancelling
        the caller does not stop work that has begun: its outcome is then unknown."""

    async def close(self) -> None:
        """Finish the work that has begun, then close. Safe to repeat."""


async def open_connection(
    path: Path,
    *,
    inline: bool,
    read_only: bool = False,
    immutable: bool = False,
    prepare: Prepare | None = None,
) -> Connection:
    """Open ``path`` and run ``prepare`` (pragmas) on it; nothing stays open when that fails.

    ``inline`` runs the work on the calling thread, at the same points of the loop in every
    run: no thread, so a simulation is deterministic. ``immutable`` promises that nobody
    changes the file, which lets it be read without its ``-wal`` and ``-shm`` companions.
    """
    opening = _Opening(path, read_only=read_only, immutable=immutable, prepare=prepare)
    if inline:
        return _Inline(opening)
    connection = _Threaded(opening)
    await connection.open()
    return connection


def open_lookup(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A read-only connection for point lookups on the calling thread.

    A lookup of one row by its key takes microseconds from the page cache and never waits
    for the writer (WAL), so it may run on the event loop's thread where a hop to another
    thread would cost twenty times as much. Nothing longer belongs here.
    """
    return _Opening(path, read_only=True, immutable=immutable, prepare=None).open()


@contextmanager
def new_file(path: Path) -> Iterator[sqlite3.Connection]:
    """A writing connection to a copy in the making, on the calling thread."""
    opening = _Opening(path, read_only=False, immutable=False, prepare=None)
    with closing(opening.open()) as raw:
        try:
            yield raw
        finally:
            opening.released()


class _Opening:
    """How one connection is opened, and what must be given back when it closes."""

    def __init__(
        self, path: Path, *, read_only: bool, immutable: bool, prepare: Prepare | None
    ) -> None:
        mode = "ro" if read_only or immutable else "rwc"
        self._uri = f"{path.resolve().as_uri()}?mode={mode}" + ("&immutable=1" * immutable)
        self._claim = None if mode == "ro" else path.resolve()
        self._prepare = prepare

    def open(self) -> sqlite3.Connection:
        if self._claim is not None:
            _claim_writer(self._claim)
        try:
            return self._open_prepared()
        except BaseException:
            self.released()
            raise

    def _open_prepared(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._uri, uri=True, isolation_level=None, cached_statements=_CACHED_STATEMENTS
        )
        try:
            raw.execute("PRAGMA temp_store = MEMORY")
            raw.execute("CREATE TEMP TABLE drain (never INTEGER)")
            if self._prepare is not None:
                self._prepare(raw)
        except BaseException:
            raw.close()
            raise
        return raw

    def released(self) -> None:
        if self._claim is not None:
            _release_writer(self._claim)
            self._claim = None


class _Threaded:
    """aiosqlite's thread. ``executemany`` drains its parameters there, so a generator of
    parameters that yields none runs our function on that thread, by public means only."""

    def __init__(self, opening: _Opening) -> None:
        self._opening = opening
        self._raw: sqlite3.Connection | None = None
        self._refusal: Exception | None = None
        self._connection = aiosqlite.Connection(self._connect, iter_chunk_size=64)

    def _connect(self) -> sqlite3.Connection:
        """aiosqlite does not wait for its thread when this raises: the thread may then find
        its loop closed and say so. So what is refused is told after a close in good order."""
        try:
            self._raw = self._opening.open()
        except Exception as refusal:  # noqa: BLE001 - raised by ``open``
            self._refusal = refusal
            return sqlite3.connect(":memory:")
        return self._raw

    async def open(self) -> None:
        try:
            await self._connection
        except asyncio.CancelledError:
            self._opening.released()
            raise
        if self._refusal is not None:
            with anyio.CancelScope(shield=True):
                await self._connection.close()
            raise self._refusal

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._raw is None:
            raise sqlite3.ProgrammingError("the connection is closed")
        raw = self._raw
        results: list[T] = []

        def drained() -> Iterator[tuple[()]]:
            results.append(work(raw))
            yield from ()

        await self._connection.executemany(_DRAIN, drained())
        return results[0]

    async def close(self) -> None:
        self._raw = None
        try:
            with anyio.CancelScope(shield=True):
                await self._connection.close()
        finally:
            self._opening.released()


class _Inline:
    """The same on the calling thread. Yields to the loop before and after the work, where
    the threaded form would: between a commit and its announcement others get a turn."""

    def __init__(self, opening: _Opening) -> None:
        self._opening = opening
        self._raw = opening.open()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        await asyncio.sleep(0)
        try:
            return work(self._raw)
        finally:
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Work that still waits for its turn finds the connection closed: a simulation may
        close a store whose other tasks never run again."""
        try:
            self._raw.close()
        finally:
            self._opening.released()


_writers: set[Path] = set()
_writers_lock = threading.Lock()


def _claim_writer(path: Path) -> None:
    with _writers_lock:
        if path in _writers:
            raise RuntimeError(f"{path} already has a writing connection in this process")
        _writers.add(path)


def _release_writer(path: Path) -> None:
    with _writers_lock:
        _writers.discard(path)

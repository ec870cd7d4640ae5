"""A log file that no daemon needs to serve: opened read-only, never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from eventstore.connection import Connection, open_connection
from eventstore.grouped import Opened
from eventstore.layout import is_new, read_start
from eventstore.sqlite_reader import SqliteEvidence, SqliteReads
from eventstore.store import Damaged, Head, Listener, Verdict
from eventstore.verify import verify

_VERIFY_PAGE = 1_000


class LogFile(SqliteReads):
    """The events up to the head that the file had when it was opened."""

    def __init__(self, connection: Connection, start: Opened) -> None:
        self._reads = connection
        self._start = start

    @property
    def log_id(self) -> str:
        return self._start.log_id

    @property
    def head(self) -> Head:
        return self._start.head

    def listen(self, listener: Listener) -> None:
        """Nothing will be new."""

    async def verify(self) -> Verdict:
        """Walk every link of the chain, the digests and the head row."""
        return await verify(SqliteEvidence(self._reads), after=0, page_events=_VERIFY_PAGE)

    def _last_readable(self) -> int:
        return self.head.position


@asynccontextmanager
async def open_log(path: Path) -> AsyncIterator[LogFile]:
    """Raises FileNotFoundError, Damaged when the file is no log, LogNewer."""
    immutable = _is_immutable(path)
    with _told_as_damage(path):
        connection = await open_connection(path, inline=False, read_only=True, immutable=immutable)
    try:
        with _told_as_damage(path):
            start = await connection.run(_start)
        yield LogFile(connection, start)
    finally:
        await connection.close()


def _is_immutable(path: Path) -> bool:
    """A copy without its ``-wal`` is whole, and may lie where nothing can be written; one
    with it (copied together, or in use by a daemon) is read through it."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no log file at {path}")
    wal = path.with_name(f"{path.name}-wal")
    return not (wal.is_file() and wal.stat().st_size > 0)


def _start(raw: sqlite3.Connection) -> Opened:
    if is_new(raw):
        raise Damaged(0, "the file is empty, not a log")
    return read_start(raw)


@contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise Damaged(0, f"{path} cannot be read as a log: {error}") from error

"""The projections' own SQLite file: opened, judged, thrown away."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from eventstore.connection import Connection
from projections.log import Log
from projections.moments import event_at
from projections.projector import VERSION, Checkpoint

Open = Callable[[Path], Awaitable[Connection]]
"""``eventstore.connection.open_connection`` with everything but the path given."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_COMPANIONS = ("", "-wal", "-shm", "-journal")


def prepare(connection: sqlite3.Connection) -> None:
    """Pragmas: a lost flush costs nothing, it is projected again from the log."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file is not what it wrote."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def discard(path: Path) -> None:
    for companion in _COMPANIONS:
        path.with_name(path.name + companion).unlink(missing_ok=True)


async def why_useless(store: Log, checkpoint: Checkpoint | None) -> str | None:
    """Why rows with this checkpoint are not those of the log; None when they are."""
    if checkpoint is None:
        return "there are no read models yet"
    if checkpoint.version != VERSION:
        return "another release wrote them"
    if checkpoint.log_id != store.log_id:
        return "they belong to another log"
    if checkpoint.position > store.head.position:
        return "the log is older than they are"
    if checkpoint.position == 0:
        return None
    if (await event_at(store, checkpoint.position)).hash != checkpoint.hash:
        return "the log has another history than they have"
    return None

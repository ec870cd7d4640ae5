"""The file of a SQLite log: its format, its pragmas, how one is made and recognised."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from eventstore.chain import GENESIS
from eventstore.codec import known_class
from eventstore.grouped import Opened
from eventstore.settings import StoreSettings
from eventstore.sql import script, statements
from eventstore.store import Damaged, Head, LogNewer

FORMAT = 1
"""Of the tables; grows when an older release could not read them."""

APPLICATION = 0x506C6179
"""``Play``: marks the file as one of ours."""

_READ = statements("read")
_WRITE = statements("write")


def prepare_writer(raw: sqlite3.Connection, settings: StoreSettings) -> None:
    """Durable by every commit; erased bytes are overwritten, not only unlinked."""
    raw.execute(f"PRAGMA busy_timeout = {round(settings.busy_seconds * 1000)}")
    raw.execute("PRAGMA secure_delete = ON")
    raw.execute(f"PRAGMA cache_size = -{settings.cache_kib}")
    # SQLite does not report when such a checkpoint fails; the pages then stay in the WAL,
    # whose own sync was reported, and the next checkpoint writes them all again.
    raw.execute(f"PRAGMA wal_autocheckpoint = {settings.checkpoint_pages}")
    _set(raw, "journal_mode", "WAL", "wal")
    _set(raw, "synchronous", "FULL", 2)


def _set(raw: sqlite3.Connection, pragma: str, value: str, reads: object) -> None:
    raw.execute(f"PRAGMA {pragma} = {value}")
    actual = raw.execute(f"PRAGMA {pragma}").fetchone()[0]
    if actual != reads:
        raise RuntimeError(f"SQLite keeps {pragma} at {actual!r} where {value} was asked for")


def is_new(raw: sqlite3.Connection) -> bool:
    """Whether the file is still empty. Raises LogNewer or Damaged when it is no log that
    this release can use."""
    application = _pragma(raw, "application_id")
    version = _pragma(raw, "user_version")
    if application == APPLICATION and version > FORMAT:
        raise LogNewer(
            f"the log has format {version}, this release knows up to {FORMAT}: "
            "run the release that wrote it, or a later one"
        )
    if application == APPLICATION:
        return False
    if application or raw.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None:
        raise Damaged(0, "the file is a database, but not a log of this daemon")
    return True


def _pragma(raw: sqlite3.Connection, name: str) -> Any:
    return raw.execute(f"PRAGMA {name}").fetchone()[0]


def create(raw: sqlite3.Connection, log_id: str, created: int) -> None:
    """All tables of an empty log, in one transaction."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        for statement in script("schema").split(";\n"):
            if statement.strip():
                raw.execute(statement)
        raw.execute(_WRITE["new_meta"], (log_id, created))
        raw.execute(_WRITE["new_head"], GENESIS)
        raw.execute(f"PRAGMA application_id = {APPLICATION}")
        raw.execute(f"PRAGMA user_version = {FORMAT}")
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def read_start(raw: sqlite3.Connection) -> Opened:
    """What a start must know. Raises LogNewer when the log has events that only a later
    release can read."""
    for name, shape in raw.execute(_READ["forms"]).fetchall():
        known_class(name, shape)
    (log_id,) = raw.execute(_READ["meta"]).fetchone()
    (last_at,) = raw.execute(_READ["last_at"]).fetchone()
    return Opened(log_id, Head(*raw.execute(_READ["head"]).fetchone()), last_at)


def sync_directory(path: Path) -> None:
    """Make durable which files ``path`` (a directory) has."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

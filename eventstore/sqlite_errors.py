"""What SQLite raises, as what the port promises."""

from __future__ import annotations

import sqlite3

from eventstore.store import DiskFull, EventStoreError, NotWritten, WriteFailed

_FAILED = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_INTERNAL,
    sqlite3.SQLITE_PROTOCOL,
}


def as_store_error(error: Exception) -> EventStoreError:
    """DiskFull for want of room, WriteFailed when the file or the disk is at fault, else
    NotWritten: the events were refused and the log is as it was."""
    if isinstance(error, EventStoreError):
        return error
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    match code & 0xFF:  # the extended codes carry the primary one in their lowest byte
        case sqlite3.SQLITE_FULL:
            return DiskFull(
                "the disk is full: nothing of this was written; make room and try again"
            )
        case primary if primary in _FAILED:
            return WriteFailed(
                f"writing the log failed ({name}: {error}); it takes no more events until the "
                "daemon is started again, which copies the log into a new file first"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return NotWritten("another program holds the log's write lock; end it and try again")
        case _:
            return NotWritten(f"the events could not be written ({name}: {error})")

"""A log in memory, written out as the file that the SQLite store would have."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from eventstore.backup import finished_copy
from eventstore.connection import new_file
from eventstore.layout import create
from eventstore.memory_disk import MemoryDisk
from eventstore.sql import statements
from eventstore.store import Head

_WRITE = statements("write")


async def write_log(disk: MemoryDisk, path: Path) -> Head:
    """Raises FileExistsError, and Damaged when what was written does not verify."""

    async def write(partial: Path) -> None:
        with new_file(partial) as raw:
            create(raw, disk.log_id, disk.created)
            raw.execute("BEGIN")
            _fill(raw, disk)
            raw.execute("COMMIT")

    return await finished_copy(write, path, inline=True)


def _fill(raw: sqlite3.Connection, disk: MemoryDisk) -> None:
    raw.executemany(_WRITE["whole_event"], disk.rows)
    raw.executemany(_WRITE["stream"], [(*row, False) for row in disk.streams.values()])
    raw.executemany(
        _WRITE["request"],
        [(*key, *answered[:-1]) for key, answered in disk.requests.items()],
    )
    raw.executemany(_WRITE["salt"], disk.salts.items())
    raw.executemany(
        _WRITE["document"],
        [(digest, content, digest in disk.kept) for digest, content in disk.documents.items()],
    )
    raw.executemany(_WRITE["reference"], disk.references)
    raw.executemany(_WRITE["form"], {(row.type, row.shape) for row in disk.rows})
    raw.execute(_WRITE["head"], disk.head)

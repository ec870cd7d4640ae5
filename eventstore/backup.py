"""Copies of a log: one file without companions, synced, verified before it has its name."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from eventstore.connection import Connection, new_file, open_connection
from eventstore.layout import sync_directory
from eventstore.sql import statements
from eventstore.sqlite_reader import SqliteEvidence
from eventstore.store import Damaged, Head
from eventstore.verify import verify

_READ = statements("read")
_PAGES_PER_STEP = 512
_VERIFY_PAGE_EVENTS = 2_000


async def copy_log(source: Connection, path: Path, *, inline: bool) -> Head:
    """Copy to ``path`` what ``source`` sees now, while others append. ``source`` should be
    a connection of its own: it is busy until the copy is written. Raises FileExistsError,
    and Damaged when the copy does not verify; no file is left then."""

    async def write(partial: Path) -> None:
        await source.run(lambda raw: _copy(raw, partial))

    return await finished_copy(write, path, inline=inline)


async def finished_copy(
    write: Callable[[Path], Awaitable[None]], path: Path, *, inline: bool
) -> Head:
    """Let ``write`` make a log under a passing name; sync it, verify it, name it ``path``."""
    partial = _passing_name(path)
    try:
        await write(partial)
        _sync(partial)
        head = await _verified(partial, inline=inline)
        partial.rename(path)
        sync_directory(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return head


def _passing_name(path: Path) -> Path:
    if path.exists():
        raise FileExistsError(f"{path} exists already: a backup does not overwrite")
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    return partial


def _copy(raw: sqlite3.Connection, partial: Path) -> None:
    """An open read transaction holds the snapshot, so no append makes the copy start anew."""
    raw.execute("BEGIN")
    try:
        raw.execute(_READ["head"]).fetchone()
        with new_file(partial) as target:
            raw.backup(target, pages=_PAGES_PER_STEP)
            target.execute("PRAGMA journal_mode = DELETE")
    finally:
        raw.execute("ROLLBACK")


async def _verified(path: Path, *, inline: bool) -> Head:
    connection = await open_connection(path, inline=inline, read_only=True, immutable=True)
    try:
        evidence = SqliteEvidence(connection)
        verdict = await verify(evidence, after=0, page_events=_VERIFY_PAGE_EVENTS)
    finally:
        await connection.close()
    if not verdict.ok:
        raise Damaged(verdict.broken_at or 0, f"the copy does not verify: {verdict.problem}")
    return verdict.head


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

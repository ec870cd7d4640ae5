"""A start after a failed write: go on in a new file, never in the old one.

After a failed fsync Linux may drop dirty pages and still serve them from its cache, so
the old file can look whole and lose acknowledged events at the next power cut. A copy
whose every page was written and synced anew cannot.
"""

from __future__ import annotations

from pathlib import Path

from eventstore.backup import copy_log
from eventstore.connection import open_connection
from eventstore.guarding import FailureMarker
from eventstore.layout import sync_directory


async def recover(log: Path, marker: FailureMarker, *, inline: bool) -> None:
    """Copy ``log`` into a synced file, verify it, put it in place, remove the marker. A
    crash at any point leaves the marker, and the next start does it again. Raises Damaged
    when the copy does not verify; the old file stays as it is."""
    copy = log.with_name(f"{log.name}.recovered")
    copy.unlink(missing_ok=True)
    source = await open_connection(log, inline=inline, read_only=True)
    try:
        await copy_log(source, copy, inline=inline)
    finally:
        await source.close()
    _put_in_place(copy, log)
    marker.remove()


def _put_in_place(copy: Path, log: Path) -> None:
    """The old WAL goes last: until then old file and WAL together are the log, and over the
    copy it changes nothing, since the copy has all of it."""
    copy.replace(log)
    sync_directory(log.parent)
    for companion in ("-wal", "-shm"):
        log.with_name(log.name + companion).unlink(missing_ok=True)
    sync_directory(log.parent)

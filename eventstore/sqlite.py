"""The log in one SQLite file: the embedded default.

Three connections: one that writes and checkpoints (aiosqlite's thread, or the calling
thread with ``inline``), one for reads, and one for point lookups on the event loop's
thread. The last two are read-only.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from eventstore.backup import copy_log
from eventstore.chain import Chained
from eventstore.connection import Connection, open_connection
from eventstore.file_systems import mounts, network_type
from eventstore.grouped import Clock, GroupCommit, Opened
from eventstore.guarding import FailureMarker, LogLock
from eventstore.layout import create, is_new, prepare_writer, read_start, sync_directory
from eventstore.pending import Queued
from eventstore.recovery import recover
from eventstore.settings import StoreSettings
from eventstore.sqlite_errors import as_store_error
from eventstore.sqlite_lookups import PointLookups
from eventstore.sqlite_reader import SqliteEvidence, SqliteReads
from eventstore.store import (
    AnsweredRequest,
    Damaged,
    DiskFull,
    EventStoreError,
    Head,
    NotLocal,
    Verdict,
    WriteFailed,
)
from eventstore.verify import verify
from eventstore.writer import GroupWriter

T = TypeVar("T")


class SqliteEventStore(SqliteReads, GroupCommit):
    """``start`` raises NotLocal, LogLocked, LogNewer and Damaged. ``mounted``: the text of
    ``/proc/self/mountinfo``."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        inline: bool = False,
        settings: StoreSettings | None = None,
        random_bytes: Callable[[int], bytes] = os.urandom,
        mounted: Callable[[], str] = mounts,
    ) -> None:
        super().__init__(clock=clock, settings=settings or StoreSettings())
        self.path = path
        self._inline = inline
        self._random_bytes = random_bytes
        self._mounted = mounted
        self._lock = LogLock(path)
        self._marker = FailureMarker(path)
        self._connections: list[Connection] = []
        self._lookups: PointLookups | None = None

    async def _open(self) -> Opened:
        try:
            self._refuse_network()
            self._lock.take()
            if self._marker:
                await recover(self.path, self._marker, inline=self._inline)
            return await self._open_connections()
        except sqlite3.DatabaseError as error:
            await self._release()
            raise _refusal(self.path, error) from error
        except BaseException:
            await self._release()
            raise

    def _refuse_network(self) -> None:
        folder = self.path.parent
        kind = network_type(folder, self._mounted()) if self.settings.require_local_disk else None
        if kind is not None:
            raise NotLocal(
                f"{folder} lies on a network file system ({kind}), where SQLite cannot keep a log "
                "whole; choose a folder on a local disk, or set store.require_local_disk to false "
                "if no other machine can reach it"
            )

    async def _open_connections(self) -> Opened:
        self._write = await self._connect(prepare=self._prepare_writer)
        opened = await self._write.run(self._read_start)
        sync_directory(self.path.parent)
        self._reads = await self._connect(read_only=True)
        self._lookups = PointLookups(self.path)
        await self._verify_tail(opened.head)
        self._group_writer = GroupWriter(
            opened.head,
            spill_above=self.settings.spill_above_bytes,
            known_streams=self.settings.known_streams,
            random_bytes=self._random_bytes,
        )
        return opened

    async def _connect(
        self,
        *,
        read_only: bool = False,
        prepare: Callable[[sqlite3.Connection], object] | None = None,
    ) -> Connection:
        connection = await open_connection(
            self.path, inline=self._inline, read_only=read_only, prepare=prepare
        )
        self._connections.append(connection)
        return connection

    def _prepare_writer(self, raw: sqlite3.Connection) -> None:
        is_new(raw)  # refuses what is no log before a pragma changes it
        prepare_writer(raw, self.settings)

    def _read_start(self, raw: sqlite3.Connection) -> Opened:
        if is_new(raw):
            create(raw, self._random_bytes(16).hex(), self._clock())
        return read_start(raw)

    async def _verify_tail(self, head: Head) -> None:
        after = max(0, head.position - self.settings.verify_tail_events)
        evidence = SqliteEvidence(self._reads)
        page_events = self.settings.page_events
        verdict = await verify(evidence, after=after, page_events=page_events, chain_only=True)
        if not verdict.ok:
            raise Damaged(
                verdict.broken_at or 0,
                f"{verdict.problem}; {self.path} is not what was written: "
                "start from a backup, or examine a copy of the file",
            )

    async def _release(self) -> None:
        """Readers first: the writer's close is the last and folds the WAL into the file."""
        connections, self._connections = self._connections, []
        lookups, self._lookups = self._lookups, None
        try:
            if lookups is not None:
                lookups.close()
            for connection in reversed(connections):
                await connection.close()
        finally:
            self._lock.release()

    async def _commit(self, group: Sequence[Queued]) -> Chained:
        return await self._written(lambda raw: self._group_writer.commit(raw, group))

    async def _written(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._write.run(work)
        except Exception as error:
            told = as_store_error(error)
            if isinstance(told, WriteFailed):
                told = self._marked(told)
            raise told from error

    def _marked(self, error: WriteFailed) -> WriteFailed:
        try:
            self._marker.leave(str(error))
        except OSError as refused:
            return WriteFailed(
                f"{error}; the note about it could not be written either ({refused}): before "
                f"the next start, create the file {self.marker_path}"
            )
        return error

    @property
    def marker_path(self) -> Path:
        return self._marker.path

    def _stored_request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        return self._looking_up().request(actor, request_id)

    def _stored_sequence(self, stream: str) -> int:
        return self._looking_up().sequence(stream)

    def _looking_up(self) -> PointLookups:
        if self._lookups is None:
            raise EventStoreError("the log is not open")
        return self._lookups

    def _last_readable(self) -> int:
        return self.head.position

    async def _scrub(self) -> None:
        """Fold the WAL, which has the erased pages as they were, into the file. A reader's
        snapshot (a backup, say) can hold that up; appends go on meanwhile."""
        while not await self._written(_checkpointed):  # noqa: ASYNC110 - SQLite tells nobody
            await asyncio.sleep(self.settings.scrub_retry_seconds)

    async def backup(self, path: Path) -> Head:
        async with self._own_reader() as source:
            return await copy_log(source, path, inline=self._inline)

    async def verify(self, *, after: int = 0) -> Verdict:
        async with self._own_reader() as source:
            evidence = SqliteEvidence(source)
            return await verify(evidence, after=after, page_events=self.settings.page_events)

    @asynccontextmanager
    async def _own_reader(self) -> AsyncIterator[Connection]:
        """For long reads, so that short ones need not wait behind them."""
        connection = await self._connect(read_only=True)
        try:
            yield connection
        finally:
            if connection in self._connections:
                self._connections.remove(connection)
            await connection.close()


def _refusal(path: Path, error: sqlite3.DatabaseError) -> EventStoreError:
    told = as_store_error(error)
    if isinstance(told, DiskFull):
        return told
    return Damaged(0, f"{path} cannot be opened as a log: {error}")


def _checkpointed(raw: sqlite3.Connection) -> bool:
    """Whether the whole WAL went into the file; False at once when a reader needs it."""
    waits = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.execute(f"PRAGMA busy_timeout = {waits}")
    return not busy

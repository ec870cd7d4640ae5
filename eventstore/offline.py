"""A log file read where no daemon runs: for audit and replay on a copy.

Takes no lock and appends nothing: what would write raises ReadOnly. A file whose ``-wal``
companion lies beside it is read together with it (SQLite may leave a ``-shm`` there); a
single file is not touched in any way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from eventstore.backup import copy_log
from eventstore.chain import GENESIS
from eventstore.connection import Connection, open_connection
from eventstore.layout import is_new, read_start
from eventstore.settings import StoreSettings
from eventstore.sqlite_lookups import PointLookups
from eventstore.sqlite_reader import SqliteEvidence, SqliteReads
from eventstore.store import (
    AnsweredRequest,
    Appended,
    Batch,
    Damaged,
    EventStoreError,
    Head,
    Listener,
    ReadOnly,
    Recorded,
    StoreState,
    Verdict,
)
from eventstore.verify import verify

_WHY = "the log is opened for reading only; append through the daemon that owns it"


class OfflineLog(SqliteReads):
    """The port over a file that nobody appends to. ``start`` raises FileNotFoundError,
    LogNewer and Damaged; it verifies nothing by itself: call ``verify``."""

    before_flush: Callable[[], None]
    """Never called: nothing is flushed."""

    def __init__(self, path: Path, *, settings: StoreSettings | None = None) -> None:
        self.path = path
        self.settings = settings or StoreSettings()
        self._head = GENESIS
        self._log_id = ""
        self._last_at = 0
        self._opened: Connection | None = None
        self._lookups: PointLookups | None = None

    async def start(self) -> None:
        alone = _stands_alone(self.path)
        try:
            self._reads = self._opened = await open_connection(
                self.path, inline=False, read_only=True, immutable=alone
            )
            await self._reads.run(self._read_start)
            self._lookups = PointLookups(self.path, immutable=alone)
        except sqlite3.DatabaseError as error:
            await self.close()
            raise Damaged(0, f"{self.path} cannot be opened as a log: {error}") from error
        except BaseException:
            await self.close()
            raise

    def _read_start(self, raw: sqlite3.Connection) -> None:
        if is_new(raw):
            raise Damaged(0, f"{self.path} is empty")
        self._log_id, self._head, self._last_at = read_start(raw)

    async def close(self) -> None:
        lookups, self._lookups = self._lookups, None
        if lookups is not None:
            lookups.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    @property
    def log_id(self) -> str:
        return self._log_id

    @property
    def state(self) -> StoreState:
        return StoreState(mode="read-only", why=_WHY)

    @property
    def head(self) -> Head:
        return self._head

    @property
    def next_position(self) -> int:
        return self._head.position + 1

    @property
    def queued_bytes(self) -> int:
        return 0

    def now(self) -> int:
        """The time of the last event: an offline log has no clock."""
        return self._last_at

    def append(self, batch: Batch) -> Appended:
        raise ReadOnly(_WHY)

    async def erase(self, stream: str, *, actor: str, why: str) -> Appended:
        raise ReadOnly(_WHY)

    def listen(self, listener: Listener) -> None:
        """There is nothing to hear."""

    async def durable(self, position: int) -> None:
        if position > self._head.position:
            raise ValueError(f"position {position} is not queued")

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        return self._looking_up().request(actor, request_id)

    def sequence(self, stream: str) -> int:
        return self._looking_up().sequence(stream)

    async def follow(self, *, after: int) -> AsyncIterator[Sequence[Recorded]]:
        """History only: it ends at the head."""
        while page := await self.read_all(after=after, limit=self.settings.page_events):
            yield page
            after = page[-1].position

    async def backup(self, path: Path) -> Head:
        return await copy_log(self._reads, path, inline=False)

    async def verify(self, *, after: int = 0) -> Verdict:
        evidence = SqliteEvidence(self._reads)
        return await verify(evidence, after=after, page_events=self.settings.page_events)

    def _last_readable(self) -> int:
        return self._head.position

    def _looking_up(self) -> PointLookups:
        if self._lookups is None:
            raise EventStoreError("the log is not open")
        return self._lookups


def _stands_alone(path: Path) -> bool:
    """Raises FileNotFoundError."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file")
    return not path.with_name(f"{path.name}-wal").exists()

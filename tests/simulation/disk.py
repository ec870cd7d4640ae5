"""The disk under the daemon: how long commits take, which fail, and where the power goes.

``Disk`` outlives the daemon as a disk does. Its stores are the real ones with a seam around
one method, the commit of a group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from daemon.vault import MemoryDrawer
from eventstore.chain import Chained
from eventstore.memory import MemoryEventStore
from eventstore.memory_disk import MemoryDisk
from eventstore.pending import Queued
from eventstore.settings import StoreSettings
from eventstore.sqlite import SqliteEventStore
from eventstore.store import EventStoreError

Commit = Callable[[Sequence[Queued]], Awaitable[Chained]]
Store = MemoryEventStore | SqliteEventStore

BACKENDS = ("memory", "sqlite")


class Disk:
    """``commits`` counts the groups that were written. ``crash_after`` n: the power goes
    when the n-th group is durable and nobody has been told of it yet."""

    def __init__(self, backend: str, folder: Path, random: Random, *, slowest: float = 0) -> None:
        self.folder = folder
        self.commits = 0
        self.tries = 0
        self.failures: dict[int, EventStoreError] = {}
        """Which try of a commit fails (1, 2, 3 …), and how."""
        self.crash_after: int | None = None
        self.crashed = asyncio.Event()
        self.on_crash: Callable[[], None] = lambda: None
        self.slowest = slowest
        """A commit takes up to this many seconds."""
        self._backend = backend
        self._random = random
        self._memory = MemoryDisk()
        self.key, self.sealed = MemoryDrawer(), MemoryDrawer()
        """The vault's."""
        self.vault_writes = 0
        self.crash_around_vault_write: tuple[int, bool] | None = None
        """Which write of the vault the power goes at, and whether that was still written."""

    def store(self, clock: Callable[[], int], settings: StoreSettings) -> Store:
        if self._backend == "memory":
            return _Memory(
                self,
                clock=clock,
                disk=self._memory,
                settings=settings,
                random_bytes=self._random.randbytes,
            )
        return _Sqlite(
            self,
            self.folder / "log.db",
            clock=clock,
            inline=True,
            settings=settings,
            random_bytes=self._random.randbytes,
        )

    async def commit(self, write: Commit, group: Sequence[Queued]) -> Chained:
        self.tries += 1
        failure = self.failures.pop(self.tries, None)
        await self._wait()
        if failure is not None:
            raise failure
        chained = await write(group)
        self.commits += 1
        if self.commits == self.crash_after:
            self.on_crash()
            self.crashed.set()
            await asyncio.get_running_loop().create_future()
        await self._wait()
        return chained

    async def write_vault(self, write: Callable[[], None]) -> None:
        self.vault_writes += 1
        number, written = self.crash_around_vault_write or (0, False)
        await self._wait()
        if self.vault_writes != number or written:
            write()
        if self.vault_writes == number:
            self.on_crash()
            self.crashed.set()
            await asyncio.get_running_loop().create_future()

    async def _wait(self) -> None:
        if self.slowest:
            await asyncio.sleep(round(self._random.uniform(0, self.slowest), 6))


class _Memory(MemoryEventStore):
    def __init__(self, under: Disk, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._under = under

    async def _commit(self, group: Sequence[Queued]) -> Chained:
        return await self._under.commit(super()._commit, group)


class _Sqlite(SqliteEventStore):
    def __init__(self, under: Disk, path: Path, **arguments: Any) -> None:
        super().__init__(path, **arguments)
        self._under = under

    async def _commit(self, group: Sequence[Queued]) -> Chained:
        return await self._under.commit(super()._commit, group)

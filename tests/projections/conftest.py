from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from eventstore.memory import MemoryEventStore
from eventstore.memory_disk import MemoryDisk
from eventstore.sqlite import SqliteEventStore
from tests.projections.histories import START


def clock() -> Callable[[], int]:
    ticks = count(START)
    return lambda: next(ticks)


@pytest.fixture
def disk() -> MemoryDisk:
    return MemoryDisk()


@pytest.fixture
async def store(disk: MemoryDisk) -> AsyncIterator[MemoryEventStore]:
    store = MemoryEventStore(clock=clock(), disk=disk)
    await store.start()
    yield store
    await store.close()


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[SqliteEventStore]:
    store = SqliteEventStore(tmp_path / "log.sqlite", clock=clock())
    await store.start()
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "projections.sqlite"

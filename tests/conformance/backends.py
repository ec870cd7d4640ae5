"""The back ends that the suite runs over, and what its tests say about them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eventstore.events import Event, JobPaused, JobResumed
from eventstore.grouped import GroupCommit
from eventstore.memory import MemoryEventStore
from eventstore.memory_disk import MemoryDisk
from eventstore.pending import Queued
from eventstore.settings import StoreSettings
from eventstore.sqlite import SqliteEventStore
from eventstore.store import Appended, Batch, Entry, EventStoreError, Recorded

KINDS = ("memory", "sqlite", "inline")


class ManualClock:
    def __init__(self, time: int = 1_000_000) -> None:
        self.time = time

    def __call__(self) -> int:
        return self.time


class Backend:
    """One log and the stores that are opened on it, one after another."""

    def __init__(self, kind: str, folder: Path, settings: StoreSettings | None = None) -> None:
        self.kind = kind
        self.path = folder / "log.db"
        self.clock = ManualClock()
        self.settings = settings or StoreSettings()
        self._disk = MemoryDisk()
        self._random = random.Random(7)
        self._opened: list[GroupCommit] = []

    def make(self) -> Any:
        """A store that is not started yet."""
        if self.kind == "memory":
            return MemoryEventStore(
                clock=self.clock,
                disk=self._disk,
                settings=self.settings,
                random_bytes=self._random.randbytes,
            )
        return SqliteEventStore(
            self.path,
            clock=self.clock,
            inline=self.kind == "inline",
            settings=self.settings,
            random_bytes=self._random.randbytes,
        )

    async def open(self) -> Any:
        store = self.make()
        self._opened.append(store)
        await store.start()
        return store

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.groups: list[Sequence[Recorded]] = []
        self.failures: list[tuple[int, EventStoreError]] = []

    def on_durable(self, events: Sequence[Recorded]) -> None:
        self.groups.append(events)

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        self.failures.append((first_lost, error))

    @property
    def events(self) -> list[Recorded]:
        return [event for group in self.groups for event in group]


def put(
    store: Any, stream: str, expected: int, *events: Event, actor: str = "uid:1/ann", **more: Any
) -> Appended:
    """Append ``events`` (one JobResumed if none are given) to one stream."""
    of_batch = {name: more.pop(name) for name in tuple(more) if name in Batch.__struct_fields__}
    entry = Entry(stream=stream, expected=expected, events=events or (JobResumed(),), **more)
    appended: Appended = store.append(
        Batch(entries=(entry,), at=store.now(), actor=actor, **of_batch)
    )
    return appended


def guarded(store: Any, guard: str, stands_at: int, stream: str, expected: int) -> Appended:
    """Append to ``stream`` only while ``guard`` stands at ``stands_at``."""
    entries = (
        Entry(stream=guard, expected=stands_at),
        Entry(stream=stream, expected=expected, events=(JobResumed(),)),
    )
    appended: Appended = store.append(Batch(entries=entries, at=store.now(), actor="uid:1/ann"))
    return appended


def paused(reason: Any) -> JobPaused:
    """An event with user data."""
    return JobPaused(reason=reason)


async def settled(store: Any) -> None:
    """Everything queued is durable."""
    await store.durable(store.next_position - 1)


def fail_next_commit(store: GroupCommit, error: EventStoreError) -> None:
    """The next group fails with ``error`` instead of being written."""
    commit = store._commit

    async def failing(group: Sequence[Queued]) -> Any:
        store._commit = commit  # type: ignore[method-assign]
        await asyncio.sleep(0)
        raise error

    store._commit = failing  # type: ignore[method-assign]

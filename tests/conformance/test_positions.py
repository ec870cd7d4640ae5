"""Whatever happens, positions are 1, 2, 3 … and the log says what was acknowledged."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstore.settings import StoreSettings
from eventstore.store import Conflict, DiskFull
from tests.conformance.backends import KINDS, Backend, Heard, fail_next_commit, paused, put, settled

STREAMS = st.sampled_from(["job/1", "job/2", "workflow/w"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), STREAMS, st.integers(1, 3)),
        st.tuples(st.just("stale"), STREAMS, st.integers(1, 3)),
        st.tuples(st.just("erase"), STREAMS),
        st.sampled_from([("turn",), ("settle",), ("fail",), ("reopen",), ("kill",)]),
    ),
    max_size=25,
)


class Life:
    """A log that lives through ``STEPS``, and what its listener was told."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.backend = Backend(kind, folder, StoreSettings(group_events=4, spill_above_bytes=30))
        self.told = Heard()
        self.count = 0

    async def live(self, steps: list[tuple[Any, ...]]) -> None:
        try:
            await self.open()
            for step, *rest in steps:
                await getattr(self, step)(*rest)
            await self.settle()
            await self.check()
        finally:
            await self.backend.close()

    async def open(self) -> None:
        self.store = await self.backend.open()
        self.store.listen(self.told)

    async def append(self, stream: str, events: int) -> None:
        self.count += 1
        values = [paused("v" * self.count) for _ in range(events)]
        put(self.store, stream, self.store.sequence(stream), *values)

    async def stale(self, stream: str, by: int) -> None:
        with pytest.raises(Conflict):
            put(self.store, stream, self.store.sequence(stream) + by)

    async def erase(self, stream: str) -> None:
        if self.store.sequence(stream):
            await self.store.erase(stream, actor="a", why="w")

    async def turn(self) -> None:
        await asyncio.sleep(0)

    async def settle(self) -> None:
        await settled(self.store)

    async def fail(self) -> None:
        fail_next_commit(self.store, DiskFull("full"))
        put(self.store, "job/lost", self.store.sequence("job/lost"))
        with pytest.raises(DiskFull):
            await settled(self.store)

    async def reopen(self) -> None:
        await self.store.close()
        await self.open()

    async def kill(self) -> None:
        """Nothing is in flight: of what is, nobody knows whether it landed."""
        await self.settle()
        put(self.store, "job/lost", self.store.sequence("job/lost"))
        await self.store.abandon()
        await self.open()

    async def check(self) -> None:
        stored = await self.store.read_all(limit=10_000)
        assert [event.position for event in stored] == list(range(1, len(stored) + 1))
        assert [event.hash for event in stored] == [event.hash for event in self.told.events]
        for stream in {event.stream for event in stored}:
            sequences = [event.sequence for event in await self.store.read(stream)]
            assert sequences == list(range(1, len(sequences) + 1))
            assert self.store.sequence(stream) == len(sequences)
        verdict = await self.store.verify()
        assert verdict.problem is None
        assert verdict.events == len(stored)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_gap_and_no_reuse(kind: str, steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(Life(kind, Path(folder)).live(steps))

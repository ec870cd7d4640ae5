"""Erased means gone from the disk, not only from the tables."""

from __future__ import annotations

import asyncio
from typing import Any

from eventstore.settings import StoreSettings
from tests.conformance.backends import Backend, paused, put, settled

CANARIES = [f"canary-{number}-" + "c" * (number * 97 % 5_000) for number in range(200)]


def traces(backend: Backend) -> list[str]:
    """Files of the log that still hold a canary."""
    files = backend.path.parent.glob("log.db*")
    return [path.name for path in files if b"canary-" in path.read_bytes()]


async def fill(store: Any) -> None:
    """Other streams between, rows of all sizes, several groups."""
    sequence = 0
    for number, canary in enumerate(CANARIES):
        put(store, "job/secret", sequence, paused(canary))
        put(store, f"job/{number}", 0, paused("harmless" * (number % 50)))
        sequence += 1
        if number % 20 == 0:
            await settled(store)
    put(store, "job/secret", sequence, paused("canary-" + "l" * 50_000))
    await settled(store)


async def test_no_byte_of_it_is_left(backend: Backend) -> None:
    backend.settings = StoreSettings(checkpoint_pages=50)
    store = await backend.open()
    await fill(store)
    assert traces(backend)
    await store.erase("job/secret", actor="uid:1/ann", why="asked to")
    assert traces(backend) == []
    assert (await store.verify()).ok


async def test_a_reader_holds_up_the_removal_but_not_the_appends(backend: Backend) -> None:
    backend.settings = StoreSettings(scrub_retry_seconds=0.001)
    store = await backend.open()
    await fill(store)
    reader = await store._connect(read_only=True)
    await reader.run(lambda raw: raw.execute("BEGIN"))
    await reader.run(lambda raw: raw.execute("SELECT count(*) FROM events").fetchone())

    erasing = asyncio.ensure_future(store.erase("job/secret", actor="a", why="w"))
    await asyncio.sleep(0)
    put(store, "job/other", 0, paused("goes on"))
    await settled(store)
    assert not erasing.done()
    await reader.run(lambda raw: raw.execute("ROLLBACK"))
    await erasing
    assert traces(backend) == []

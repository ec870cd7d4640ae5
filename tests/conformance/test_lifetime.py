from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.store import Head, StoreState
from tests.conformance.backends import Backend, Heard, paused, put, settled


async def test_an_empty_log(store: Any) -> None:
    assert store.head == Head(0, bytes(32), 1)
    assert store.next_position == 1
    assert store.state == StoreState()
    assert len(store.log_id) == 32
    assert await store.read_all(limit=10) == []
    assert (await store.verify()).ok


async def test_a_log_goes_on_after_a_restart(backend: Backend) -> None:
    first = await backend.open()
    put(first, "job/1", 0, paused("a"))
    await settled(first)
    await first.close()
    store = await backend.open()
    assert store.log_id == first.log_id
    assert store.head == first.head
    put(store, "job/1", 1, paused("b"))
    await settled(store)
    assert [event.event.reason for event in await store.read("job/1")] == ["a", "b"]
    assert (await store.verify()).ok


async def test_close_commits_what_is_queued(backend: Backend) -> None:
    store = await backend.open()
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0)
    waiting = asyncio.ensure_future(store.durable(1))
    await store.close()
    await waiting
    assert len(heard.events) == 1
    assert (await backend.open()).head.position == 1


async def test_close_is_safe_before_start_and_twice(backend: Backend) -> None:
    never = backend.make()
    await never.close()
    store = await backend.open()
    await asyncio.gather(store.close(), store.close())
    await store.close()


async def test_a_cancelled_close_still_closes(backend: Backend) -> None:
    store = await backend.open()
    put(store, "job/1", 0)
    closing = asyncio.ensure_future(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    await store.close()
    assert (await backend.open()).head.position == 1


async def test_start_twice_is_refused(store: Any) -> None:
    with pytest.raises(RuntimeError, match="started already"):
        await store.start()


async def test_an_abandoned_store_leaves_what_was_durable(backend: Backend) -> None:
    store = await backend.open()
    heard = Heard()
    put(store, "job/1", 0)
    await settled(store)
    store.listen(heard)
    put(store, "job/1", 1)
    await store.abandon()
    assert heard.groups == []
    assert heard.failures == []
    again = await backend.open()
    assert again.head.position == 1
    put(again, "job/1", 1)
    await settled(again)
    assert (await again.verify()).ok


async def test_time_never_goes_back(backend: Backend) -> None:
    store = await backend.open()
    backend.clock.time = 5_000_000
    put(store, "job/1", 0)
    backend.clock.time = 4_000_000
    assert store.now() == 5_000_000
    put(store, "job/1", 1)
    await settled(store)
    await store.close()
    again = await backend.open()
    assert again.now() == 5_000_000
    put(again, "job/1", 2)
    backend.clock.time = 6_000_000
    put(again, "job/1", 3)
    await settled(again)
    times = [event.at for event in await again.read("job/1")]
    assert times == [5_000_000, 5_000_000, 5_000_000, 6_000_000]

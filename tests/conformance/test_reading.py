from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from eventstore.settings import StoreSettings
from eventstore.store import Lagging, Recorded
from tests.conformance.backends import Backend, paused, put, settled


def positions(events: Sequence[Recorded]) -> list[int]:
    return [event.position for event in events]


async def mixed(store: Any) -> None:
    """Positions 1, 3, 5 … in job/1, even ones in workflow/w."""
    for number in range(5):
        put(store, "job/1", number)
        put(store, "workflow/w", number)
    await settled(store)


async def test_read_is_one_stream_in_order(store: Any) -> None:
    await mixed(store)
    assert positions(await store.read("job/1")) == [1, 3, 5, 7, 9]
    assert positions(await store.read("job/1", after=3)) == [7, 9]
    assert positions(await store.read("job/1", after=1, limit=2)) == [3, 5]
    assert await store.read("job/unknown") == []
    assert await store.read("job/1", after=5) == []


async def test_read_all_is_the_log_in_order(store: Any) -> None:
    await mixed(store)
    assert positions(await store.read_all(limit=3)) == [1, 2, 3]
    assert positions(await store.read_all(after=8, limit=100)) == [9, 10]
    assert await store.read_all(after=10, limit=100) == []


async def test_read_all_of_a_prefix(store: Any) -> None:
    await mixed(store)
    assert positions(await store.read_all(limit=100, streams="workflow/")) == [2, 4, 6, 8, 10]
    assert positions(await store.read_all(after=2, limit=2, streams="workflow/")) == [4, 6]
    assert positions(await store.read_all(limit=2, streams="job/")) == [1, 3]
    assert await store.read_all(limit=100, streams="task-type/") == []


async def test_read_all_of_a_prefix_with_many_streams(store: Any) -> None:
    for number in range(1_200):
        put(store, f"job/{number}", 0)
    put(store, "workflow/w", 0)
    await settled(store)
    assert positions(await store.read_all(after=1_190, limit=100, streams="job/")) == list(
        range(1_191, 1_201)
    )


async def test_documents_are_kept_by_digest(backend: Backend) -> None:
    from eventstore.codec import document_digest

    store = await backend.open()
    definition = b'{"steps": []}'
    digest = document_digest(definition)
    with pytest.raises(LookupError, match=digest):
        await store.document(digest)
    put(store, "workflow/w", 0, documents={digest: definition})
    put(store, "workflow/w", 1, documents={digest: definition})
    await settled(store)
    assert await store.document(digest) == definition
    await store.close()
    again = await backend.open()
    assert await again.document(digest) == definition


async def test_user_data_is_no_document(store: Any) -> None:
    from eventstore.codec import document_digest

    text = "x" * 40_000
    put(store, "job/1", 0, paused(text))
    await settled(store)
    with pytest.raises(LookupError):
        await store.document(document_digest(b'"%b"' % text.encode()))


async def follow(store: Any, after: int, through: int) -> list[int]:
    seen: list[int] = []
    async for group in store.follow(after=after):
        seen += positions(group)
        if seen[-1] >= through:
            break
    return seen


@pytest.mark.parametrize("after", [0, 1, 7, 10])
async def test_follow_has_no_seam(backend: Backend, after: int) -> None:
    backend.settings = StoreSettings(page_events=3)
    store = await backend.open()
    await mixed(store)
    following = asyncio.ensure_future(follow(store, after, 60))
    for number in range(5, 30):
        put(store, "job/1", number)
        put(store, "workflow/w", number)
        await asyncio.sleep(0)
    assert await following == list(range(after + 1, 61))


async def test_follow_from_beyond_the_head_waits_for_it(store: Any) -> None:
    await mixed(store)
    following = asyncio.ensure_future(follow(store, 12, 13))
    await asyncio.sleep(0)
    for number in range(5, 9):
        put(store, "job/1", number)
        await settled(store)
    assert (await following)[0] == 13


async def test_a_follower_that_lags_is_cut_off_with_the_place_to_resume(
    backend: Backend,
) -> None:
    backend.settings = StoreSettings(follow_events=5)
    store = await backend.open()
    put(store, "job/1", 0)
    await settled(store)
    follower = store.follow(after=0)
    assert positions(await anext(follower)) == [1]
    put(store, "job/1", 1)
    live = asyncio.ensure_future(anext(follower))
    await settled(store)
    assert positions(await live) == [2]
    for number in range(2, 9):
        put(store, "job/1", number)
        await settled(store)
    with pytest.raises(Lagging) as cut:
        await anext(follower)
    assert cut.value.resume_after == 2
    assert await follow(store, cut.value.resume_after, 9) == list(range(3, 10))


async def test_a_follower_ends_with_the_log(backend: Backend) -> None:
    store = await backend.open()
    following = asyncio.ensure_future(follow(store, 0, 100))
    put(store, "job/1", 0)
    await settled(store)
    await store.close()
    assert await following == [1]


async def test_a_follower_does_not_see_what_failed(store: Any) -> None:
    from eventstore.store import DiskFull
    from tests.conformance.backends import fail_next_commit

    following = asyncio.ensure_future(follow(store, 0, 2))
    put(store, "job/1", 0)
    await settled(store)
    fail_next_commit(store, DiskFull("full"))
    put(store, "job/1", 1)
    put(store, "job/1", 2)
    with pytest.raises(DiskFull):
        await settled(store)
    put(store, "job/1", 1)
    assert await following == [1, 2]

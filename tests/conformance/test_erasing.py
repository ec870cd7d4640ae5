"""Erasing user data leaves every fold and the chain as they were."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.codec import document_digest
from eventstore.events import TaskDecided, TaskStarted, TaskStatus, ValuesErased
from eventstore.settings import StoreSettings
from eventstore.store import DiskFull
from tests.conformance.backends import Backend, fail_next_commit, paused, put, settled

LARGE = "secret-" * 4_000


async def test_the_values_are_gone_and_the_structure_stays(backend: Backend) -> None:
    store = await backend.open()
    decided = TaskDecided(task=1, status=TaskStatus.FAILED, output={"a": "secret"})
    put(store, "job/1", 0, paused("secret"), TaskStarted(task=1, worker="w", session="s"), decided)
    put(store, "job/2", 0, paused("kept"))
    await settled(store)
    hashes = [event.hash for event in await store.read_all(limit=10)]

    appended = await store.erase("job/1", actor="uid:1/ann", why="asked to")

    async def check(reader: Any) -> None:
        marked = {"$erased": appended.first}
        first, started, third = await reader.read("job/1")
        assert first.event == paused(marked)
        assert started.event == TaskStarted(task=1, worker="w", session="s")
        assert third.event == TaskDecided(task=1, status=TaskStatus.FAILED, output=marked)
        assert (await reader.read("job/2"))[0].event == paused("kept")
        assert [event.hash for event in await reader.read_all(limit=4)] == hashes
        assert (await reader.verify()).ok

    await check(store)
    await store.close()
    await check(await backend.open())


async def test_who_and_why_is_in_the_log(store: Any) -> None:
    put(store, "job/1", 0, paused("a"), paused("b"))
    appended = await store.erase("job/1", actor="uid:1/ann", why="asked to")
    [event] = await store.read_all(after=appended.first - 1, limit=10)
    assert event.event == ValuesErased(stream="job/1", through=2, why="asked to")
    assert event.actor == "uid:1/ann"
    assert event.stream == "erasure/job/1"


async def test_what_is_queued_is_erased_too_and_what_follows_is_kept(store: Any) -> None:
    put(store, "job/1", 0, paused("old"))
    erasing = asyncio.ensure_future(store.erase("job/1", actor="a", why="w"))
    await asyncio.sleep(0)
    put(store, "job/1", 1, paused("new"))
    appended = await erasing
    await settled(store)
    assert [event.event.reason for event in await store.read("job/1")] == [
        {"$erased": appended.first},
        "new",
    ]
    assert (await store.verify()).ok


async def test_a_stream_can_be_erased_again(store: Any) -> None:
    put(store, "job/1", 0, paused("one"))
    first = await store.erase("job/1", actor="a", why="w")
    put(store, "job/1", 1, paused("two"))
    second = await store.erase("job/1", actor="a", why="w")
    assert [event.event.reason for event in await store.read("job/1")] == [
        {"$erased": first.first},
        {"$erased": second.first},
    ]
    assert (await store.verify()).ok


async def test_large_values_go_with_their_last_reference(store: Any) -> None:
    put(store, "job/1", 0, paused(LARGE))
    put(store, "job/2", 0, paused(LARGE), paused("small"))
    await settled(store)
    first = await store.erase("job/1", actor="a", why="w")
    assert (await store.read("job/1"))[0].event.reason == {"$erased": first.first}
    assert (await store.read("job/2"))[0].event.reason == LARGE
    assert (await store.verify()).ok
    second = await store.erase("job/2", actor="a", why="w")
    assert (await store.read("job/2"))[0].event.reason == {"$erased": second.first}
    assert (await store.verify()).ok


async def test_a_document_with_the_same_content_stays(store: Any) -> None:
    content = b'"%b"' % LARGE.encode()
    digest = document_digest(content)
    put(store, "job/1", 0, paused(LARGE))
    put(store, "workflow/w", 0, documents={digest: content})
    await settled(store)
    await store.erase("job/1", actor="a", why="w")
    assert await store.document(digest) == content


async def test_user_data_that_looks_like_a_reference_is_user_data(backend: Backend) -> None:
    backend.settings = StoreSettings(spill_above_bytes=20)
    store = await backend.open()
    digest = document_digest(b'"' + b"y" * 30 + b'"')
    lookalike = {"reason": digest}
    put(store, "job/1", 0, paused("y" * 30), paused(lookalike), paused({"$erased": 1}))
    await settled(store)
    reasons = [event.event.reason for event in await store.read("job/1")]
    assert reasons == ["y" * 30, lookalike, {"$erased": 1}]


async def test_a_stream_that_is_not_there(store: Any) -> None:
    with pytest.raises(LookupError, match="job/1"):
        await store.erase("job/1", actor="a", why="w")


async def test_an_erasure_that_fails_erases_nothing(store: Any) -> None:
    put(store, "job/1", 0, paused("kept"))
    await settled(store)
    fail_next_commit(store, DiskFull("full"))
    with pytest.raises(DiskFull):
        await store.erase("job/1", actor="a", why="w")
    assert (await store.read("job/1"))[0].event == paused("kept")
    put(store, "job/1", 1, paused("more"))
    await settled(store)
    assert (await store.verify()).ok


async def test_verify_is_not_misled_by_an_erasure_under_way(backend: Backend) -> None:
    backend.settings = StoreSettings(page_events=1, spill_above_bytes=20)
    store = await backend.open()
    for sequence in range(30):
        put(store, "job/1", sequence, paused("y" * sequence))
    await settled(store)
    verifying = asyncio.ensure_future(store.verify())
    for _ in range(10):
        await asyncio.sleep(0)
    await store.erase("job/1", actor="a", why="w")
    assert (await verifying).problem is None

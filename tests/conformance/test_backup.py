from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.codec import document_digest
from eventstore.offline import OfflineLog
from eventstore.sqlite import SqliteEventStore
from eventstore.store import Conflict, ReadOnly, Request
from tests.conformance.backends import Backend, paused, put, settled

DOCUMENT = b'{"a": 1}'


async def fill(store: Any) -> None:
    put(store, "job/1", 0, paused("small"), open=True, due_at=9, request=Request(request_id="r"))
    put(store, "job/2", 0, paused("y" * 40_000))
    put(store, "job/3", 0, paused("secret"), documents={document_digest(DOCUMENT): DOCUMENT})
    await settled(store)
    await store.erase("job/3", actor="a", why="w")


async def test_a_backup_is_a_log_that_goes_on(backend: Backend) -> None:
    store = await backend.open()
    await fill(store)
    copy = backend.path.with_name("copy.db")
    head = await store.backup(copy)
    assert head == store.head
    events = await store.read_all(limit=100)
    await store.close()

    restored = SqliteEventStore(copy, clock=backend.clock)
    await restored.start()
    try:
        assert restored.log_id == store.log_id
        assert await restored.read_all(limit=100) == events
        answered = restored.request("uid:1/ann", "r")
        assert answered is not None
        assert answered.first == 1
        row = await restored.stream_row("job/1")
        assert row is not None
        assert row.due_at == 9
        assert await restored.document(document_digest(DOCUMENT)) == DOCUMENT
        assert restored.sequence("job/1") == 1
        with pytest.raises(Conflict):
            put(restored, "job/1", 0)
        put(restored, "job/1", 1, paused("more"))
        await settled(restored)
        assert (await restored.verify()).ok
    finally:
        await restored.close()


async def test_a_copy_is_read_offline(backend: Backend) -> None:
    store = await backend.open()
    await fill(store)
    copy = backend.path.with_name("copy.db")
    await store.backup(copy)
    before = {path: path.read_bytes() for path in (copy,)}
    offline = OfflineLog(copy)
    await offline.start()
    try:
        assert offline.head == store.head
        assert offline.log_id == store.log_id
        assert await offline.read_all(limit=100) == await store.read_all(limit=100)
        assert [len(page) async for page in offline.follow(after=0)] == [store.head.position]
        assert offline.sequence("job/1") == 1
        assert offline.request("uid:1/ann", "r") == store.request("uid:1/ann", "r")
        assert (await offline.verify()).ok
        with pytest.raises(ReadOnly, match="reading only"):
            put(offline, "job/1", 1)
        with pytest.raises(ReadOnly):
            await offline.erase("job/1", actor="a", why="w")
    finally:
        await offline.close()
    assert {path: path.read_bytes() for path in (copy,)} == before
    assert sorted(path.name for path in copy.parent.glob("copy.db*")) == ["copy.db"]


async def test_appends_go_on_during_a_backup(store: Any, backend: Backend) -> None:
    for number in range(200):
        put(store, f"job/{number}", 0, paused("y" * 2_000))
    await settled(store)
    copy = backend.path.with_name("copy.db")
    backing = asyncio.ensure_future(store.backup(copy))
    number = 200
    while not backing.done():
        put(store, f"job/{number}", 0, paused("y" * 2_000))
        await settled(store)
        number += 1
    head = await backing
    offline = OfflineLog(copy)
    await offline.start()
    try:
        assert 200 <= head.position <= store.head.position
        prefix = await store.read_all(limit=head.position)
        assert await offline.read_all(limit=10_000) == prefix
    finally:
        await offline.close()


async def test_a_backup_overwrites_nothing(store: Any, backend: Backend) -> None:
    copy = backend.path.with_name("copy.db")
    copy.write_text("mine")
    with pytest.raises(FileExistsError, match=r"copy\.db"):
        await store.backup(copy)
    assert copy.read_text() == "mine"

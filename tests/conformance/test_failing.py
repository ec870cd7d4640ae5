"""A group that fails takes with it everything decided on top of it (DESIGN §1.6)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.events import JobResumed
from eventstore.settings import StoreSettings
from eventstore.store import (
    Appended,
    Batch,
    Conflict,
    DiskFull,
    Entry,
    NotWritten,
    ReadOnly,
    Request,
    WriteFailed,
)
from tests.conformance.backends import Backend, Heard, fail_next_commit, put, settled

ERRORS = [DiskFull("full"), NotWritten("refused"), Conflict("job/1", 3, 4)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_ten_queued_decisions_of_one_job_fail_together(backend: Backend, error: Any) -> None:
    backend.settings = StoreSettings(group_events=3)
    store = await backend.open()
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0, open=True)
    await settled(store)
    put(store, "job/1", 1)
    await settled(store)
    fail_next_commit(store, error)

    waiting = []
    for sequence in range(2, 12):
        appended = put(store, "job/1", sequence)
        waiting.append(asyncio.ensure_future(store.durable(appended.last)))
    assert store.next_position == 13
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert results == [error] * 10
    assert heard.failures == [(3, error)]
    assert [event.position for event in heard.events] == [1, 2]
    assert store.next_position == 3
    assert store.queued_bytes == 0
    assert store.head.position == 2
    assert [event.sequence for event in await store.read("job/1")] == [1, 2]


async def test_the_log_goes_on_where_it_stood(store: Any) -> None:
    put(store, "job/1", 0)
    await settled(store)
    fail_next_commit(store, DiskFull("full"))
    lost = put(store, "job/1", 1, request=Request(request_id="r"))
    put(store, "job/2", 0)
    with pytest.raises(DiskFull):
        await store.durable(lost.last)
    assert store.request("uid:1/ann", "r") is None
    assert store.sequence("job/1") == 1
    assert store.sequence("job/2") == 0

    assert put(store, "job/1", 1, request=Request(request_id="r")) == lost
    assert put(store, "job/2", 0) == Appended(3, 3)
    await settled(store)
    assert store.state.mode == "ok"
    assert (await store.verify()).ok


async def test_appends_during_a_failing_commit_fail_too(store: Any) -> None:
    put(store, "job/1", 0)
    await settled(store)
    fail_next_commit(store, DiskFull("full"))
    first = asyncio.ensure_future(store.durable(put(store, "job/1", 1).last))
    await asyncio.sleep(0)  # the group is taken, its commit has begun
    behind = asyncio.ensure_future(store.durable(put(store, "job/1", 2).last))
    results = await asyncio.gather(first, behind, return_exceptions=True)
    assert [type(result) for result in results] == [DiskFull, DiskFull]
    assert put(store, "job/1", 1).first == 2


async def test_a_listener_may_append_when_it_hears_of_a_failure(store: Any) -> None:
    class Retry(Heard):
        def on_failed(self, first_lost: int, error: Exception) -> None:
            assert put(store, "job/1", 0).first == first_lost == store.next_position - 1

    store.listen(Retry())
    fail_next_commit(store, NotWritten("refused"))
    put(store, "job/1", 0)
    with pytest.raises(NotWritten):
        await settled(store)
    await settled(store)
    assert store.head.position == 1


async def test_before_flush_works_after_a_failure(store: Any) -> None:
    flushes = []
    store.before_flush = lambda: flushes.append(store.next_position)
    fail_next_commit(store, DiskFull("full"))
    put(store, "job/1", 0)
    with pytest.raises(DiskFull):
        await settled(store)
    assert store.state.mode == "disk-full"
    put(store, "job/1", 0)
    await settled(store)
    assert flushes == [2, 2]


async def test_a_failed_write_makes_the_log_read_only(store: Any) -> None:
    put(store, "job/1", 0)
    await settled(store)
    fail_next_commit(store, WriteFailed("the disk is broken"))
    put(store, "job/1", 1)
    with pytest.raises(WriteFailed):
        await settled(store)
    assert store.state.mode == "read-only"
    assert store.state.why == "the disk is broken"
    with pytest.raises(ReadOnly, match="the disk is broken"):
        put(store, "job/1", 1)
    assert len(await store.read("job/1")) == 1


async def test_a_conflict_that_only_the_commit_sees_fails_its_group(backend: Backend) -> None:
    before = await backend.open()
    put(before, "job/1", 0)
    await settled(before)
    await before.close()

    store = await backend.open()
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0)  # the store has not met the stream: taken on trust
    put(store, "job/2", 0)
    with pytest.raises(Conflict, match="job/1 stands at 1, not at 0"):
        await settled(store)
    assert [first for first, _ in heard.failures] == [2]
    put(store, "job/1", 1)
    put(store, "job/2", 0)
    await settled(store)
    assert store.head.position == 3


async def test_a_gap_in_an_unknown_stream_is_a_conflict(store: Any) -> None:
    put(store, "job/1", 5)
    with pytest.raises(Conflict, match="job/1 stands at 0, not at 5"):
        await settled(store)


async def test_an_event_that_cannot_be_stored_fails_its_group_only(store: Any) -> None:
    from eventstore.events import JobPaused

    put(store, "job/1", 0, JobPaused(reason={1, 2}))
    with pytest.raises(NotWritten):
        await settled(store)
    assert store.state.mode == "ok"
    put(store, "job/1", 0)
    await settled(store)


async def test_nothing_of_a_batch_lands_when_one_of_its_streams_conflicts(store: Any) -> None:
    put(store, "job/1", 0)
    await settled(store)
    both = tuple(
        Entry(stream=stream, expected=expected, events=(JobResumed(),))
        for stream, expected in (("job/2", 0), ("job/1", 7))
    )
    with pytest.raises(Conflict):
        store.append(Batch(entries=both, at=store.now(), actor="uid:1/ann"))
    assert store.next_position == 2
    assert store.sequence("job/2") == 0


async def test_a_listener_with_a_defect_does_not_stop_the_log(store: Any) -> None:
    class Broken(Heard):
        def on_durable(self, events: Any) -> None:
            raise KeyError("defect")

    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    heard = Heard()
    store.listen(Broken())
    store.listen(heard)
    put(store, "job/1", 0)
    await settled(store)
    await asyncio.sleep(0)
    put(store, "job/1", 1)
    await settled(store)
    assert len(heard.events) >= 1
    assert isinstance(told[0]["exception"], KeyError)

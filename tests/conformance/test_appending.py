from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.events import JobPaused, JobResumed, JobSubmitted, TaskStarted
from eventstore.settings import StoreSettings
from eventstore.store import Appended, Batch, Conflict, Entry, ReadOnly, Request
from tests.conformance.backends import Backend, Heard, guarded, paused, put, settled


async def test_an_append_takes_its_positions_at_once(store: Any) -> None:
    assert put(store, "job/1", 0, JobResumed(), JobResumed()) == Appended(1, 2)
    assert put(store, "job/2", 0) == Appended(3, 3)
    assert store.next_position == 4
    assert store.head.position == 0
    await settled(store)
    assert store.head.position == 3


async def test_a_stale_expectation_is_a_conflict_at_once(store: Any) -> None:
    put(store, "job/1", 0)
    with pytest.raises(Conflict, match="job/1 stands at 1, not at 0"):
        put(store, "job/1", 0)
    await settled(store)
    with pytest.raises(Conflict, match="job/1 stands at 1, not at 2"):
        put(store, "job/1", 2)
    assert store.next_position == 2


async def test_a_name_is_unique_as_a_stream_of_its_own(store: Any) -> None:
    put(store, "name/workflow/orders", 0)
    with pytest.raises(Conflict):
        put(store, "name/workflow/orders", 0)


async def test_sequence_makes_a_conflict_known_before_the_commit(backend: Backend) -> None:
    first = await backend.open()
    put(first, "job/1", 0)
    await settled(first)
    await first.close()
    store = await backend.open()
    assert store.sequence("job/1") == 1
    assert store.sequence("job/2") == 0
    with pytest.raises(Conflict):
        put(store, "job/1", 0)
    put(store, "job/1", 1)
    assert store.sequence("job/1") == 2


async def test_a_conflict_that_only_the_commit_finds_comes_before_all_else(
    backend: Backend,
) -> None:
    first = await backend.open()
    put(first, "job/1", 0, paused("a"))
    await settled(first)
    await first.close()
    store = await backend.open()
    again = put(store, "job/1", 0, paused("b"))
    with pytest.raises(Conflict, match="job/1 stands at 1, not at 0"):
        await store.durable(again.last)
    assert store.head.position == 1


async def test_a_batch_over_several_streams_lands_whole(store: Any) -> None:
    entries = (
        Entry(stream="limit/a/b", expected=0, events=(JobResumed(),)),
        Entry(stream="job/1", expected=0, events=(JobResumed(), JobResumed())),
    )
    store.append(Batch(entries=entries, at=store.now(), actor="daemon", cause=None))
    await settled(store)
    events = await store.read_all(limit=10)
    assert [(event.position, event.stream, event.sequence) for event in events] == [
        (1, "limit/a/b", 1),
        (2, "job/1", 1),
        (3, "job/1", 2),
    ]


async def test_a_guard_refuses_when_its_stream_has_moved(store: Any) -> None:
    put(store, "workflow/w", 0)
    guarded(store, "workflow/w", 1, "job/1", 0)
    put(store, "workflow/w", 1)
    with pytest.raises(Conflict, match="workflow/w stands at 2, not at 1"):
        guarded(store, "workflow/w", 1, "job/2", 0)
    await settled(store)
    assert len(await store.read("workflow/w")) == 2


async def test_a_guard_of_an_unknown_stream_is_compared_in_the_commit(backend: Backend) -> None:
    first = await backend.open()
    put(first, "workflow/w", 0)
    await settled(first)
    await first.close()
    store = await backend.open()
    guarded(store, "workflow/w", 1, "job/1", 0)
    await settled(store)
    guarded(store, "workflow/w", 0, "job/2", 0)
    with pytest.raises(Conflict):
        await settled(store)


async def test_the_fact_causes_the_rest_of_its_batch(store: Any) -> None:
    put(store, "job/1", 0)
    put(store, "job/2", 0, JobResumed(), JobResumed(), JobResumed(), cause=1)
    await settled(store)
    assert [event.cause for event in await store.read_all(limit=10)] == [None, 1, 2, 2]


async def test_the_envelope_is_kept(store: Any) -> None:
    put(
        store,
        "job/1",
        0,
        paused({"why": ["ü", 1.5, None]}),
        actor="uid:1000/alice",
        request=Request(request_id="r-1"),
        trace="t-1",
        decider=3,
    )
    await settled(store)
    [event] = await store.read("job/1")
    assert event.event == paused({"why": ["ü", 1.5, None]})
    assert event.type == "JobPaused"
    assert (event.actor, event.request, event.trace) == ("uid:1000/alice", "r-1", "t-1")
    assert (event.decider, event.epoch, event.at) == (3, 1, 1_000_000)
    assert event.hash == store.head.hash


async def test_listeners_hear_what_readers_read(store: Any) -> None:
    heard = Heard()
    store.listen(heard)
    large = paused("x" * 40_000)
    put(store, "job/1", 0, TaskStarted(task=1, worker="w", session="s"), large)
    await settled(store)
    assert heard.events == await store.read_all(limit=10)
    assert heard.events[1].event == large


async def test_nobody_hears_of_an_event_before_it_is_durable(store: Any) -> None:
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0)
    assert heard.groups == []
    assert await store.read("job/1") == []
    await settled(store)
    assert len(heard.events) == 1


async def test_a_read_between_decision_and_commit_sees_the_old_state(store: Any) -> None:
    put(store, "job/1", 0)
    await settled(store)
    put(store, "job/1", 1)
    assert store.sequence("job/1") == 2
    reading = asyncio.ensure_future(store.read("job/1"))
    await asyncio.sleep(0)
    put(store, "job/1", 2)
    assert len(await reading) < 3
    await settled(store)
    assert len(await store.read("job/1")) == 3


async def test_what_is_queued_while_a_group_is_written_goes_together(store: Any) -> None:
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for sequence in range(1, 500):
        put(store, "job/1", sequence)
    await settled(store)
    assert len(heard.events) == 500
    assert len(heard.groups) <= 3


@pytest.mark.parametrize(
    ("settings", "groups"),
    [
        (StoreSettings(group_events=4), [4, 4, 2]),
        (StoreSettings(group_bytes=1024), [2, 2, 2, 2, 2]),
        (StoreSettings(group_bytes=1), [1] * 10),
        (StoreSettings(), [10]),
    ],
)
async def test_a_group_is_bounded(
    backend: Backend, settings: StoreSettings, groups: list[int]
) -> None:
    backend.settings = settings
    store = await backend.open()
    heard = Heard()
    store.listen(heard)
    for sequence in range(10):
        put(store, "job/1", sequence)
    assert store.queued_bytes == 10 * 512
    await settled(store)
    assert [len(group) for group in heard.groups] == groups
    assert store.queued_bytes == 0


async def test_before_flush_may_append_to_the_group(store: Any) -> None:
    heard = Heard()
    store.listen(heard)

    def match() -> None:
        if store.next_position == 2:
            put(store, "job/2", 0)

    store.before_flush = match
    put(store, "job/1", 0)
    await settled(store)
    assert [len(group) for group in heard.groups] == [2]


async def test_a_cancelled_caller_does_not_cancel_the_write(store: Any) -> None:
    appended = put(store, "job/1", 0)
    waiting = asyncio.ensure_future(store.durable(appended.last))
    await asyncio.sleep(0)
    waiting.cancel()
    put(store, "job/1", 1)
    await settled(store)
    assert len(await store.read("job/1")) == 2


async def test_durable_of_a_position_that_nobody_queued(store: Any) -> None:
    with pytest.raises(ValueError, match="position 1 is not queued"):
        await store.durable(1)


async def test_batches_that_no_log_takes(store: Any) -> None:
    def batch(*entries: Entry, **more: Any) -> Batch:
        return Batch(entries=entries, at=more.pop("at", store.now()), actor="a", **more)

    guard = Entry(stream="job/1", expected=0)
    event = Entry(stream="job/1", expected=0, events=(JobPaused(),))
    with pytest.raises(ValueError, match="at least one event"):
        store.append(batch(guard))
    with pytest.raises(ValueError, match="names each of its streams once"):
        store.append(batch(guard, event))
    with pytest.raises(ValueError, match="a guard"):
        store.append(batch(event, Entry(stream="job/2", expected=0, open=True)))
    with pytest.raises(ValueError, match="not the digest"):
        store.append(batch(event, documents={"abc": b"{}"}))
    put(store, "job/2", 0)
    with pytest.raises(ValueError, match="after an event at"):
        store.append(batch(event, at=store.now() - 1))
    assert store.next_position == 2


async def test_a_log_that_is_not_open_takes_nothing(backend: Backend) -> None:
    store = backend.make()
    with pytest.raises(ReadOnly, match="not started"):
        put(store, "job/1", 0)
    await store.start()
    await store.close()
    with pytest.raises(ReadOnly, match="closed"):
        put(store, "job/1", 0)


async def test_every_kind_of_value_comes_back(store: Any) -> None:
    submitted = JobSubmitted(
        job_id="1",
        workflow_id="w",
        workflow="orders",
        version_id="v",
        version_number=1,
        dialect="steps",
        definition="d",
        pins="p",
        seed="s",
        domains={"a": "b"},
        input={"$erased": 7, "refs": {"input": "abc"}},
    )
    put(store, "job/1", 0, submitted)
    await settled(store)
    assert (await store.read("job/1"))[0].event == submitted

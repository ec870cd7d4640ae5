from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventstore.store import AnsweredRequest, Request, RequestTaken
from tests.conformance.backends import Backend, put, settled

ASK = Request(request_id="r-1", method="job.pause", digest=b"\x01" * 32)


async def test_a_request_is_known_from_the_moment_it_is_queued(store: Any) -> None:
    assert store.request("uid:1/ann", "r-1") is None
    put(store, "job/1", 0, request=ASK)
    assert store.request("uid:1/ann", "r-1") == AnsweredRequest(
        "job.pause", b"\x01" * 32, 1, 1, durable=False
    )
    await settled(store)
    assert store.request("uid:1/ann", "r-1") == AnsweredRequest(
        "job.pause", b"\x01" * 32, 1, 1, durable=True
    )


async def test_it_is_known_while_it_is_being_written(store: Any) -> None:
    put(store, "job/1", 0, request=ASK)
    seen = []
    while store.head.position == 0:
        seen.append(store.request("uid:1/ann", "r-1"))
        await asyncio.sleep(0)
    assert None not in seen


async def test_it_outlives_the_store(backend: Backend) -> None:
    first = await backend.open()
    put(first, "job/1", 0, request=ASK)
    await settled(first)
    await first.close()
    store = await backend.open()
    answered = store.request("uid:1/ann", "r-1")
    assert (answered.first, answered.last, answered.durable) == (1, 1, True)


async def test_it_is_unique_per_actor(store: Any) -> None:
    put(store, "job/1", 0, request=ASK)
    put(store, "job/2", 0, request=ASK, actor="uid:2/bob")
    with pytest.raises(RequestTaken):
        put(store, "job/3", 0, request=ASK)
    await settled(store)
    assert store.request("uid:2/bob", "r-1").first == 2


async def test_a_durable_request_id_is_refused_by_the_commit(store: Any) -> None:
    put(store, "job/1", 0, request=ASK)
    await settled(store)
    put(store, "job/1", 1, request=ASK)
    with pytest.raises(RequestTaken, match=r"uid:1/ann has used the request id r-1 before"):
        await settled(store)
    assert store.request("uid:1/ann", "r-1").first == 1
    assert store.head.position == 1


async def test_ids_that_the_daemon_makes_up_are_not_indexed(store: Any) -> None:
    own = Request(request_id="effect/7", indexed=False)
    put(store, "job/1", 0, request=own)
    put(store, "job/1", 1, request=own)
    await settled(store)
    assert store.request("uid:1/ann", "effect/7") is None
    assert [event.request for event in await store.read("job/1")] == ["effect/7"] * 2

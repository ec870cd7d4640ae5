"""Open streams and due times move in the transaction of the append."""

from __future__ import annotations

from typing import Any

import pytest

from eventstore.store import DiskFull, StreamRow
from tests.conformance.backends import Backend, fail_next_commit, put, settled


async def test_a_stream_row_says_where_the_stream_stands(store: Any) -> None:
    assert await store.stream_row("job/1") is None
    put(store, "job/1", 0, open=True, due_at=50)
    put(store, "job/1", 1)
    await settled(store)
    assert await store.stream_row("job/1") == StreamRow("job/1", 2, 2, True, 50)


async def test_open_streams_by_last_position(backend: Backend) -> None:
    store = await backend.open()
    put(store, "job/1", 0, open=True)
    put(store, "job/2", 0, open=True)
    put(store, "job/3", 0)
    put(store, "workflow/w", 0, open=True)
    put(store, "job/1", 1)
    await settled(store)
    await store.close()
    again = await backend.open()
    rows = await again.open_streams(prefix="job/")
    assert [(row.stream, row.last_position) for row in rows] == [("job/2", 2), ("job/1", 5)]
    put(again, "job/2", 1, open=False)
    await settled(again)
    assert [row.stream for row in await again.open_streams(prefix="job/")] == ["job/1"]


STEPS = [
    ([{"due_at": 50}, {"due_at": 70}], 50),
    ([{"due_at": 50}, {"due_at": 30}], 30),
    ([{"due_at": 50}, {}], 50),
    ([{}, {"due_at": 30}], 30),
    ([{"due_at": 50}, {"clear_due": True}], None),
    ([{"due_at": 50}, {"clear_due": True, "due_at": 70}], 70),
    ([{"due_at": 50}, {"clear_due": True}, {"due_at": 90}, {"due_at": 80}], 80),
    ([{}, {}], None),
]


@pytest.mark.parametrize("together", [True, False], ids=["one group", "a group each"])
@pytest.mark.parametrize(("steps", "due_at"), STEPS)
async def test_the_earliest_due_time_since_it_was_cleared(
    store: Any, steps: list[dict[str, Any]], due_at: int | None, together: bool
) -> None:
    for sequence, step in enumerate(steps):
        put(store, "job/1", sequence, **step)
        if not together:
            await settled(store)
    await settled(store)
    assert (await store.stream_row("job/1")).due_at == due_at


async def test_a_failed_group_leaves_them_as_they_were(store: Any) -> None:
    put(store, "job/1", 0, open=True, due_at=50)
    await settled(store)
    fail_next_commit(store, DiskFull("full"))
    put(store, "job/1", 1, open=False, clear_due=True)
    with pytest.raises(DiskFull):
        await settled(store)
    assert await store.stream_row("job/1") == StreamRow("job/1", 1, 1, True, 50)

"""``job.tasks``: the tasks of a job in pages."""

from __future__ import annotations

import pytest

from tests.daemon.definitions import Row, finish
from tests.daemon.wire import Wire


@pytest.fixture
def row(wire: Wire) -> Row:
    return Row(wire, 5)


def test_pages_make_up_the_whole(row: Row) -> None:
    job_id = row.submit()
    for place in range(4):
        finish(row.wire, row.take(place), {"n": 1})
    whole = row.job(job_id)
    assert whole["taskCount"] == 5
    found, cursor = [], None
    while True:
        page = row.wire.call("job.tasks", jobId=job_id, limit=2, cursor=cursor)
        assert page["total"] == 5
        found += page["tasks"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert found == whole["tasks"]
    assert row.job(job_id, includeTasks=False) == {**whole, "tasks": []}


def test_some_of_a_status(row: Row) -> None:
    job_id = row.submit()
    finish(row.wire, row.take(0), {"n": 1})
    finish(row.wire, row.take(1), {"n": 1})
    done = row.wire.call("job.tasks", jobId=job_id, statuses=["COMPLETED"], start=1)
    assert ([one["ref"] for one in done["tasks"]], done["total"]) == (["t1"], 2)


def test_what_makes_no_sense_is_refused(row: Row) -> None:
    job_id = row.submit()
    assert row.wire.refusal("job.tasks", jobId="x").type == "notFound"
    assert row.wire.refusal("job.tasks", jobId=job_id, statuses=["X"]).paths == ["/statuses/0"]
    assert row.wire.refusal("job.tasks", jobId=job_id, limit=0).type == "invalidParams"
    page = row.wire.call("job.list", limit=1)
    if page["cursor"]:
        refused = row.wire.refusal("job.tasks", jobId=job_id, cursor=page["cursor"])
        assert refused.type == "badCursor"

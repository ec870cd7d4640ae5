"""Starts with an idempotency key (conductor.md §5): unique per workflow, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.daemon.definitions import Row, finish, in_a_row, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Refused, Wire


@pytest.fixture
def row(wire: Wire) -> Row:
    return Row(wire)


def submit(row: Row, key: str, strategy: str | None = None) -> dict[str, Any]:
    asked = {"workflow": row.name, "input": {"n": 1}, "idempotencyKey": key}
    if strategy is not None:
        asked["idempotencyStrategy"] = strategy
    return dict(row.wire.call("job.submit", asked))


def refused(row: Row, key: str, strategy: str | None = None) -> Any:
    asked = {"workflow": row.name, "idempotencyKey": key}
    if strategy is not None:
        asked["idempotencyStrategy"] = strategy
    return row.wire.refusal("job.submit", asked)


def test_a_key_stands_for_one_job(row: Row) -> None:
    job = submit(row, "k")["jobId"]
    assert row.job(job)["idempotencyKey"] == "k"
    found = refused(row, "k")
    assert (found.type, found.data["refusal"]) == ("conflict", "idempotencyKeyTaken")
    assert job in found.message
    assert submit(row, "k", "RETURN_EXISTING")["jobId"] == job
    assert submit(row, "other")["jobId"] != job


def test_another_workflow_has_keys_of_its_own(wire: Wire, row: Row) -> None:
    other = Row(wire)
    assert submit(row, "k")["jobId"] != submit(other, "k")["jobId"]


def test_a_running_job_keeps_its_key_an_ended_one_gives_it_up(row: Row) -> None:
    first = submit(row, "k", "FAIL_ON_RUNNING")["jobId"]
    assert refused(row, "k", "FAIL_ON_RUNNING").type == "conflict"
    finish(row.wire, row.take(), {"n": 1})
    second = submit(row, "k", "FAIL_ON_RUNNING")["jobId"]
    assert second != first
    assert submit(row, "k", "RETURN_EXISTING")["jobId"] == second
    finish(row.wire, row.take(), {"n": 1})
    assert refused(row, "k", "FAIL").type == "conflict"


def test_a_request_that_found_the_job_is_answered_alike_ever_after(row: Row) -> None:
    job = submit(row, "k")["jobId"]
    asked = {
        "workflow": row.name,
        "idempotencyKey": "k",
        "idempotencyStrategy": "RETURN_EXISTING",
        "requestId": unique("r"),
    }
    assert row.wire.call("job.submit", asked) == {"jobId": job}
    assert row.wire.call("job.submit", asked) == {"jobId": job}


def test_a_refused_start_takes_no_key(wire: Wire) -> None:
    name = unique("flow")
    schema = {"name": "s", "type": "JSON", "data": {"required": ["id"]}}
    wire.call("version.add", definition=in_a_row(name, "x", inputSchema=schema))
    asked = {"workflow": name, "idempotencyKey": "k"}
    assert wire.refusal("job.submit", asked).type == "contractBroken"
    assert wire.call("job.submit", asked, input={"id": 1})["jobId"]


def test_jobs_are_found_by_their_key(row: Row) -> None:
    job = submit(row, "needle")["jobId"]
    where = [{"field": "idempotencyKey", "values": ["needle"]}]
    found = row.wire.call("job.search", where=where)
    assert [one["jobId"] for one in found["results"]] == [job]
    assert found["results"][0]["idempotencyKey"] == "needle"


@pytest.mark.parametrize("strategy", ["FAIL", "RETURN_EXISTING", "FAIL_ON_RUNNING"])
def test_64_starts_with_one_key_start_one_job(
    daemon: DaemonProcess, row: Row, strategy: str
) -> None:
    asked = {"workflow": row.name, "idempotencyKey": "one", "idempotencyStrategy": strategy}

    def start(_: int) -> str | None:
        with daemon.wire() as wire:
            try:
                return str(wire.call("job.submit", asked)["jobId"])
            except Refused:
                return None

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(start, range(64)))
    started = {one for one in found if one is not None}
    assert len(started) == 1
    assert found.count(None) == (0 if strategy == "RETURN_EXISTING" else 63)
    listed = row.wire.call("job.list", workflow=row.name)["jobs"]
    assert [one["jobId"] for one in listed] == list(started)

"""events.read, events.subscribe, events.unsubscribe over the socket."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

FIELDS = {"position", "stream", "sequence", "type", "at", "actor", "request", "cause", "data"}


def head(wire: Wire) -> int:
    position: int = wire.call("system.status")["log"]["position"]
    return position


def one_job(wire: Wire, row: Row) -> str:
    job = row.submit()
    finish(wire, row.take(), {"n": 1})
    return job


def follow(wire: Wire, until: int) -> list[dict[str, Any]]:
    """The events told, up to the position ``until``."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["position"] < until:
        told = wire.notification()
        assert told["method"] == "events.event", told
        events.append(told["params"]["event"])
    return events


def test_the_log_is_read_in_pages_without_gaps(wire: Wire) -> None:
    row = Row(wire)
    for _ in range(3):
        one_job(wire, row)
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        page = wire.call("events.read", after=after, limit=7)
        events += page["events"]
        if page["next"] == after:
            break
        after = page["next"]
    assert [one["position"] for one in events] == list(range(1, head(wire) + 1))
    assert all(set(one) == FIELDS for one in events)


def test_reading_by_job_stream_and_type(wire: Wire) -> None:
    row = Row(wire)
    jobs = [one_job(wire, row) for _ in range(2)]
    of_job = wire.call("events.read", job=jobs[0])["events"]
    assert [one["sequence"] for one in of_job] == list(range(1, len(of_job) + 1))
    assert of_job == wire.call("events.read", stream=f"job/{jobs[0]}")["events"]
    kinds = ["JobSubmitted", "JobCompleted"]
    both = wire.call("events.read", job=jobs[0], types=kinds)["events"]
    assert [one["type"] for one in both] == kinds
    last = of_job[2]["position"]
    rest = wire.call("events.read", job=jobs[0], after=last)
    assert rest["events"] == of_job[3:]
    (first,) = wire.call("events.read", job=jobs[0], limit=1)["events"]
    assert first == of_job[0]
    workflow = wire.call("events.read", stream=f"workflow/{row.added['workflowId']}")
    assert [one["type"] for one in workflow["events"]] == ["WorkflowRegistered", "VersionAdded"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 1_001}, "/limit"),
        ({"after": -1}, "/after"),
        ({"types": ["NoSuchEvent"]}, "/types"),
        ({"types": "JobSubmitted"}, "/types"),
        ({"stream": "job/x", "job": "x"}, "/job"),
    ],
)
def test_wrong_reads(wire: Wire, given: dict[str, Any], path: str) -> None:
    refused = wire.refusal("events.read", given)
    assert (refused.type, refused.paths) == ("invalidParams", [path])


def test_reading_behind_the_head_finds_nothing_yet(wire: Wire) -> None:
    after = head(wire)
    assert wire.call("events.read", after=after) == {"events": [], "next": after}


def test_history_and_live_have_no_seam(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    one_job(wire, row)
    with daemon.checked() as watching:
        started = watching.call("events.subscribe", after=0)
        assert started["after"] == 0
        for _ in range(20):
            one_job(wire, row)
        events = follow(watching, head(wire))
    assert [one["position"] for one in events] == list(range(1, len(events) + 1))
    assert all(set(one) == FIELDS for one in events)


def test_without_a_place_it_begins_at_the_head(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    before = head(wire)
    with daemon.checked() as watching:
        assert watching.call("events.subscribe")["after"] == before
        one_job(wire, row)
        events = follow(watching, head(wire))
    assert events[0]["position"] == before + 1


def test_a_subscription_by_stream_and_type(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    with daemon.checked() as watching:
        asked = {"types": ["JobSubmitted", "JobCompleted"]}
        id = watching.call("events.subscribe", asked)["subscription"]
        jobs = [one_job(wire, row) for _ in range(2)]
        told = [watching.notification()["params"] for _ in range(4)]
        assert {one["subscription"] for one in told} == {id}
        assert [one["event"]["type"] for one in told] == asked["types"] * 2
        asked_stream = {"after": 0, "stream": f"job/{jobs[1]}"}
        watching.call("events.subscribe", asked_stream)
        (first, *_) = follow(watching, head(wire))
        assert (first["stream"], first["sequence"]) == (asked_stream["stream"], 1)


def test_after_unsubscribing_nothing_more_is_told(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    with daemon.checked() as watching:
        id = watching.call("events.subscribe")["subscription"]
        assert watching.call("events.unsubscribe", subscription=id) == {"subscription": id}
        one_job(wire, row)
        watching.call("system.health")
        assert not watching.notified
        refused = watching.refusal("events.unsubscribe", subscription=id)
        assert refused.type == "notFound"


def test_a_subscription_is_its_connection_s_own(daemon: DaemonProcess, wire: Wire) -> None:
    with daemon.checked() as watching:
        id = watching.call("events.subscribe")["subscription"]
        assert wire.refusal("events.unsubscribe", subscription=id).type == "notFound"


def test_a_place_beyond_the_head_is_refused(wire: Wire) -> None:
    refused = wire.refusal("events.subscribe", after=head(wire) + 1_000)
    assert refused.type == "beyondHead"
    assert refused.data["head"] == head(wire)


def test_a_connection_has_so_many_subscriptions(start: Start) -> None:
    daemon = start({"rpc.max_subscriptions": 2}).ready()
    with daemon.checked() as wire:
        ids = [wire.call("events.subscribe")["subscription"] for _ in range(2)]
        refused = wire.refusal("events.subscribe")
        assert refused.type == "refused"
        assert "rpc.max_subscriptions" in refused.message
        wire.call("events.unsubscribe", subscription=ids[0])
        wire.call("events.subscribe")


def test_a_reader_that_lags_is_cut_off_with_its_place(start: Start) -> None:
    limits = {"rpc.max_unread_bytes": 20_000, "rpc.pause_unread_bytes": 10_000}
    daemon = start({**limits, "store.follow_events": 200}).ready()
    with daemon.checked() as wire, daemon.wire() as watching:
        row = Row(wire)
        watching.call("events.subscribe", after=0)
        while wire.call("system.status")["subscriptions"]:
            wire.call("job.submit", workflow=row.name, input={"n": 1, "much": "x" * 2_000})
        events: list[dict[str, Any]] = []
        while (told := watching.notification())["method"] == "events.event":
            events.append(told["params"]["event"])
        assert told["method"] == "events.ended"
        assert told["params"]["reason"] == "lagging"
        resume = told["params"]["resumeAfter"]
        assert [one["position"] for one in events] == list(range(1, resume + 1))
        watching.call("events.subscribe", after=resume)
        assert watching.notification()["params"]["event"]["position"] == resume + 1

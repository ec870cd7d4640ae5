"""Jobs as they were, what changed them, and who did what: job.get {at}, replay.*, audit.*."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.daemon.definitions import Row, finish, in_a_row, stepping, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire


def documents(wire: Wire) -> tuple[str, list[dict[str, Any]]]:
    """A job, and what job.get answered after each thing done to it."""
    row = Row(wire, 2)
    job = row.submit(1)
    seen = [row.job(job)]

    def then(_: object) -> None:
        seen.append(row.job(job))

    first = row.take()
    then(first)
    then(finish(wire, first, {"n": 2}))
    then(wire.call("job.pause", jobId=job))
    then(wire.call("job.resume", jobId=job))
    second = row.take(1)
    then(second)
    then(finish(wire, second, {"n": 3}))
    return job, seen


def test_a_job_is_seen_as_it_was_by_sequence_position_and_time(wire: Wire) -> None:
    job, seen = documents(wire)
    assert [one["status"] for one in seen][-1] == "COMPLETED"
    for document in seen:
        for at in ({"sequence": document["sequence"]}, {"position": document["position"]}):
            assert wire.call("job.get", jobId=job, at=at) == document
    last = seen[-1]
    assert wire.call("job.get", jobId=job, at={"time": last["updatedAt"]}) == last
    events = wire.call("events.read", job=job)["events"]
    for event in events:
        then = wire.call("job.get", jobId=job, at={"sequence": event["sequence"]})
        assert (then["sequence"], then["position"]) == (event["sequence"], event["position"])


def test_a_time_before_the_next_event_sees_the_one_before(wire: Wire) -> None:
    job, _ = documents(wire)
    events = wire.call("events.read", job=job)["events"]
    by_time = {one["at"]: one["sequence"] for one in events}
    for at, sequence in by_time.items():
        assert wire.call("job.get", jobId=job, at={"time": at})["sequence"] == sequence


def test_moments_that_are_none(wire: Wire) -> None:
    job, seen = documents(wire)
    first, last = seen[0], seen[-1]
    head = wire.call("system.status")["log"]["position"]
    cases = [
        ({"position": first["position"] - 3}, "notFound"),
        ({"sequence": 0}, "notFound"),
        ({"time": "2001-01-01T00:00:00Z"}, "notFound"),
        ({"position": head + 1_000}, "beyondHead"),
        ({"sequence": last["sequence"] + 1}, "beyondHead"),
        ({"time": "2999-01-01T00:00:00Z"}, "beyondHead"),
        ({}, "invalidParams"),
        ({"position": 1, "sequence": 1}, "invalidParams"),
        ({"time": "yesterday"}, "invalidParams"),
        ({"time": "2026-02-30T00:00:00Z"}, "invalidParams"),
        ({"position": -1}, "invalidParams"),
        ({"position": 1.5}, "invalidParams"),
        ({"position": 2**64}, "invalidParams"),
    ]
    for at, type in cases:
        try:
            refused = wire.refusal("job.get", jobId=job, at=at)
        except AssertionError as error:
            raise AssertionError(f"{at}: {error}") from error
        assert refused.type == type or at == {"position": 2**64}, (at, refused)
        assert refused.message


def test_replay_tells_what_each_event_changed(wire: Wire) -> None:
    job, seen = documents(wire)
    steps = wire.call("replay.job", jobId=job)["steps"]
    assert [one["sequence"] for one in steps] == list(range(1, seen[-1]["sequence"] + 1))
    document: Any = {}
    by_sequence = {one["sequence"]: one for one in seen}
    for step in steps:
        document = applied(document, step["changes"])
        if step["sequence"] in by_sequence:
            assert document == by_sequence[step["sequence"]]


def applied(document: Any, changes: list[dict[str, Any]]) -> Any:
    """``document`` after changes of {path, before, after}."""
    document = copy.deepcopy(document)
    for change in changes:
        if change["path"] == "":
            document = copy.deepcopy(change["after"])
            continue
        *way, last = [
            part.replace("~1", "/").replace("~0", "~") for part in change["path"].split("/")[1:]
        ]
        place = document
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(place, list):
            _in_list(place, int(last), change)
        elif "after" in change:
            place[last] = copy.deepcopy(change["after"])
        else:
            del place[last]
    return document


def _in_list(place: list[Any], index: int, change: dict[str, Any]) -> None:
    if "after" not in change:
        del place[index]
    elif index == len(place):
        place.append(copy.deepcopy(change["after"]))
    else:
        place[index] = copy.deepcopy(change["after"])


def test_replay_from_and_to(wire: Wire) -> None:
    job, _ = documents(wire)
    steps = wire.call("replay.job", jobId=job)["steps"]
    part = {"jobId": job, "from": 3, "to": 5}
    assert wire.call("replay.job", part)["steps"] == steps[2:5]
    backwards = wire.refusal("replay.job", {"jobId": job, "from": 5, "to": 3})
    assert (backwards.type, backwards.paths) == ("invalidParams", ["/to"])
    for beyond in ({"from": 999}, {"to": 999}):
        assert wire.refusal("replay.job", {"jobId": job, **beyond}).type == "beyondHead"


def test_verify_one_job_and_all(wire: Wire) -> None:
    job, _ = documents(wire)
    assert wire.call("replay.verify", jobId=job) == {
        "ok": True,
        "jobs": 1,
        "differences": [],
        "differencesFound": 0,
    }
    whole = wire.call("replay.verify")
    assert whole["ok"]
    assert whole["jobs"] >= 1
    assert wire.refusal("replay.verify", jobId="no-such-job").type == "notFound"


def test_the_chain_is_whole(wire: Wire) -> None:
    documents(wire)
    verdict = wire.call("audit.verify")
    head = wire.call("system.status")["log"]
    assert verdict["ok"]
    assert verdict["events"] == verdict["head"]["position"] == head["position"]
    assert verdict["head"]["hash"] == head["hash"]
    assert verdict["brokenAt"] is None


class Story:
    """A workflow, its tag and a job, and what the audit says of them."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.name = unique("story")
        self.definition = stepping(self.name, "/story/work")
        self.added = wire.call("version.add", definition=self.definition)
        tag = {"workflow": self.name, "tag": "$LIVE", "version": {"versionNumber": 1}}
        wire.call("tag.set", tag, requestId=f"move-{self.name}")
        asked = {"workflow": self.name, "input": {"n": 1}}
        self.job = wire.call("job.submit", asked)["jobId"]
        wire.call("job.terminate", jobId=self.job, reason="enough")

    def types(self, **filters: Any) -> list[str]:
        return [one["type"] for one in self.wire.call("audit.query", filters)["entries"]]


def test_the_audit_answers_by_each_filter(daemon: DaemonProcess, wire: Wire) -> None:
    story = Story(wire)
    me = wire.call("job.get", jobId=story.job)["submittedBy"]
    of_workflow = story.types(workflow=story.name)
    assert {"WorkflowRegistered", "VersionAdded", "TagMoved", "JobSubmitted"} <= set(of_workflow)
    assert story.types(tag="$LIVE", workflow=story.name) == ["TagMoved"]
    assert set(story.types(job=story.job)) >= {"JobSubmitted", "JobTerminated"}
    assert story.types(job=story.job, types=["JobTerminated"]) == ["JobTerminated"]
    assert story.types(actor="uid:4294967294/nobody-here") == []
    assert story.types(actor=me, workflow=story.name) == of_workflow
    (moved,) = wire.call("audit.query", workflow=story.name, types=["TagMoved"])["entries"]
    assert (moved["actor"], moved["request"]) == (me, f"move-{story.name}")
    at = moved["at"]
    assert "TagMoved" in story.types(workflow=story.name, since=at)
    assert "TagMoved" not in story.types(workflow=story.name, until=at)
    assert "VersionAdded" in story.types(workflow=story.name, until=at)
    assert story.types(workflow=story.name, since="2999-01-01T00:00:00Z") == []


def test_wrong_audit_questions(wire: Wire) -> None:
    for given, path in (
        ({"since": "once"}, "/since"),
        ({"until": "2026-13-01"}, "/until"),
        ({"types": ["Nonsense"]}, "/types"),
        ({"tag": "live"}, "/tag"),
        ({"limit": 0}, "/limit"),
        ({"limit": 5_000}, "/limit"),
    ):
        refused = wire.refusal("audit.query", given)
        assert (refused.type, refused.paths) == ("invalidParams", [path])


@pytest.mark.parametrize("reader", ["job.list", "task.list", "audit.query", "workflow.list"])
def test_lists_go_on_by_their_cursor(wire: Wire, reader: str) -> None:
    row = Row(wire)
    for _ in range(5):
        row.submit()
    whole = wire.call(reader, limit=1_000)
    (name,) = set(whole) - {"cursor"}
    paged: list[Any] = []
    cursor = None
    while True:
        page = wire.call(reader, {"limit": 3, **({"cursor": cursor} if cursor else {})})
        paged += page[name]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert paged == whole[name]


def test_a_cursor_is_of_its_query(wire: Wire) -> None:
    row = Row(wire)
    for _ in range(3):
        row.submit()
    cursor = wire.call("job.list", limit=1)["cursor"]
    assert cursor
    for method, given in (
        ("job.list", {"cursor": cursor, "status": "RUNNING"}),
        ("task.list", {"cursor": cursor}),
        ("job.list", {"cursor": "nonsense"}),
        ("job.list", {"cursor": ""}),
        ("job.list", {"cursor": cursor[:-3]}),
        ("job.list", {"cursor": "é"}),
    ):
        refused = wire.refusal(method, given)
        assert refused.type == "badCursor", (method, given)
        assert "cursor" in refused.message


def test_every_list_shows_what_was_just_acknowledged(wire: Wire) -> None:
    for _ in range(20):
        row = Row(wire)
        assert row.name in [
            one["name"] for one in wire.call("workflow.list", limit=1_000)["workflows"]
        ]
        assert len(wire.call("version.list", workflow=row.name)["versions"]) == 1
        asked = {"workflow": row.name, "tag": "$LIVE", "version": {"versionNumber": 1}}
        wire.call("tag.set", asked)
        assert wire.call("tag.list", workflow=row.name)["tags"]
        assert wire.call("tag.history", workflow=row.name, tag="$LIVE")["history"]
        job = row.submit(correlationId=row.name)
        (listed,) = wire.call("job.list", workflow=row.name)["jobs"]
        assert (listed["jobId"], listed["status"]) == (job, "RUNNING")
        assert wire.call("job.list", correlationId=row.name)["jobs"] == [listed]
        (task,) = wire.call("task.list", jobId=job)["tasks"]
        assert task["status"] == "SCHEDULED"
        finish(wire, row.take(), {"n": 1})
        (listed,) = wire.call("job.list", workflow=row.name, status="COMPLETED")["jobs"]
        assert wire.call("job.list", workflow=row.name, status="RUNNING")["jobs"] == []
        assert wire.call("audit.query", job=job)["entries"]
        wire.call("taskType.put", definition={"name": row.types[0]})
        names = [one["name"] for one in wire.call("taskType.list", limit=1_000)["taskTypes"]]
        assert row.types[0] in names


def test_the_job_list_by_time(wire: Wire) -> None:
    row = Row(wire)
    jobs = [row.submit() for _ in range(3)]
    made = [row.job(job)["createdAt"] for job in jobs]
    assert made == sorted(made)
    asked = {"workflow": row.name}
    later = wire.call("job.list", asked, createdAfter=made[1])["jobs"]
    earlier = wire.call("job.list", asked, createdBefore=made[1])["jobs"]
    assert jobs[2] in [one["jobId"] for one in later]
    assert jobs[0] not in [one["jobId"] for one in later]
    assert jobs[0] in [one["jobId"] for one in earlier]
    assert jobs[2] not in [one["jobId"] for one in earlier]
    refused = wire.refusal("job.list", status="DONE")
    assert refused.paths == ["/status"]
    refused = wire.refusal("job.list", createdAfter="soon")
    assert refused.paths == ["/createdAfter"]


def test_a_rebuild_gives_the_same_lists(wire: Wire) -> None:
    name = unique("rows")
    wire.call("version.add", definition=in_a_row(name, "any"))
    for n in range(3):
        wire.call("job.submit", workflow=name, input={"n": n})

    def lists() -> list[Any]:
        methods = ("job.list", "task.list", "workflow.list", "audit.query", "taskType.list")
        return [wire.call(method, limit=1_000) for method in methods]

    before = lists()
    rebuilt = wire.call("projections.rebuild")
    assert rebuilt["position"] == wire.call("system.status")["log"]["position"]
    assert lists() == before

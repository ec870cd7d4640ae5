"""Doing things once: request ids, repeats, copies, and answers that were never read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish, stepping, take, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire


def head(wire: Wire) -> int:
    position: int = wire.call("system.status")["log"]["position"]
    return position


Calls = list[tuple[str, dict[str, Any]]]


def changes(wire: Wire) -> Calls:
    """A call of every operation that changes state, each able to succeed once."""
    row = Row(wire)
    flow = unique("once")
    wire.call("version.add", definition=stepping(flow, "/justworkflowit/noop"))
    jobs = [row.submit(n) for n in range(7)]
    tasks = [row.take() for _ in jobs]
    for task in tasks[1:5]:
        finish(wire, task, {"n": 1})
    finish(wire, tasks[5], status="FAILED_WITH_TERMINAL_ERROR", reason="no")
    paused = row.submit()
    wire.call("job.pause", jobId=paused)
    long = Row(wire, 2)
    waiting = long.submit()
    new = unique("new")
    return [
        ("workflow.register", {"name": unique("named")}),
        ("version.add", {"definition": stepping(new, "/justworkflowit/noop")}),
        ("tag.set", {"workflow": flow, "tag": "$LIVE", "version": {"versionNumber": 1}}),
        ("tag.set", {"workflow": flow, "tag": "$LIVE", "version": {"versionNumber": 1}}),
        ("taskType.put", {"definition": {"name": row.types[0]}}),
        ("taskType.delete", {"name": row.types[0]}),
        ("job.submit", {"workflow": row.name, "input": {"n": 1}}),
        ("job.resume", {"jobId": paused}),
        ("job.pause", {"jobId": waiting}),
        ("job.resume", {"jobId": waiting}),
        ("job.skipTask", {"jobId": waiting, "ref": "t1", "output": {"n": 1}}),
        ("job.sendEvent", {"jobId": jobs[6], "eventId": "e"}),
        ("task.update", {"taskId": tasks[0]["taskId"], "status": "COMPLETED", "output": {"n": 1}}),
        ("task.update", {"taskId": tasks[6]["taskId"], "extendLease": True}),
        ("task.poll", {"taskType": row.types[0], "workerId": "w", "count": 2}),
        ("job.terminate", {"jobId": jobs[6]}),
        ("job.restart", {"jobId": jobs[1]}),
        ("job.rerun", {"jobId": jobs[2]}),
        ("job.retry", {"jobId": jobs[5]}),
    ]


def test_every_repeat_gets_the_first_answer_also_after_a_restart(start: Start) -> None:
    daemon = start().ready()
    with daemon.checked() as wire:
        calls = changes(wire)
        ids = [f"once-{number}" for number in range(len(calls))]
        firsts = [
            _outcome(wire, method, {**params, "requestId": id})
            for id, (method, params) in zip(ids, calls, strict=True)
        ]
        assert not [one for one in firsts if "error" in one], firsts
        position = head(wire)
        assert firsts == [
            _outcome(wire, method, {**params, "requestId": id})
            for id, (method, params) in zip(ids, calls, strict=True)
        ]
        assert head(wire) == position
    daemon.kill()
    daemon.again()
    with daemon.checked() as wire:
        assert firsts == [
            _outcome(wire, method, {**params, "requestId": id})
            for id, (method, params) in zip(ids, calls, strict=True)
        ]


def _outcome(wire: Wire, method: str, params: dict[str, Any]) -> dict[str, Any]:
    answer = wire.answer(wire.send(method, params))
    return {key: value for key, value in answer.items() if key != "id"}


def test_the_same_id_with_another_call_is_refused(wire: Wire) -> None:
    row = Row(wire)
    asked: dict[str, Any] = {"workflow": row.name, "input": {"n": 1}}
    asked["requestId"] = unique("reused")
    job = wire.call("job.submit", asked)["jobId"]
    others: Calls = [
        ("job.submit", {**asked, "input": {"n": 2}}),
        ("job.submit", {**asked, "priority": 1}),
        ("workflow.register", {"name": "x", "requestId": asked["requestId"]}),
    ]
    for method, params in others:
        refused = wire.refusal(method, params)
        assert refused.type == "requestIdReused"
        assert asked["requestId"] in refused.message
        assert "job.submit" in refused.message
    reordered = {"input": {"n": 1}, "requestId": asked["requestId"], "workflow": row.name}
    assert wire.call("job.submit", reordered)["jobId"] == job


def test_a_refused_call_may_be_tried_again_with_its_id(wire: Wire) -> None:
    name, id = unique("later"), unique("id")
    asked = {"workflow": name, "requestId": id, "input": {"n": 1}}
    assert wire.refusal("job.submit", asked).type == "notFound"
    row = Row(wire)
    renamed = {**row.definition, "name": name}
    wire.call("version.add", definition=renamed)
    assert wire.call("job.submit", asked)["jobId"]


def test_hundreds_of_copies_at_once_are_one_job(daemon: DaemonProcess, wire: Wire) -> None:
    row = Row(wire)
    asked = {"workflow": row.name, "input": {"n": 1}, "requestId": unique("copies")}
    wires = [daemon.wire() for _ in range(10)]
    sent = [(one, one.send("job.submit", asked)) for _ in range(100) for one in wires]
    answers = [one.result(id)["jobId"] for one, id in sent]
    assert len(set(answers)) == 1
    assert len(wire.call("job.list", workflow=row.name)["jobs"]) == 1
    for one in wires:
        one.close()


Cut = Callable[[Wire, bytes], None]


def _closed_at_once(wire: Wire, line: bytes) -> None:
    wire.write(line)
    wire.close()


def _cut_in_the_line(wire: Wire, line: bytes) -> None:
    wire.write(line[: len(line) // 2])
    wire.close()


def _ended_input(wire: Wire, line: bytes) -> None:
    wire.write(line)
    wire.end_input()
    wire.close()


@pytest.mark.parametrize("cut", [_closed_at_once, _cut_in_the_line, _ended_input])
def test_a_client_that_left_finds_out_by_its_request_id(
    daemon: DaemonProcess, wire: Wire, cut: Cut
) -> None:
    row = Row(wire)
    for n in range(20):
        asked = {"workflow": row.name, "input": {"n": n}, "requestId": unique("gone")}
        request = {"jsonrpc": "2.0", "id": 1, "method": "job.submit", "params": asked}
        cut(daemon.wire(), json.dumps(request).encode() + b"\n")
        job = wire.call("job.submit", asked)["jobId"]
        assert row.job(job)["input"] == {"n": n}
    assert len(wire.call("job.list", workflow=row.name)["jobs"]) == 20


def test_a_poll_that_was_answered_to_nobody_is_answered_again(
    daemon: DaemonProcess, wire: Wire
) -> None:
    row = Row(wire)
    job = row.submit()
    asked = {"taskType": row.types[0], "workerId": "w", "requestId": unique("poll")}
    asked = {**asked, "session": unique("session")}
    with daemon.wire() as gone:
        gone.send("task.poll", asked)
        while not wire.call("task.list", jobId=job, status="IN_PROGRESS")["tasks"]:
            pass
    (task,) = wire.call("task.poll", asked)["tasks"]
    assert task["jobId"] == job
    assert finish(wire, task, {"n": 1})["accepted"]


def test_concurrent_changes_of_one_job_are_decided_one_after_another(
    daemon: DaemonProcess, wire: Wire
) -> None:
    row = Row(wire)
    row.submit()
    task = take(wire, row.types[0])
    wires = [daemon.wire() for _ in range(32)]
    asked = {"taskId": task["taskId"], "status": "COMPLETED"}
    sent = [(one, one.send("task.update", asked, output={"n": n})) for n, one in enumerate(wires)]
    accepted = [n for n, (one, id) in enumerate(sent) if one.result(id)["accepted"]]
    (winner,) = accepted
    assert row.job(task["jobId"])["output"] == {"n": winner}
    for one in wires:
        one.close()

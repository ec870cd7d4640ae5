"""What the daemon says about itself, and that it is so."""

from __future__ import annotations

import json
import os
import pwd
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.daemon.definitions import Row, finish
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

NOBODY = 65534
VERBS = {
    "workflow": ["register", "list", "get"],
    "version": ["add", "validate", "list", "get"],
    "tag": ["set", "get", "list", "history"],
    "taskType": ["put", "get", "list", "delete"],
    "schema": ["put", "get", "list", "delete"],
    "eventHandler": ["put", "validate", "get", "list", "delete"],
    "message": ["publish", "report", "queues", "list", "get"],
    "job": [
        "submit",
        "get",
        "tasks",
        "list",
        "pause",
        "resume",
        "terminate",
        "retry",
        "restart",
        "rerun",
        "skipTask",
        "sendEvent",
    ],
    "task": ["poll", "update", "get", "list"],
    "queue": ["list"],
    "events": ["read", "subscribe", "unsubscribe"],
    "replay": ["job", "verify"],
    "audit": ["query", "verify"],
    "system": ["status", "health", "backup"],
    "projections": ["rebuild"],
}
OPERATIONS = [f"{noun}.{verb}" for noun, verbs in VERBS.items() for verb in verbs]


def test_every_operation_is_described(wire: Wire) -> None:
    document = wire.call("rpc.discover")
    assert document["openrpc"].startswith("1.")
    methods = {one["name"]: one for one in document["methods"]}
    assert set(OPERATIONS) <= set(methods)
    for method in methods.values():
        assert method["summary"]
        assert method["paramStructure"] == "by-name"
        components = {"components": document["components"]}
        Draft202012Validator.check_schema({**method["result"]["schema"], **components})
        for parameter in method["params"]:
            Draft202012Validator.check_schema({**parameter["schema"], **components})


def test_what_changes_state_takes_a_request_id(wire: Wire) -> None:
    methods = {one["name"]: one for one in wire.call("rpc.discover")["methods"]}
    changing = {
        name
        for name, method in methods.items()
        if any(one["name"] == "requestId" for one in method["params"])
    }
    reading = {"list", "get", "read", "query", "verify", "validate", "subscribe", "status"}
    reading |= {"health", "backup", "history", "unsubscribe", "rebuild", "tasks", "queues"}
    for name in OPERATIONS:
        reads = name.partition(".")[2] in reading or name == "replay.job"
        assert (name in changing) is not reads, name


def test_required_parameters_are_required(wire: Wire) -> None:
    for method in wire.call("rpc.discover")["methods"]:
        required = [one["name"] for one in method["params"] if one["required"]]
        if not required:
            continue
        refused = wire.refusal(method["name"])
        assert refused.type == "invalidParams", method["name"]
        assert any(name in refused.message for name in required), refused.message


def test_unknown_parameters_are_refused(wire: Wire) -> None:
    for method in wire.call("rpc.discover")["methods"]:
        given = {one["name"]: _sample(one) for one in method["params"] if one["required"]}
        refused = wire.refusal(method["name"], given, unheardOf=1)
        assert refused.type == "invalidParams", method["name"]
        assert "unheardOf" in refused.message, method["name"]


def _sample(parameter: dict[str, Any]) -> Any:
    """Something of the right kind."""
    by_name = {
        "tag": "$LIVE",
        "version": {"versionNumber": 1},
        "status": "COMPLETED",
        "crons": [{"cron": "@daily"}],
    }
    by_type: dict[str | None, Any] = {
        "array": ["x"],
        "object": {},
        "integer": 1,
        "number": 1,
        "boolean": True,
    }
    by_default = by_type.get(parameter["schema"].get("type"), "x")
    return by_name.get(parameter["name"], by_default)


def test_the_actor_is_who_the_kernel_says(wire: Wire) -> None:
    row = Row(wire)
    job = row.submit()
    finish(wire, row.take())
    uid = os.getuid()
    me = f"uid:{uid}/{pwd.getpwuid(uid).pw_name}"
    assert row.job(job)["submittedBy"] == me
    events = wire.call("events.read", job=job)["events"]
    facts = {one["type"]: one["actor"] for one in events}
    assert facts["JobSubmitted"] == facts["TaskStarted"] == facts["TaskCompleted"] == me


def test_refused_calls_are_counted_and_logged(daemon: DaemonProcess, wire: Wire) -> None:
    counters = wire.call("system.status")["counters"]
    before = counters.get("calls_refused{type=notFound}", 0)
    wire.refusal("job.terminate", jobId="no-such-job-at-all", reason="x")
    counters = wire.call("system.status")["counters"]
    assert counters["calls_refused{type=notFound}"] == before + 1
    lines = [json.loads(one) for one in daemon.logged().splitlines()]
    (refused,) = [one for one in lines if "no-such-job-at-all" in json.dumps(one)]
    assert (refused["method"], refused["type"]) == ("job.terminate", "notFound")
    assert refused["actor"].startswith("uid:")
    wire.line(b"no json")
    assert wire.call("system.status")["rpc"]["refusals"]["parseError"] == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_nobody_else_gets_in(daemon: DaemonProcess) -> None:
    os.seteuid(NOBODY)
    try:
        with pytest.raises(PermissionError):
            daemon.wire()
    finally:
        os.seteuid(0)


def test_status_tells_how_it_is(wire: Wire) -> None:
    row = Row(wire)
    jobs = [row.submit() for _ in range(3)]
    row.take()
    status = wire.call("system.status")
    (depth,) = [one for one in status["queues"] if one["taskType"] == row.types[0]]
    assert (depth["ready"], depth["waitingPolls"]) == (2, 0)
    (queue,) = [one for one in wire.call("queue.list")["queues"] if one["taskType"] == row.types[0]]
    assert (queue["ready"], queue["held"], queue["waitingPolls"]) == (2, 1, 0)
    assert queue["oldest"] is not None
    assert status["log"]["mode"] == "ok"
    assert status["counters"]['events{type="JobSubmitted"}'] >= len(jobs)
    assert status["rpc"]["connections"] >= 1
    health = wire.call("system.health")
    assert health["ok"]
    assert health["log"] == "ok"

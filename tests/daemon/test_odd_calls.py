"""Every operation with odd parameters: an answer or a plain refusal, never a fault.

``ODD_TEST_CALLS`` and ``ODD_TEST_SEED`` make it longer, or another one.
"""

from __future__ import annotations

import os
import random
from typing import Any

from tests.daemon.definitions import Row, example, finish, in_a_row, stepping, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

CALLS = int(os.environ.get("ODD_TEST_CALLS", "1500"))
SEED = int(os.environ.get("ODD_TEST_SEED", "1"))
FAULTS = {"internal"}

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 99, 2**31, 2**53 + 1, 2**63, 2**64 - 1, -(2**63),
    0.5, -0.0, 1e308, 1e-308, "", " ", "x", "$LIVE", "$", "\x00", "\ud7ff", "é" * 300, "a/b",
    "..", "%s", "${workflow.input.n}", "job/x", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z", [], {}, [[]], {"": {}}, [None], {"n": 1}, {"tag": "$LIVE"},
    {"versionNumber": 1}, {"versionNumber": 2**64 - 1}, {"versionNumber": -5}, {"position": 1},
    {"position": 2**63}, {"sequence": 1}, {"sequence": 2**64 - 1}, {"time": "1969-12-31T23:59:59Z"},
    {"time": "9999-12-31T23:59:59Z"}, {"time": "2026-01-01"}, {"a": [{"b": [1, {"c": None}]}]},
    "COMPLETED", "FAILED", "IN_PROGRESS", "CANCELED", "RUNNING", "PAUSED",
    ["JobSubmitted"], ["x", "x"], ["\x00"], {"x": "y"}, {"x": None}, "{", '{"name":"q"}',
]  # fmt: skip


class Known:
    """Names of things that there are, so that calls get far."""

    def __init__(self, wire: Wire) -> None:
        row = Row(wire, 3)
        jobs = [row.submit(n) for n in range(6)]
        tasks = [row.take() for _ in range(4)]
        finish(wire, tasks[0], {"n": 1})
        finish(wire, tasks[1], status="FAILED_WITH_TERMINAL_ERROR", reason="odd")
        wire.call("job.terminate", jobId=jobs[3])
        steps = unique("odd")
        wire.call("version.add", definition=stepping(steps, "/odd", "/justworkflowit/noop"))
        wire.call("tag.set", workflow=steps, tag="$LIVE", version={"versionNumber": 1})
        flows = [row.name, steps, row.added["workflowId"]]
        definitions = [row.definition, stepping(steps, "/odd"), example("mail_a_box.json")]
        self.by_name: dict[str, list[Any]] = {
            "workflow": flows,
            "jobId": jobs,
            "job": jobs,
            "taskId": [task["taskId"] for task in tasks] + [f"{jobs[5]}.1"],
            "taskType": [*row.types, "/odd"],
            "workerId": ["odd-1"],
            "name": [*flows, *row.types, "odd"],
            "tag": ["$LIVE", "$ODD"],
            "ref": ["t0", "t1", "t2", "s0"],
            "stream": [f"job/{jobs[0]}", f"workflow/{row.added['workflowId']}"],
            "definition": [*definitions, in_a_row(row.name, "a"), {"name": row.types[0]}],
            "version": [{"versionNumber": 1}, {"tag": "$LIVE"}, {"versionId": "x"}],
            "waitSeconds": [0, 0.001],
            "status": ["COMPLETED", "FAILED", "IN_PROGRESS", "RUNNING"],
            "eventId": ["e"],
        }


def damaged(chance: random.Random, value: Any) -> Any:
    """A definition with one thing in it replaced or gone."""
    if isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        if chance.random() < 0.4:
            return {**value, key: chance.choice(ODD)}
        if chance.random() < 0.2:
            return {name: kept for name, kept in value.items() if name != key}
        return {**value, key: damaged(chance, value[key])}
    if isinstance(value, list) and value:
        place = chance.randrange(len(value))
        return [*value[:place], damaged(chance, value[place]), *value[place + 1 :]]
    return chance.choice(ODD)


def parameters(chance: random.Random, method: dict[str, Any], known: Known) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for parameter in method["params"]:
        name = parameter["name"]
        if not parameter["required"] and chance.random() < 0.6:
            continue
        usual = known.by_name.get(name)
        if usual and chance.random() < 0.75:
            given[name] = chance.choice(usual)
            if name in ("definition", "version") and chance.random() < 0.7:
                given[name] = damaged(chance, given[name])
        else:
            given[name] = chance.choice(ODD)
    if method["name"] == "task.poll" and "waitSeconds" in given:
        given["waitSeconds"] = 0
    return given


def test_odd_calls_are_answered_and_never_faults(daemon: DaemonProcess, wire: Wire) -> None:
    chance = random.Random(SEED)
    methods = [
        one
        for one in wire.call("rpc.discover")["methods"]
        if one["name"] not in ("system.backup", "projections.rebuild", "events.subscribe")
    ]
    known = Known(wire)
    with daemon.checked() as odd:
        for _ in range(CALLS):
            method = chance.choice(methods)
            given = parameters(chance, method, known)
            answer = odd.answer(odd.send(method["name"], given))
            if "error" in answer:
                told = answer["error"]
                assert told["data"]["type"] not in FAULTS, (method["name"], given, told)
                assert told["message"], (method["name"], given)
    assert wire.call("system.health")["ok"]
    assert wire.call("audit.verify")["ok"]
    verdict = wire.call("replay.verify")
    assert verdict["ok"], verdict["differences"][:5]


def test_the_daemon_starts_again_after_all_that(daemon: DaemonProcess) -> None:
    daemon.kill()
    daemon.again()
    with daemon.checked() as wire:
        while not wire.call("system.health")["recovered"]:
            pass
        assert wire.call("replay.verify")["ok"]

"""``maskedFields``: no read operation shows their values, workers and decisions see them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.daemon.definitions import finish, take, unique
from tests.daemon.wire import Wire

SECRET = "s3cr3t-of-the-test"


class Masked:
    """A job that had the secret everywhere a value can be."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.name, self.type = unique("masked"), unique("type")
        given = {"ssn": "${workflow.input.ssn}", "in": {"ssn": "${workflow.input.ssn}"}}
        task = {"name": self.type, "taskReferenceName": "t", "type": "SIMPLE"}
        remember = {"name": "r", "taskReferenceName": "r", "type": "SET_VARIABLE"}
        definition = {
            "name": self.name,
            "version": 1,
            "maskedFields": ["ssn"],
            "tasks": [
                {**remember, "inputParameters": {"kept": given}},
                {**task, "inputParameters": given},
                {**task, "taskReferenceName": "again", "inputParameters": given},
            ],
            "outputParameters": {"list": ["${t.output}"], "plain": "${t.output.plain}"},
        }
        wire.call("version.add", definition=definition)
        asked = {"workflow": self.name, "input": {"ssn": SECRET, "plain": "seen"}}
        self.job_id = wire.call("job.submit", asked)["jobId"]

    def work(self) -> None:
        for place in range(2):
            task = take(self.wire, self.type)
            assert task["input"] == {"ssn": SECRET, "in": {"ssn": SECRET}}
            output = {"plain": "seen", "ssn": SECRET, "deep": [{"ssn": [SECRET]}]}
            update = {"taskId": task["taskId"], "workerId": "w1"}
            logs = [{"ssn": SECRET}]
            self.wire.call("task.update", update, status="IN_PROGRESS", output=output, logs=logs)
            if place == 0:
                take(self.wire, self.type)
                finish(self.wire, task, output)


@pytest.fixture(scope="module")
def masked(daemon: Any) -> Masked:
    with daemon.wire() as wire:
        made = Masked(wire)
        made.work()
        ended = {"jobId": made.job_id, "status": "COMPLETED"}
        task = take(wire, made.type)
        finish(wire, task, {"ssn": SECRET, "plain": "seen"})
        assert wire.call("job.get", jobId=made.job_id)["status"] == ended["status"]
    return made


@pytest.fixture
def reading(masked: Masked, wire: Wire) -> Masked:
    masked.wire = wire
    return masked


READS: list[tuple[str, dict[str, Any]]] = [
    ("job.get", {"jobId": "JOB"}),
    ("job.get", {"jobId": "JOB", "at": {"sequence": 4}}),
    ("job.tasks", {"jobId": "JOB"}),
    ("job.wait", {"jobId": "JOB", "waitSeconds": 0}),
    ("job.list", {"workflow": "FLOW"}),
    ("job.search", {"where": [{"field": "jobId", "values": ["JOB"]}]}),
    ("task.get", {"taskId": "JOB.2"}),
    ("task.list", {"jobId": "JOB"}),
    ("task.search", {"where": [{"field": "jobId", "values": ["JOB"]}]}),
    ("events.read", {"job": "JOB"}),
    ("events.read", {"limit": 1000}),
    ("replay.job", {"jobId": "JOB"}),
    ("replay.verify", {"jobId": "JOB"}),
    ("audit.query", {"job": "JOB"}),
    ("queue.list", {}),
    ("system.status", {}),
]


@pytest.mark.parametrize(("method", "params"), READS, ids=lambda value: str(value)[:40])
def test_no_read_shows_it(reading: Masked, method: str, params: dict[str, Any]) -> None:
    text = json.dumps(params).replace("JOB", reading.job_id).replace("FLOW", reading.name)
    answer = json.dumps(reading.wire.call(method, json.loads(text)))
    assert SECRET not in answer


def test_the_mask_stands_in_its_place(reading: Masked) -> None:
    job = reading.wire.call("job.get", jobId=reading.job_id)
    assert job["input"] == {"ssn": "***", "plain": "seen"}
    assert job["variables"] == {"kept": {"ssn": "***", "in": {"ssn": "***"}}}
    assert job["output"]["plain"] == "seen"
    assert job["output"]["list"][0]["ssn"] == "***"
    assert job["tasks"][1]["input"] == {"ssn": "***", "in": {"ssn": "***"}}
    assert {"ssn": "***"} in job["tasks"][1]["logs"]


def test_a_subscription_masks_history_and_what_is_live(reading: Masked) -> None:
    wire = reading.wire
    wire.call("events.subscribe", after=0)
    again = {"workflow": reading.name, "input": {"ssn": SECRET}}
    job_id = wire.call("job.submit", again)["jobId"]
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["stream"] != f"job/{job_id}":
        seen.append(wire.notification()["params"]["event"])
    assert SECRET not in json.dumps(seen)
    assert any(one["data"].get("input") == {"ssn": "***", "plain": "seen"} for one in seen)


def test_a_restart_with_a_version_that_masks_more_hides_what_was_before(wire: Wire) -> None:
    name, kind = unique("flow"), unique("type")
    task = {"name": kind, "taskReferenceName": "t", "type": "SIMPLE"}
    definition = {"name": name, "version": 1, "tasks": [task]}
    wire.call("version.add", definition=definition)
    job_id = wire.call("job.submit", workflow=name, input={"late": SECRET})["jobId"]
    assert SECRET in json.dumps(wire.call("events.read", job=job_id))
    wire.call("job.terminate", jobId=job_id)
    wire.call("version.add", definition={**definition, "version": 2, "maskedFields": ["late"]})
    wire.call("job.restart", jobId=job_id, useLatest=True)
    assert SECRET not in json.dumps(wire.call("events.read", job=job_id))
    assert SECRET not in json.dumps(wire.call("job.get", jobId=job_id))


def test_the_words_of_masking_objects(wire: Wire) -> None:
    name, kind = unique("flow"), unique("type")
    given = {"_masked": {"a": "${workflow.input.a}"}, "_secrets": "${workflow.input.a}"}
    task = {"name": kind, "taskReferenceName": "t", "type": "SIMPLE", "inputParameters": given}
    wire.call("version.add", definition={"name": name, "version": 1, "tasks": [task]})
    job_id = wire.call("job.submit", workflow=name, input={"a": "x"})["jobId"]
    assert take(wire, kind)["input"] == {"_masked": {"a": "x"}, "_secrets": "x"}
    (shown,) = wire.call("job.get", jobId=job_id)["tasks"]
    assert shown["input"] == {"_masked": "***", "_secrets": "***"}


def test_the_log_of_the_daemon_has_it_nowhere(reading: Masked, daemon: Any) -> None:
    assert SECRET not in daemon.logged()

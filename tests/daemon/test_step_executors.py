"""What the daemon itself does for definitions of steps, in a daemon of its own process."""

from __future__ import annotations

import time
from typing import Any

from tests.daemon.definitions import finish, take
from tests.daemon.wire import Wire

OPEN = {"type": "object"}


def steps(name: str, task_type: str, **config: Any) -> dict[str, Any]:
    details: dict[str, Any] = {
        "type": task_type,
        "inputDefinition": {"$ref": "#/definitions/workflowInput"},
        "outputDefinition": {"$ref": "#/definitions/Any"},
    }
    if config:
        details["config"] = config
    return {
        "workflowName": name,
        "steps": [{"name": "only", "integrationDetails": details}],
        "definitions": {"workflowInput": OPEN, "Any": OPEN},
    }


def registered(wire: Wire, definition: dict[str, Any]) -> str:
    name: str = definition["workflowName"]
    added = wire.call("version.add", definition=definition)
    version = {"versionNumber": added["versionNumber"]}
    wire.call("tag.set", workflow=name, tag="$LIVE", version=version)
    return name


def ended(wire: Wire, job: str) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(1_000):
        document = wire.call("job.get", jobId=job)
        if document["status"] not in ("RUNNING", "PAUSED"):
            return document
        time.sleep(0.01)
    raise AssertionError(f"job {job} does not end: {document['waitingFor']}")


def test_a_job_waits_for_outside_events(wire: Wire) -> None:
    waits = steps("waits", "/justworkflowit/waitForEventIds", eventIds=["paid", "packed"])
    job = wire.call("job.submit", workflow=registered(wire, waits), input={})["jobId"]
    [waiting] = wire.call("job.get", jobId=job)["waitingFor"]
    assert (waiting["kind"], waiting["ids"]) == ("outsideEvent", ["paid", "packed"])
    wire.call("job.sendEvent", jobId=job, eventId="packed", payload={"boxes": 2})
    wire.call("job.sendEvent", jobId=job, eventId="paid")
    document = ended(wire, job)
    assert document["status"] == "COMPLETED"
    assert document["output"] == {"paid": None, "packed": {"boxes": 2}}


def test_a_family_of_jobs(wire: Wire) -> None:
    child = registered(wire, steps("step-child", "step-child-work", colour="red"))
    children = [
        {"id": "live", "workflowName": child, "workflowVersion": {"tag": "$LIVE"}},
        {
            "id": "each",
            "workflowName": child,
            "workflowVersion": {"versionNumber": 1},
            "forEach": {"arrayPath": "workflowInput.items"},
        },
    ]
    parent = registered(
        wire, steps("step-parent", "/justworkflowit/runChildJob", children=children)
    )
    given = {"items": [{"n": 1}, {"n": 2}]}
    job = wire.call("job.submit", workflow=parent, input=given)["jobId"]
    for _ in range(3):
        task = take(wire, "step-child-work")
        assert task["config"] == {"colour": "red"}
        finish(wire, task, {"got": task["input"]})
    document = ended(wire, job)
    assert document["output"] == {
        "live": {"got": given},
        "each": [{"got": {"n": 1}}, {"got": {"n": 2}}],
    }
    assert [task["ref"] for task in document["tasks"]] == [
        "only",
        "only/live",
        "only/each[0]",
        "only/each[1]",
    ]


def test_a_lambda_is_served_by_workers_until_the_daemon_is_told_to(wire: Wire) -> None:
    name = registered(wire, steps("by-worker", "/justworkflowit/aws/lambda", region="x"))
    job = wire.call("job.submit", workflow=name, input={})["jobId"]
    finish(wire, take(wire, "/justworkflowit/aws/lambda"), {"by": "a worker"})
    assert ended(wire, job)["output"] == {"by": "a worker"}

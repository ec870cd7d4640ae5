"""The workflow state of a job (reference justworkflowit.md §3.5), made of its tasks."""

from __future__ import annotations

from typing import Any

import orjson

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import without_nothing
from daemon.gateway.justworkflowit.table import route

RECEIVED = "OutsideEventReceived"
EVENTS_PAGE = 1_000
OUTCOMES = {
    "COMPLETED": "success",
    "COMPLETED_WITH_ERRORS": "success",
    "SKIPPED": "success",
    "SCHEDULED": "successful_but_incomplete",
    "IN_PROGRESS": "successful_but_incomplete",
}
"""Every other status of a task is a failure."""
OPEN = ("SCHEDULED", "IN_PROGRESS")


@route("GET", "/jobs/{jobId}/state", "GetWorkflowState", "Data and history of a job")
async def get_state(ask: Ask) -> dict[str, Any]:
    return {"state": await _state(ask)}


@route("GET", "/jobs/{jobId}/state/metadata", "GetWorkflowStateMetadata", "How long the state is")
async def get_state_metadata(ask: Ask) -> dict[str, Any]:
    return {"contentLengthBytes": len(orjson.dumps({"state": await _state(ask)}))}


async def _state(ask: Ask) -> dict[str, Any]:
    job = await ask.call("job.get", jobId=ask.parts["jobId"])
    received = await _received(ask)
    history = [_step(task) for task in job["tasks"]] + [_outside(one, job) for one in received]
    return without_nothing(
        {
            "nextStepName": _next_step(job),
            "executionData": _data(job),
            "executionHistory": sorted(history, key=lambda one: one["startTimestamp"]),
        }
    )


async def _received(ask: Ask) -> list[dict[str, Any]]:
    """The outside events in the job's stream. Whoever may read the job may read these."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = await ask.inside(
            "events.read",
            job=ask.parts["jobId"],
            types=[RECEIVED],
            after=after,
            limit=EVENTS_PAGE,
        )
        found += page["events"]
        if len(page["events"]) < EVENTS_PAGE:
            return found
        after = page["next"]


def _data(job: dict[str, Any]) -> dict[str, Any]:
    """A later run of a step takes the place of an earlier one."""
    data: dict[str, Any] = {}
    if job["input"] is not None:
        data["workflowInput"] = job["input"]
    for task in job["tasks"]:
        if task["status"] in OPEN:
            continue
        data[f"{task['ref']}Input"] = task["input"]
        data[f"{task['ref']}Output"] = task["output"]
    return data


def _next_step(job: dict[str, Any]) -> str | None:
    """The step that is under way, or that a resumed job would go on with."""
    waiting = [task["ref"] for task in job["tasks"] if task["status"] in OPEN]
    if waiting:
        return str(waiting[-1])
    if job["status"] == "COMPLETED" or not job["tasks"]:
        return None
    last = job["tasks"][-1]
    return None if last["status"] == "COMPLETED" else str(last["ref"])


def _step(task: dict[str, Any]) -> dict[str, Any]:
    reason = task["reason"]
    begun = task["startedAt"] or task["scheduledAt"]
    return {
        "id": task["taskId"],
        "stepName": task["ref"],
        "stepExecutorType": task["taskType"],
        "historySource": "engine",
        "input": task["input"],
        "output": without_nothing(
            {"status": OUTCOMES.get(task["status"], "failure"), "payload": task["output"]}
        ),
        "startTimestamp": begun,
        "endTimestamp": task["endedAt"] or task["updatedAt"],
        "errors": [] if reason is None else [str(reason)],
        "warnings": [],
    }


def _outside(event: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    data = event["data"]
    waiting = next((one for one in job["tasks"] if one["status"] in OPEN), None)
    step = waiting or (job["tasks"][-1] if job["tasks"] else {"ref": "", "taskType": ""})
    return {
        "id": f"{event['stream']}/{event['sequence']}",
        "stepName": step["ref"],
        "stepExecutorType": step["taskType"],
        "historySource": "external",
        "input": None,
        "output": without_nothing({"status": "success", "payload": data.get("payload")}),
        "startTimestamp": event["at"],
        "endTimestamp": event["at"],
        "errors": [],
        "warnings": [],
        "eventId": data["eventId"],
    }

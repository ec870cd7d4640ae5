"""Jobs (reference justworkflowit.md §3.4). Their states are translated here and nowhere else."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import Body, read, without_nothing
from daemon.gateway.justworkflowit.errors import invalid
from daemon.gateway.justworkflowit.paging import PAGE_SIZE, before, next_token
from daemon.gateway.justworkflowit.table import route

STATES = {
    "WAITING": "PENDING",
    "RUNNING": "RUNNING",
    "PAUSED": "PENDING",
    "COMPLETED": "SUCCEEDED",
    "FAILED": "FAILED",
    "TIMED_OUT": "FAILED",
    "TERMINATED": "CANCELLED",
}
"""A job begins to run as it is submitted, unless it waits for a slot of a pool; the other one
that is there and does not go on is paused. One that waits for events runs."""

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
RESUMABLE = ("FAILED", "CANCELLED")
HIERARCHY = {
    "ALL": [],
    "TOP_LEVEL_ONLY": [{"field": "causeJobId", "test": "missing"}],
    "CHILD_JOBS_ONLY": [{"field": "causeJobId", "test": "present"}],
}


class VersionSelector(Body, frozen=True, kw_only=True):
    version_id: str | None = None
    version_number: int | None = None
    tag: str | None = None


class NewJob(Body, frozen=True, kw_only=True):
    workflow_id: str
    workflow_version: VersionSelector
    input_json: Any = None


class NewEvent(Body, frozen=True, kw_only=True):
    event_id: str
    payload: Any = None


@route("GET", "/jobs", "ListJobs", "Jobs, newest first")
async def list_jobs(ask: Ask) -> dict[str, Any]:
    size = ask.whole("pageSize", PAGE_SIZE, least=1, most=1_000)
    where = _filters(ask)
    counted = await ask.call("job.search", where=where, size=0)
    page = [*where, *before(ask, where)]
    found = await ask.call("job.search", where=page, size=size)
    jobs = found["results"]
    more = found["totalHits"] > len(jobs)
    return without_nothing(
        {
            "jobs": [summary(job) for job in jobs],
            "nextPageToken": next_token(jobs[-1], where) if more else None,
            "totalCount": counted["totalHits"],
        }
    )


@route("POST", "/jobs", "SubmitJob", "Start a job")
async def submit_job(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewJob)
    selector = without_nothing(msgspec.to_builtins(body.workflow_version))
    if len(selector) != 1:
        message = "workflowVersion: say exactly one of versionId, versionNumber, tag"
        raise invalid(message, workflowVersion=message)
    return await ask.call(
        "job.submit", workflow=body.workflow_id, version=selector, input=body.input_json
    )


@route("GET", "/jobs/{jobId}", "GetJob", "One job and its family")
async def get_job(ask: Ask) -> dict[str, Any]:
    job = await ask.call("job.get", jobId=ask.parts["jobId"])
    return without_nothing(
        {
            "job": {**summary(job), **await _ancestors(ask, job)},
            "parentJob": await _parent(ask, job),
            "childJobs": await _children(ask, job) or None,
        }
    )


@route("POST", "/jobs/{jobId}/cancel", "CancelJob", "End a job; its children go on", "job:cancel")
async def cancel_job(ask: Ask) -> dict[str, Any]:
    state = await _state(ask)
    if state in ENDED:
        raise _unfit("cancelled", state)
    done = await ask.call("job.terminate", jobId=ask.parts["jobId"])
    return {"jobId": done["jobId"]}


@route(
    "POST",
    "/jobs/{jobId}/resume",
    "ResumeJob",
    "Go on with a failed or cancelled job",
    "job:submit",
)
async def resume_job(ask: Ask) -> dict[str, Any]:
    state = await _state(ask)
    if state not in RESUMABLE:
        raise _unfit("resumed", state)
    done = await ask.call("job.retry", jobId=ask.parts["jobId"])
    return {"jobId": done["jobId"]}


@route(
    "POST",
    "/jobs/{jobId}/events",
    "SendJobEvent",
    "Tell a job of something outside",
    "job:event:send",
)
async def send_event(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewEvent)
    state = await _state(ask)
    if state != "RUNNING":
        raise _unfit("sent events", state)
    await ask.call(
        "job.sendEvent", jobId=ask.parts["jobId"], eventId=body.event_id, payload=body.payload
    )
    return {"jobId": ask.parts["jobId"], "eventId": body.event_id}


def summary(job: dict[str, Any]) -> dict[str, Any]:
    """Of a job document or a row of the list."""
    return without_nothing(
        {
            "jobId": job["jobId"],
            "status": state_of(job),
            "workflowId": job["workflowId"],
            "workflowName": job["workflow"],
            "workflowVersion": {
                "versionId": job["versionId"],
                "versionNumber": job["versionNumber"],
            },
            "submittedByUser": job["submittedBy"],
            "createdAt": job["createdAt"],
            "updatedAt": job["updatedAt"],
            "startedAt": None if job["waitsForSlot"] else job["startedAt"],
            "finishedAt": job["endedAt"],
            "parentJobId": job["causeJobId"],
        }
    )


async def _parent(ask: Ask, job: dict[str, Any]) -> dict[str, Any] | None:
    if job["causeJobId"] is None:
        return None
    parent = await ask.inside("job.get", jobId=job["causeJobId"])
    return {
        "jobId": parent["jobId"],
        "status": state_of(parent),
        "workflowName": parent["workflow"],
        "stepName": _step(parent, job) or "",
    }


async def _ancestors(ask: Ask, job: dict[str, Any]) -> dict[str, Any]:
    """The step of the parent that started the job, and the first job of the chain."""
    above = job
    found: dict[str, Any] = {}
    while above["causeJobId"] is not None:
        above = await ask.inside("job.get", jobId=above["causeJobId"])
        if not found:
            found["parentStepName"] = _step(above, job)
        found["rootJobId"] = above["jobId"]
    return without_nothing(found)


def _step(parent: dict[str, Any], job: dict[str, Any]) -> str | None:
    """The step of ``parent`` that started ``job``; none did if it is a failure job."""
    refs = (one["ref"] for one in parent["tasks"] if one["taskId"] == job["parentTaskId"])
    return next(refs, None)


async def _children(ask: Ask, job: dict[str, Any]) -> list[dict[str, Any]]:
    where = [{"field": "causeJobId", "values": [job["jobId"]]}]
    found = await ask.inside("job.search", where=where, size=1_000)
    steps = {one["childJobId"]: one["ref"] for one in job["tasks"]}
    return [_child(summary(one), steps) for one in reversed(found["results"])]


def _child(child: dict[str, Any], steps: dict[str, str]) -> dict[str, Any]:
    names = ("jobId", "status", "workflowName", "createdAt", "finishedAt")
    step = steps.get(child["jobId"], "")
    return without_nothing({name: child.get(name) for name in names} | {"parentStepName": step})


async def _state(ask: Ask) -> str:
    """For a caller who may do what it is asked for: reading the job takes no more."""
    job = await ask.inside("job.get", jobId=ask.parts["jobId"])
    return state_of(job)


def state_of(job: dict[str, Any]) -> str:
    """Of a job document or a row of the list."""
    return STATES["WAITING" if job["waitsForSlot"] else job["status"]]


def _unfit(what: str, state: str) -> Exception:
    return invalid(f"A job that is {state} cannot be {what}.")


def _filters(ask: Ask) -> list[dict[str, Any]]:
    where: list[dict[str, Any]] = []
    status = ask.text("status")
    if status is not None:
        where.append(_of_state(status))
    name = ask.text("workflowName")
    if name is not None:
        where.append({"field": "workflow", "test": "contains", "values": [name]})
    if ask.text("workflowVersionNumber") is not None:
        number = ask.whole("workflowVersionNumber", 0)
        where.append({"field": "versionNumber", "values": [number]})
    for parameter, test in (("createdAfter", ">="), ("createdBefore", "<=")):
        moment = ask.text(parameter)
        if moment is not None:
            where.append({"field": "createdAt", "test": test, "values": [moment]})
    return [*where, *_of_hierarchy(ask.text("jobHierarchy") or "ALL")]


def _of_state(status: str) -> dict[str, Any]:
    statuses = [own for own, theirs in STATES.items() if theirs == status]
    if not statuses:
        message = f"status: {status!r} is none of {', '.join(dict.fromkeys(STATES.values()))}"
        raise invalid(message, status=message)
    return {"field": "phase", "test": "in", "values": statuses}


def _of_hierarchy(wanted: str) -> list[dict[str, Any]]:
    found = HIERARCHY.get(wanted)
    if found is None:
        message = f"jobHierarchy: {wanted!r} is none of {', '.join(HIERARCHY)}"
        raise invalid(message, jobHierarchy=message)
    return found

"""Reporting on a task by its reference name, or on the one that a workflow waits at."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.bodies import body_in
from daemon.gateway.conductor.documents import OPEN_TASK, base_ref
from daemon.gateway.conductor.errors import is_missing, not_found
from daemon.gateway.conductor.reading import whole_workflow
from daemon.gateway.conductor.settling import Settling, strategy_in
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.conductor.tasks import STATUSES
from daemon.gateway.messages import Response, json_response, text_response
from daemon.gateway.running import CallFailed

Json = dict[str, Any]

WAIT = "WAIT"
SIGNAL_MILLISECONDS = 5_000
"""How long a signal waits for what follows unless it is told otherwise."""


@route(
    "POST", "/tasks/{workflowId}/{taskRefName}/{status}", "updateByRef", "Report by reference name"
)
async def update_by_ref(ask: Ask) -> Response:
    report = _report_in(ask)
    task = await _open_task(ask)
    if task is None:
        return OK
    await _report(ask, task, report)
    return text_response(task["taskId"])


@route(
    "POST",
    "/tasks/{workflowId}/{taskRefName}/{status}/sync",
    "updateByRefSync",
    "Report by reference name and see the workflow",
)
async def update_by_ref_sync(ask: Ask) -> Response:
    report = _report_in(ask)
    ref, job_id = ask.parts["taskRefName"], ask.parts["workflowId"]
    there_is_none = not_found(f"Found no running task {ref} of workflow {job_id} to update")
    try:
        task = await _open_task(ask)
    except CallFailed as failed:
        if is_missing(failed):
            raise there_is_none from failed
        raise
    if task is None:
        raise there_is_none
    await _report(ask, task, report)
    return json_response(await whole_workflow(ask, ask.parts["workflowId"]))


@route(
    "POST", "/tasks/{workflowId}/{status}/signal", "signal", "Report on the first task that waits"
)
async def signal(ask: Ask) -> Response:
    report = _report_in(ask)
    task = await _waiting_task(ask, ask.parts["workflowId"])
    if task is not None:
        await _report(ask, task, report)
    return OK


@route(
    "POST",
    "/tasks/{workflowId}/{status}/signal/sync",
    "signalSync",
    "Report on the first task that waits, and see what follows",
)
async def signal_sync(ask: Ask) -> Response:
    report, job_id = _report_in(ask), ask.parts["workflowId"]
    settling = Settling(
        job_id=job_id,
        strategy=strategy_in(ask),
        seconds=ask.whole("timeoutMillis", SIGNAL_MILLISECONDS) / 1000,
    )
    task = await _waiting_task(ask, job_id)
    if task is None:
        raise not_found(f"Found no blocked task in workflow {job_id} to signal")
    await _report(ask, task, report)
    return await settling.response(ask)


def _report_in(ask: Ask) -> Json:
    """The status in the path, and the body laid over the output so far. Raises Unreadable."""
    status = ask.parts["status"]
    if status not in STATUSES:
        raise Unreadable(f"status: {status!r} is none of {', '.join(STATUSES)}")
    return {"status": status, "output": body_in(ask), "mergeOutput": True}


async def _report(ask: Ask, task: Json, report: Json) -> None:
    await ask.call(
        "task.update",
        taskId=task["taskId"],
        workerId=ask.text("workerid"),
        **report,
    )


async def _open_task(ask: Ask) -> Json | None:
    """The first one that goes by the reference name, else by it and an iteration."""
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    ref = ask.parts["taskRefName"]
    there = [one for one in job["tasks"] if one["status"] in OPEN_TASK]
    named = (one for one in there if one["ref"] == ref)
    in_loops = (one for one in there if one["iteration"] > 0 and base_ref(one["ref"]) == ref)
    return next(named, None) or next(in_loops, None)


async def _waiting_task(ask: Ask, job_id: str) -> Json | None:
    """The first WAIT, else the first one within a workflow that runs for this one."""
    job = await ask.call("job.get", jobId=job_id)
    there = [one for one in job["tasks"] if one["status"] in OPEN_TASK]
    for task in there:
        if task["taskType"] == WAIT:
            return dict(task)
    for task in there:
        if task["childJobId"] is not None:
            found = await _waiting_task(ask, task["childJobId"])
            if found is not None:
                return found
    return None

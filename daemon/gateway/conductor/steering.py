"""Steering workflows (conductor.md §6.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.bodies import body_in, read_as
from daemon.gateway.conductor.documents import ENDED_JOB
from daemon.gateway.conductor.errors import conflict
from daemon.gateway.conductor.reading import found_job
from daemon.gateway.conductor.refusing import steer
from daemon.gateway.conductor.table import NO_CONTENT, OK, route
from daemon.gateway.messages import Response, text_response

ONE = "/workflow/{workflowId}"


class Rerun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    re_run_from_task_id: str | None = None
    workflow_input: dict[str, Any] | None = None
    task_input: dict[str, Any] | None = None
    correlation_id: str | None = None


@route("PUT", "/workflow/decide/{workflowId}", "decide", "Nothing to do: it is always decided")
async def decide(ask: Ask) -> Response:
    await ask.call("job.get", jobId=ask.parts["workflowId"])
    return OK


@route("PUT", f"{ONE}/pause", "pauseWorkflow", "Schedule nothing more until resumed")
async def pause(ask: Ask) -> Response:
    await steer(ask, ask.parts["workflowId"], "job.pause")
    return OK


@route("PUT", f"{ONE}/resume", "resumeWorkflow", "Go on with a paused workflow")
async def resume(ask: Ask) -> Response:
    await steer(ask, ask.parts["workflowId"], "job.resume")
    return OK


@route("POST", f"{ONE}/restart", "restart", "Run an ended workflow anew")
async def restart(ask: Ask) -> Response:
    latest = ask.flag("useLatestDefinitions", False)
    await steer(ask, ask.parts["workflowId"], "job.restart", useLatest=latest)
    return NO_CONTENT


@route("POST", f"{ONE}/retry", "retry", "Go on with a failed workflow")
async def retry(ask: Ask) -> Response:
    deep = ask.flag("resumeSubworkflowTasks", False)
    await steer(ask, ask.parts["workflowId"], "job.retry", resumeSubworkflows=deep)
    return NO_CONTENT


@route("POST", f"{ONE}/rerun", "rerun", "Run an ended workflow again from one of its tasks")
async def rerun(ask: Ask) -> Response:
    """A task of a workflow that ran for this one is run again there, and this one goes on."""
    workflow_id = ask.parts["workflowId"]
    asked = read_as(Rerun, body_in(ask))
    task_id = asked.re_run_from_task_id
    owner = workflow_id if not task_id else await _owner(ask, workflow_id, task_id)
    await steer(
        ask,
        owner,
        "job.rerun",
        taskId=task_id or None,
        taskInput=asked.task_input,
        input=asked.workflow_input,
        correlationId=asked.correlation_id or None,
    )
    return text_response(workflow_id)


async def _owner(ask: Ask, workflow_id: str, task_id: str) -> str:
    """The workflow of the task: this one, or one below it. Raises HttpError."""
    await ask.call("job.get", jobId=workflow_id)
    owner, _, number = task_id.rpartition(".")
    job = await found_job(ask, owner) if owner and number.isdigit() else None
    above = job
    while above is not None and above["jobId"] != workflow_id:
        parent = above["parentJobId"]
        above = None if parent is None else await found_job(ask, parent)
    if above is None:
        raise bad_request(f"Task {task_id} not found")
    return owner


@route("PUT", f"{ONE}/skiptask/{{taskReferenceName}}", "skipTask", "Pass over a step to come")
async def skip_task(ask: Ask) -> Response:
    """What cannot be read in the query is some client's, and passed over."""
    body = ask.object()
    await steer(
        ask,
        ask.parts["workflowId"],
        "job.skipTask",
        ref=ask.parts["taskReferenceName"],
        input=body.get("taskInput"),
        output=body.get("taskOutput"),
    )
    return OK


@route("POST", f"{ONE}/resetcallbacks", "resetWorkflow", "Offer tasks that wait to be called")
async def reset_callbacks(ask: Ask) -> Response:
    """Each such task is reported as in progress, as it is, to be called back at once."""
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    if job["status"] in ENDED_JOB:
        raise conflict(f"Workflow is in terminal state. Status = {job['status']}")
    for task in job["tasks"]:
        if task["status"] == "SCHEDULED" and task["callbackAfterSeconds"]:
            await ask.call(
                "task.update",
                taskId=task["taskId"],
                status="IN_PROGRESS",
                output=task["output"],
                reason=task["reason"],
                workerId=task["workerId"],
            )
    return NO_CONTENT


@route("DELETE", ONE, "terminate", "End a workflow and cancel its tasks")
async def terminate(ask: Ask) -> Response:
    await end(ask, ask.parts["workflowId"])
    return OK


async def end(ask: Ask, workflow_id: str) -> str:
    """The id. One that failed or timed out is given up, too (conductor.md §5)."""
    job = await ask.call("job.get", jobId=workflow_id, includeTasks=False)
    if job["status"] == "COMPLETED":
        raise conflict("Cannot terminate a COMPLETED workflow.")
    if job["status"] != "TERMINATED":
        await steer(ask, workflow_id, "job.terminate", reason=ask.text("reason"))
    return workflow_id

"""Showing and steering workflows (conductor.md §6.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.bodies import read_as
from daemon.gateway.conductor.definitions import steps_by_ref
from daemon.gateway.conductor.documents import ENDED_JOB, output_of, task_document
from daemon.gateway.conductor.errors import conflict
from daemon.gateway.conductor.reading import MOST, definition_of, whole_workflow
from daemon.gateway.conductor.table import NO_CONTENT, OK, route
from daemon.gateway.messages import Response, json_response, text_response

Json = dict[str, Any]
ONE = "/workflow/{workflowId}"


class Rerun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    re_run_from_task_id: str | None = None
    workflow_input: dict[str, Any] | None = None
    task_input: dict[str, Any] | None = None


# showing


@route("GET", ONE, "getExecutionStatus", "One workflow with its tasks")
async def get(ask: Ask) -> Response:
    with_tasks = ask.flag("includeTasks", True)
    return json_response(
        await whole_workflow(ask, ask.parts["workflowId"], include_tasks=with_tasks)
    )


@route("GET", f"{ONE}/status", "getWorkflowStatusSummary", "Its status, output and variables")
async def get_status(ask: Ask) -> Response:
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    found = {"workflowId": job["jobId"], "status": job["status"]}
    if job["correlationId"] is not None:
        found["correlationId"] = job["correlationId"]
    if ask.flag("includeOutput", False):
        found["output"] = output_of(job)
    if ask.flag("includeVariables", False):
        found["variables"] = job["variables"] or {}
    return json_response(found)


@route("GET", f"{ONE}/tasks", "getExecutionStatusTaskList", "Its tasks, in pages")
async def get_tasks(ask: Ask) -> Response:
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    first, count = ask.whole("start", 0), ask.whole("count", 15)
    wanted = {one.upper() for one in ask.texts("status") if one}
    found = [one for one in job["tasks"] if not wanted or one["status"] in wanted]
    steps = steps_by_ref(await definition_of(ask, job))
    page = found[first : first + count]
    results = [task_document(one, job, steps, ask.now_ms) for one in page]
    return json_response({"totalHits": len(found), "results": results})


@route("GET", "/workflow/running/{name}", "getRunningWorkflow", "Ids of running workflows")
async def get_running(ask: Ask) -> Response:
    number = ask.whole("version", 1)
    where = [
        {"field": "workflow", "values": [ask.parts["name"]]},
        {"field": "versionNumber", "values": [number]},
        {"field": "status", "test": "in", "values": ["RUNNING", "PAUSED"]},
    ]
    found = await ask.call("job.search", where=where, size=MOST)
    return json_response([one["jobId"] for one in found["results"]])


@route(
    "GET",
    "/workflow/{name}/correlated/{correlationId}",
    "getWorkflowsByCorrelationId",
    "Workflows of one correlation id",
)
async def get_correlated(ask: Ask) -> Response:
    return json_response(await _correlated(ask, ask.parts["correlationId"]))


@route(
    "POST",
    "/workflow/{name}/correlated",
    "getWorkflowsByCorrelationIds",
    "Workflows of several correlation ids",
)
async def get_many_correlated(ask: Ask) -> Response:
    given = ask.json()
    if not isinstance(given, list):
        raise Unreadable("the body is a JSON array of correlation ids")
    return json_response({str(one): await _correlated(ask, str(one)) for one in given})


async def _correlated(ask: Ask, correlation_id: str) -> list[Json]:
    where: list[Json] = [
        {"field": "workflow", "values": [ask.parts["name"]]},
        {"field": "correlationId", "values": [correlation_id]},
    ]
    if not ask.flag("includeClosed", False):
        where.append({"field": "status", "values": ["RUNNING"]})
    found = await ask.call("job.search", where=where, size=MOST)
    with_tasks = ask.flag("includeTasks", False)
    return [
        await whole_workflow(ask, one["jobId"], include_tasks=with_tasks)
        for one in found["results"]
    ]


# steering


@route("PUT", "/workflow/decide/{workflowId}", "decide", "Nothing to do: it is always decided")
async def decide(ask: Ask) -> Response:
    await ask.call("job.get", jobId=ask.parts["workflowId"])
    return OK


@route("PUT", f"{ONE}/pause", "pauseWorkflow", "Schedule nothing more until resumed")
async def pause(ask: Ask) -> Response:
    await _change(ask, "job.pause")
    return OK


@route("PUT", f"{ONE}/resume", "resumeWorkflow", "Go on with a paused workflow")
async def resume(ask: Ask) -> Response:
    await _change(ask, "job.resume")
    return OK


@route("POST", f"{ONE}/restart", "restart", "Run an ended workflow anew")
async def restart(ask: Ask) -> Response:
    await _change(ask, "job.restart", useLatest=ask.flag("useLatestDefinitions", False))
    return NO_CONTENT


@route("POST", f"{ONE}/retry", "retry", "Go on with a failed workflow")
async def retry(ask: Ask) -> Response:
    deep = ask.flag("resumeSubworkflowTasks", False)
    await _change(ask, "job.retry", resumeSubworkflows=deep)
    return NO_CONTENT


@route("POST", f"{ONE}/rerun", "rerun", "Run an ended workflow again from one of its tasks")
async def rerun(ask: Ask) -> Response:
    asked = read_as(Rerun, ask.object())
    await _change(
        ask,
        "job.rerun",
        taskId=asked.re_run_from_task_id,
        taskInput=asked.task_input,
        input=asked.workflow_input,
    )
    return text_response(ask.parts["workflowId"])


@route("PUT", f"{ONE}/skiptask/{{taskReferenceName}}", "skipTask", "Pass over a step to come")
async def skip_task(ask: Ask) -> Response:
    body = ask.object()
    await _change(
        ask,
        "job.skipTask",
        ref=ask.parts["taskReferenceName"],
        input=body.get("taskInput"),
        output=body.get("taskOutput"),
    )
    return OK


@route("POST", f"{ONE}/resetcallbacks", "resetWorkflow", "Nothing to do but to be there")
async def reset_callbacks(ask: Ask) -> Response:
    """Conductor makes tasks that wait for their callback available at once; here each waits
    for the time that its worker asked for."""
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    if job["status"] in ENDED_JOB:
        raise conflict(f"Workflow is in terminal state. Status = {job['status']}")
    return NO_CONTENT


@route("DELETE", ONE, "terminate", "End a workflow and cancel its tasks")
async def terminate(ask: Ask) -> Response:
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    if job["status"] == "COMPLETED":
        raise conflict("Cannot terminate a COMPLETED workflow.")
    if job["status"] != "TERMINATED":
        await _change(ask, "job.terminate", reason=ask.text("reason"))
    return OK


async def _change(ask: Ask, method: str, **params: Any) -> None:
    await ask.call(method, jobId=ask.parts["workflowId"], **params)

"""Starting, showing and steering workflows (conductor.md §6.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.documents import ENDED_JOB, output_of, task_document
from daemon.gateway.conductor.errors import INVALID, conflict
from daemon.gateway.conductor.reading import MOST, whole_workflow
from daemon.gateway.conductor.table import NO_CONTENT, OK, route
from daemon.gateway.messages import Response, json_response, text_response
from daemon.gateway.running import CallFailed

Json = dict[str, Any]
ONE = "/workflow/{workflowId}"
HIGHEST_PRIORITY = 99
RETURN_EXISTING = "RETURN_EXISTING"


class Start(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """StartWorkflowRequest. What it has beyond this is passed over, as by Conductor."""

    name: str | None = None
    version: int | None = None
    correlation_id: str | None = None
    input: dict[str, Any] | None = {}
    task_to_domain: dict[str, str] | None = None
    workflow_def: dict[str, Any] | None = None
    priority: int | None = 0
    idempotency_key: str | None = None
    idempotency_strategy: str | None = None


class Rerun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    re_run_from_task_id: str | None = None
    workflow_input: dict[str, Any] | None = None
    task_input: dict[str, Any] | None = None


# starting


@route("POST", "/workflow", "startWorkflow", "Start a workflow")
async def start(ask: Ask) -> Response:
    try:
        asked = msgspec.convert(ask.object(), Start)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from error
    return text_response(await start_job(ask, asked))


@route("POST", "/workflow/{name}", "startWorkflowByName", "Start a workflow with this input")
async def start_by_name(ask: Ask) -> Response:
    version = ask.whole("version", 0)
    asked = Start(
        name=ask.parts["name"],
        version=version or None,
        correlation_id=ask.text("correlationId"),
        input=ask.object(),
        priority=ask.whole("priority", 0),
    )
    return text_response(await start_job(ask, asked))


async def start_job(ask: Ask, asked: Start) -> str:
    """The id of the job."""
    _check(asked)
    assert asked.name is not None, "checked"
    number = asked.version
    if asked.workflow_def is not None:
        number = await _sent_along(ask, asked.workflow_def)
    keyed = asked.idempotency_strategy == RETURN_EXISTING and asked.idempotency_key
    done = await ask.call(
        "job.submit",
        workflow=asked.name,
        version={"versionNumber": number} if number else None,
        input=asked.input,
        correlationId=asked.correlation_id,
        priority=asked.priority or 0,
        taskToDomain=asked.task_to_domain,
        requestId=f"start/{asked.name}/{asked.idempotency_key}" if keyed else None,
    )
    return str(done["jobId"])


def _check(asked: Start) -> None:
    if not asked.name:
        message = "Workflow name cannot be null or empty"
        raise bad_request(INVALID, **{"startWorkflow.name": message})
    if asked.input is None:
        raise bad_request("NULL input passed when starting workflow")
    priority = asked.priority or 0
    if not 0 <= priority <= HIGHEST_PRIORITY:
        bound = "minimum 0" if priority < 0 else f"maximum {HIGHEST_PRIORITY}"
        raise bad_request(f"priority: {priority} should be {bound}")


async def _sent_along(ask: Ask, definition: Json) -> int:
    """The number of a definition that came with the start: the one that is registered so,
    or registered now. Nothing that is registered is changed by a start."""
    number = int(definition.get("version", 1))
    name = str(definition.get("name", ""))
    try:
        await ask.call("version.add", definition={**definition, "version": number})
    except CallFailed as failed:
        if failed.failure.data.get("refusal") != "numberTaken":
            raise
        version = {"versionNumber": number}
        found = await ask.call("version.get", workflow=name, version=version)
        if {**found["definition"], "version": number} != {**definition, "version": number}:
            raise conflict(
                f"Workflow with {name}.{number} already exists, and is another than the "
                "workflowDef of this request"
            ) from failed
    return number


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
    results = [task_document(one, job) for one in found[first : first + count]]
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
        raise bad_request("the body is a JSON array of correlation ids")
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
    try:
        asked = msgspec.convert(ask.object(), Rerun)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from error
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

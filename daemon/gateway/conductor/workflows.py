"""Showing workflows (conductor.md §6.1)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.documents import output_of
from daemon.gateway.conductor.reading import MOST, shown_tasks, whole_workflow
from daemon.gateway.conductor.table import route
from daemon.gateway.messages import Response, json_response
from eventstore.events import TaskStatus

Json = dict[str, Any]
ONE = "/workflow/{workflowId}"


# showing


@route("GET", ONE, "getExecutionStatus", "One workflow with its tasks")
async def get(ask: Ask) -> Response:
    with_tasks = ask.flag("includeTasks", True)
    return json_response(
        await whole_workflow(ask, ask.parts["workflowId"], include_tasks=with_tasks)
    )


@route("GET", f"{ONE}/status", "getWorkflowStatusSummary", "Its status, output and variables")
async def get_status(ask: Ask) -> Response:
    job = await ask.call("job.get", jobId=ask.parts["workflowId"], includeTasks=False)
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
    job = await ask.call("job.get", jobId=ask.parts["workflowId"], includeTasks=False)
    first, count = ask.whole("start", 0), ask.whole("count", 15)
    wanted = {one.upper() for one in ask.texts("status") if one}
    known = wanted & set(TaskStatus)
    if wanted and not known:
        return json_response({"totalHits": 0, "results": []})
    found = await ask.call(
        "job.tasks",
        jobId=job["jobId"],
        start=max(first, 0),
        limit=min(max(count, 1), MOST),
        statuses=sorted(known),
    )
    results = await shown_tasks(ask, job, found["tasks"] if count > 0 else ())
    return json_response({"totalHits": found["total"], "results": results})


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

"""Workers: polling for tasks and reporting on them (conductor.md §6.3)."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.documents import (
    OPEN_TASK,
    base_ref,
    handed_out,
    steps_by_ref,
    task_document,
)
from daemon.gateway.conductor.errors import INVALID, not_found
from daemon.gateway.conductor.reading import definition_of, whole_workflow
from daemon.gateway.conductor.table import NO_CONTENT, OK, route
from daemon.gateway.messages import Response, json_response, text_response
from daemon.gateway.running import Pending

Json = dict[str, Any]

LONGEST_POLL_MS = 5_000
SHORT_POLL_MS = 100
"""How long Conductor itself waits unless it is told otherwise."""


class Result(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """TaskResult. What it has beyond this is passed over, as by Conductor."""

    workflow_instance_id: str | None = None
    task_id: str | None = None
    status: str | None = None
    output_data: dict[str, Any] | None = None
    reason_for_incompletion: str | None = None
    callback_after_seconds: float | None = 0
    worker_id: str | None = None
    logs: list[Any] | None = None
    extend_lease: bool | None = False


# polling


@route("GET", "/tasks/poll/{taskType}", "poll", "Take one task, or 204")
async def poll(ask: Ask) -> Response:
    tasks = await _polled(ask, ask.parts["taskType"], 1, SHORT_POLL_MS)
    return json_response(tasks[0]) if tasks else NO_CONTENT


@route("GET", "/tasks/poll/batch/{taskType}", "batchPoll", "Take up to count tasks")
async def batch_poll(ask: Ask) -> Response:
    wait = ask.whole("timeout", SHORT_POLL_MS)
    if wait > LONGEST_POLL_MS:
        raise bad_request("Long Poll Timeout value cannot be more than 5 seconds")
    count = ask.whole("count", 1, least=1)
    return json_response(await _polled(ask, ask.parts["taskType"], count, wait))


async def _polled(ask: Ask, task_type: str, count: int, wait: int) -> list[Json]:
    worker = ask.text("workerid") or ask.caller.actor
    domain = ask.text("domain")
    taken = await _begin_poll(ask, task_type, worker, domain, count, wait)
    return _orders(ask, taken, worker)


def _begin_poll(
    ask: Ask, task_type: str, worker: str, domain: str | None, count: int, wait: int
) -> Pending:
    ask.polled.note(task_type, domain, worker, ask.now_ms)
    return ask.call(
        "task.poll",
        idle=True,
        taskType=task_type,
        workerId=worker,
        domain=domain,
        count=count,
        waitSeconds=wait / 1000,
        session="",
    )


def _orders(ask: Ask, taken: Json, worker: str) -> list[Json]:
    return [handed_out(one, worker, ask.now_ms) for one in taken["tasks"]]


# reporting


@route("POST", "/tasks", "updateTask", "Report on a task")
async def update(ask: Ask) -> Response:
    result = _result(ask)
    await _report(ask, result)
    return text_response(str(result.task_id))


@route("POST", "/tasks/update-v2", "updateTaskV2", "Report on a task and take the next one")
async def update_and_poll(ask: Ask) -> Response:
    """The next task is asked for in the same moment, so that both share one commit."""
    result = _result(ask)
    task = await ask.call("task.get", taskId=result.task_id)
    reported = _report(ask, result)
    if reported.failed or result.status in (None, "IN_PROGRESS"):
        await reported
        return NO_CONTENT
    worker = result.worker_id or ask.caller.actor
    polled = _begin_poll(ask, task["taskType"], worker, task["domain"], 1, 0)
    await reported
    tasks = _orders(ask, await polled, worker)
    return json_response(tasks[0]) if tasks else NO_CONTENT


@route(
    "POST", "/tasks/{workflowId}/{taskRefName}/{status}", "updateByRef", "Report by reference name"
)
async def update_by_ref(ask: Ask) -> Response:
    task = await _open_task(ask)
    if task is None:
        return text_response("")
    await _report_with(ask, task)
    return text_response(task["taskId"])


@route(
    "POST",
    "/tasks/{workflowId}/{taskRefName}/{status}/sync",
    "updateByRefSync",
    "Report by reference name and see the workflow",
)
async def update_by_ref_sync(ask: Ask) -> Response:
    task = await _open_task(ask)
    if task is None:
        ref, job_id = ask.parts["taskRefName"], ask.parts["workflowId"]
        raise not_found(f"Found no running task {ref} of workflow {job_id} to update")
    await _report_with(ask, task)
    return json_response(await whole_workflow(ask, ask.parts["workflowId"]))


@route(
    "POST", "/tasks/{workflowId}/{status}/signal", "signal", "Report on the first task that waits"
)
async def signal(ask: Ask) -> Response:
    task = await _waiting_task(ask)
    if task is not None:
        await _report_with(ask, task)
    return OK


@route(
    "POST",
    "/tasks/{workflowId}/{status}/signal/sync",
    "signalSync",
    "Report on the first task that waits, and see what follows",
)
async def signal_sync(ask: Ask) -> Response:
    job_id = ask.parts["workflowId"]
    task = await _waiting_task(ask)
    if task is None:
        raise not_found(f"Found no blocked task in workflow {job_id} to signal")
    await _report_with(ask, task)
    found = await whole_workflow(ask, job_id)
    shown = ("correlationId", "input", "output", "priority", "variables", "tasks", "createdBy")
    return json_response(
        {
            "responseType": "TARGET_WORKFLOW",
            "targetWorkflowId": job_id,
            "targetWorkflowStatus": found["status"],
            "workflowId": job_id,
            "signalTimeout": False,
            "createTime": found["createTime"],
            "updateTime": found["updateTime"],
            "status": found["status"],
            **{name: found[name] for name in shown if name in found},
        }
    )


def _result(ask: Ask) -> Result:
    try:
        result = msgspec.convert(ask.object(), Result)
    except msgspec.ValidationError as error:
        raise bad_request(str(error)) from error
    missing = {}
    if not result.workflow_instance_id:
        missing["workflowInstanceId"] = "Workflow Id cannot be null or empty"
    if not result.task_id:
        missing["taskId"] = "Task ID cannot be null or empty"
    if missing:
        raise bad_request(INVALID, **missing)
    return result


def _report(ask: Ask, result: Result) -> Pending:
    """A late or repeated result changes nothing and is no error."""
    if result.extend_lease:
        return ask.call(
            "task.update", taskId=result.task_id, extendLease=True, workerId=result.worker_id
        )
    return ask.call(
        "task.update",
        taskId=result.task_id,
        status=result.status,
        output=result.output_data,
        reason=result.reason_for_incompletion,
        callbackAfterSeconds=result.callback_after_seconds or 0,
        workerId=result.worker_id,
        logs=result.logs or None,
    )


async def _report_with(ask: Ask, task: Json) -> None:
    """With the status in the path and the output in the body."""
    await ask.call(
        "task.update",
        taskId=task["taskId"],
        status=ask.parts["status"],
        output=ask.object(),
        workerId=ask.text("workerid"),
    )


async def _open_task(ask: Ask) -> Json | None:
    """The last one that goes by the reference name, with or without its iteration."""
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    ref = ask.parts["taskRefName"]
    found = [
        one
        for one in job["tasks"]
        if ref in (one["ref"], base_ref(one["ref"])) and one["status"] in OPEN_TASK
    ]
    return found[-1] if found else None


async def _waiting_task(ask: Ask) -> Json | None:
    job = await ask.call("job.get", jobId=ask.parts["workflowId"])
    waits = ("WAIT", "HUMAN")
    found = (one for one in job["tasks"] if one["taskType"] in waits and one["status"] in OPEN_TASK)
    return next(found, None)


# showing


@route("GET", "/tasks/{taskId}", "getTask", "One task")
async def get(ask: Ask) -> Response:
    task = await ask.call("task.get", taskId=ask.parts["taskId"])
    job = await ask.inside("job.get", jobId=task["jobId"])
    steps = steps_by_ref(await definition_of(ask, job))
    return json_response(task_document(task, job, steps.get(base_ref(task["ref"]))))


@route("GET", "/tasks/{taskId}/log", "getTaskLogs", "What was logged about a task, or 204")
async def get_log(ask: Ask) -> Response:
    task = await ask.call("task.get", taskId=ask.parts["taskId"])
    lines = [_log_line(one, task["taskId"]) for one in task["logs"]]
    return json_response(lines) if lines else NO_CONTENT


@route("POST", "/tasks/{taskId}/log", "log", "Add a line to what was logged about a task")
async def log(ask: Ask) -> Response:
    """The body is the line as it stands: some clients quote it, some do not."""
    line = ask.request.body.decode("utf-8", "replace")
    task_id = ask.parts["taskId"]
    entry = {"log": line, "taskId": task_id, "createdTime": ask.now_ms}
    await ask.call("task.log", taskId=task_id, logs=[entry])
    return OK


def _log_line(entry: Any, task_id: str) -> Json:
    if isinstance(entry, dict):
        return {"taskId": task_id, "createdTime": 0, **entry}
    return {"log": str(entry), "taskId": task_id, "createdTime": 0}

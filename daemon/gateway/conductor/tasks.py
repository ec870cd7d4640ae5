"""Workers: polling for tasks and reporting on them (conductor.md §6.3)."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.gateway.asking import Answered, Ask, Unreadable, bad_request
from daemon.gateway.conductor.bodies import body_in, read_as
from daemon.gateway.conductor.errors import INVALID, is_missing, not_found
from daemon.gateway.conductor.handing import handed_out
from daemon.gateway.conductor.reading import found_job, shown_tasks
from daemon.gateway.conductor.table import NO_CONTENT, OK, route
from daemon.gateway.conductor.violations import invalid_at
from daemon.gateway.messages import JSON, Response, json_response, text_response
from daemon.gateway.running import CallFailed
from daemon.operations.of_workers import EXCHANGE, TAKE

Json = dict[str, Any]

LONGEST_POLL_MS = 5_000
SHORT_POLL_MS = 100
"""How long Conductor itself waits unless it is told otherwise."""


STATUSES = ("IN_PROGRESS", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "COMPLETED", "CANCELED")


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
    return _json(tasks[0]) if tasks else NO_CONTENT


@route("GET", "/tasks/poll/batch/{taskType}", "batchPoll", "Take up to count tasks")
async def batch_poll(ask: Ask) -> Response:
    wait = ask.whole("timeout", SHORT_POLL_MS)
    if wait > LONGEST_POLL_MS:
        raise bad_request("Long Poll Timeout value cannot be more than 5 seconds")
    count = ask.whole("count", 1)
    tasks = await _polled(ask, ask.parts["taskType"], count, wait) if count else ()
    return _json(b"[%b]" % b",".join(tasks))


async def _polled(ask: Ask, task_type: str, count: int, wait: int) -> list[bytes]:
    worker = ask.text("workerid") or ask.caller.actor
    domain = ask.text("domain")
    ask.polled.note(task_type, domain, worker, ask.now_ms)
    asked = {
        "taskType": task_type,
        "workerId": worker,
        "domain": domain,
        "count": count,
        "waitSeconds": wait / 1000,
        "session": "",
    }
    taken = await ask.perform(TAKE, asked, idle=True)
    return [await handed_out(ask, one) for one in taken["tasks"]]


def _json(body: bytes) -> Response:
    return Response(body=body, content_type=JSON)


# reporting


@route("POST", "/tasks", "updateTask", "Report on a task")
async def update(ask: Ask) -> Response:
    result = _result(ask)
    _check(result)
    try:
        if not _is_of_its_workflow(result):
            await _check_workflow(ask, result)
        await ask.begin("task.update", _report(result))
    except CallFailed as failed:
        raise await _explained(ask, result, failed) from failed
    return text_response(str(result.task_id))


@route("POST", "/tasks/update-v2", "updateTaskV2", "Report on a task and take the next one")
async def update_and_poll(ask: Ask) -> Response:
    """The next task is asked for in the same moment, so that both share one commit."""
    result = _result(ask)
    try:
        _check(result)
    except Answered as answered:
        raise Unreadable(INVALID) from answered
    try:
        if not _is_of_its_workflow(result):
            await _check_workflow(ask, result)
        told = await ask.perform(EXCHANGE, _report(result))
    except CallFailed as failed:
        raise await _explained(ask, result, failed) from failed
    tasks = told["tasks"]
    return _json(await handed_out(ask, tasks[0])) if tasks else NO_CONTENT


def _result(ask: Ask) -> Result:
    return read_as(Result, body_in(ask))


def _check(result: Result) -> None:
    """Raises HttpError."""
    missing = {}
    if not result.workflow_instance_id:
        missing["workflowInstanceId"] = "Workflow Id cannot be null or empty"
    if not result.task_id:
        missing["taskId"] = "Task ID cannot be null or empty"
    if missing:
        raise invalid_at("updateTask.arg0", missing, {})
    if result.status not in STATUSES and not result.extend_lease:
        raise Unreadable(f"status: {result.status!r} is none of {', '.join(STATUSES)}")


def _is_of_its_workflow(result: Result) -> bool:
    """The id of each task begins with that of its workflow."""
    return str(result.task_id).rpartition(".")[0] == result.workflow_instance_id


async def _check_workflow(ask: Ask, result: Result) -> None:
    """It must be there, its task's or not (§3.15)."""
    await ask.inside("job.get", jobId=result.workflow_instance_id, includeTasks=False)


async def _explained(ask: Ask, result: Result, failed: CallFailed) -> Exception:
    """What Conductor says of a workflow or a task that is not there."""
    if not is_missing(failed):
        return failed
    workflow_id = str(result.workflow_instance_id)
    if failed.method == "job.get" or await found_job(ask, workflow_id) is None:
        return not_found(f"No such workflow found by id: {workflow_id}")
    return not_found(f"No such task found by id: {result.task_id}")


def _report(result: Result) -> Json:
    """A late or repeated result changes nothing and is no error."""
    worker = result.worker_id or None
    if result.extend_lease:
        return {"taskId": result.task_id, "extendLease": True, "workerId": worker}
    return {
        "taskId": result.task_id,
        "status": result.status,
        "output": result.output_data,
        "reason": result.reason_for_incompletion,
        "callbackAfterSeconds": result.callback_after_seconds or 0,
        "workerId": worker,
        "logs": result.logs or None,
    }


# showing


@route("GET", "/tasks/{taskId}", "getTask", "One task")
async def get(ask: Ask) -> Response:
    task = await ask.call("task.get", taskId=ask.parts["taskId"])
    job = await ask.inside("job.get", jobId=task["jobId"], includeTasks=False)
    return json_response((await shown_tasks(ask, job, [task]))[0])


@route("GET", "/tasks/{taskId}/log", "getTaskLogs", "What was logged about a task, or 204")
async def get_log(ask: Ask) -> Response:
    task = await ask.call("task.get", taskId=ask.parts["taskId"])
    lines = [_log_line(one, task["taskId"]) for one in task["logs"]]
    return json_response(lines) if lines else NO_CONTENT


@route("POST", "/tasks/{taskId}/log", "log", "Add a line to what was logged about a task")
async def log(ask: Ask) -> Response:
    """The body is the line as it stands: some clients quote it, some do not."""
    if not ask.request.body:
        raise Unreadable("Required request body is missing: a line")
    line = ask.request.body.decode("utf-8", "replace")
    task_id = ask.parts["taskId"]
    entry = {"log": line, "taskId": task_id, "createdTime": ask.now_ms}
    await ask.call("task.log", taskId=task_id, logs=[entry])
    return OK


def _log_line(entry: Any, task_id: str) -> Json:
    if isinstance(entry, dict):
        return {"taskId": task_id, "createdTime": 0, **entry}
    return {"log": str(entry), "taskId": task_id, "createdTime": 0}

"""Jobs and tasks in Conductor's words (conductor.md §1.5). Times are epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from daemon.gateway.conductor.definitions import settings_of, shown_step, steps_by_ref

OPEN_TASK = ("SCHEDULED", "IN_PROGRESS")
FAILED_TASK = ("FAILED", "FAILED_WITH_TERMINAL_ERROR")
ENDED_JOB = ("COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED")
LONGEST_REASON = 500
NO_RATE = {"rateLimitPerFrequency": 0, "rateLimitFrequencyInSeconds": 1}

Json = dict[str, Any]


def milliseconds(moment: str | None) -> int:
    """0 for a moment that is not there yet."""
    if moment is None:
        return 0
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def workflow_document(job: Json, definition: Json, now: int, *, include_tasks: bool = True) -> Json:
    """``definition``: the one the job runs, as it is shown. ``now`` in milliseconds."""
    steps = steps_by_ref(definition)
    failed = failed_tasks(job)
    document = {
        "workflowId": job["jobId"],
        "workflowName": job["workflow"],
        "workflowVersion": job["versionNumber"],
        "status": job["status"],
        "createTime": milliseconds(job["startedAt"]),
        "startTime": milliseconds(job["startedAt"]),
        "updateTime": milliseconds(job["updatedAt"]),
        "endTime": milliseconds(job["endedAt"]),
        "createdBy": job["submittedBy"],
        "ownerApp": "",
        "parentWorkflowId": job.get("parentJobId"),
        "parentWorkflowTaskId": job.get("parentTaskId"),
        "correlationId": job["correlationId"],
        "event": job["event"],
        "priority": job["priority"],
        "input": job["input"] if job["input"] is not None else {},
        "output": output_of(job),
        "variables": job["variables"] or {},
        "taskToDomain": job["taskToDomain"],
        "reasonForIncompletion": reason_of(job),
        "failedReferenceTaskNames": sorted({task["ref"] for task in failed}),
        "failedTaskNames": sorted({task["name"] for task in failed}),
        "lastRetriedTime": milliseconds(job["resumedAt"]),
        "history": [],
        "rateLimited": False,
        "workflowDefinition": definition,
        "tasks": [
            task_document(task, job, steps, now) for task in (job["tasks"] if include_tasks else ())
        ],
    }
    return without_nulls(document)


def failed_tasks(job: Json) -> list[Json]:
    """Counted when the workflow ends; what timed out is not among them (§3.9)."""
    if job["status"] not in ENDED_JOB:
        return []
    return [task for task in job["tasks"] if task["status"] in FAILED_TASK]


def task_document(task: Json, job: Json, steps: Mapping[str, Json], now: int) -> Json:
    """Of a task of a job document. ``steps`` of the job's definition, by their ref."""
    step = steps.get(task["ref"]) or steps.get(base_ref(task["ref"])) or _unknown_step(task)
    settings = step.get("taskDefinition") or settings_of(step, {})
    ended_well = task["status"] in ("COMPLETED", "COMPLETED_WITH_ERRORS")
    document = {
        **_identity(task, job),
        **_timing(task, now),
        "workflowTask": step,
        "taskDefinition": settings,
        "status": task["status"],
        "inputData": task["input"] or {},
        "outputData": task["output"] if task["output"] is not None else {},
        "reasonForIncompletion": reason_of(task),
        "retryCount": task["attempt"],
        "retried": task["retried"],
        "executed": ended_well and not task["retried"],
        "retriedTaskId": task["retriedTaskId"],
        "pollCount": task["pollCount"],
        "workerId": task["workerId"],
        "callbackFromWorker": True,
        "callbackAfterSeconds": round(task["callbackAfterSeconds"] or 0),
        "responseTimeoutSeconds": settings["responseTimeoutSeconds"],
        "rateLimitPerFrequency": settings["rateLimitPerFrequency"],
        "rateLimitFrequencyInSeconds": settings["rateLimitFrequencyInSeconds"],
        "isolationGroupId": settings.get("isolationGroupId"),
        "executionNameSpace": settings.get("executionNameSpace"),
        "subWorkflowId": task.get("childJobId"),
    }
    return without_nulls(document)


def _unknown_step(task: Json) -> Json:
    """Of a task that was made up while its workflow ran, as by a dynamic fork."""
    named = {"name": task["name"], "taskReferenceName": base_ref(task["ref"])}
    return shown_step({**named, "type": task["kind"]})


def handed_out(task: Json, worker: str, now: int) -> Json:
    """Of an answer of ``task.poll``. ``now`` in milliseconds."""
    job = {
        "jobId": task["jobId"],
        "workflow": task["workflow"],
        "correlationId": task["correlationId"],
        "priority": task["priority"],
    }
    document = {
        **_identity(task, job),
        **NO_RATE,
        "workflowTask": {
            "name": task["name"],
            "taskReferenceName": base_ref(task["ref"]),
            "type": task["kind"],
        },
        "status": "IN_PROGRESS",
        "inputData": task["input"] or {},
        "outputData": {},
        "retryCount": task["attempt"],
        "retried": False,
        "executed": False,
        "pollCount": task["pollCount"],
        "workerId": worker,
        "callbackFromWorker": True,
        "callbackAfterSeconds": 0,
        "responseTimeoutSeconds": round(task["respondBySeconds"] or 0),
        "scheduledTime": now,
        "startTime": now,
        "updateTime": now,
        "endTime": 0,
        "startDelayInSeconds": 0,
        "queueWaitTime": 0,
        "runtimeMetadata": task.get("runtimeMetadata"),
    }
    return without_nulls(document)


def _identity(task: Json, job: Json) -> Json:
    number = task["taskId"].rpartition(".")[2]
    return {
        "taskId": task["taskId"],
        "taskType": task["taskType"],
        "taskDefName": task["name"] or task["taskType"],
        "referenceTaskName": task["ref"],
        "seq": int(number),
        "workflowInstanceId": job["jobId"],
        "workflowType": job["workflow"],
        "workflowPriority": job["priority"],
        "correlationId": job["correlationId"],
        "domain": task["domain"],
        "iteration": task["iteration"],
        "loopOverTask": task["iteration"] > 0,
        "subworkflowChanged": False,
    }


def _timing(task: Json, now: int) -> Json:
    started = milliseconds(task["startedAt"])
    return {
        "scheduledTime": milliseconds(task["scheduledAt"]),
        "startTime": started,
        "firstStartTime": started,
        "updateTime": milliseconds(task["updatedAt"]),
        "endTime": milliseconds(task["endedAt"]),
        "startDelayInSeconds": 0,
        "queueWaitTime": _waited(task, now) if started else 0,
    }


def _waited(task: Json, now: int) -> int:
    """In its queue, in milliseconds: until it began, or since its worker asked to be called."""
    callback = round((task["callbackAfterSeconds"] or 0) * 1000)
    if callback:
        return max(now - milliseconds(task["updatedAt"]) - callback, 0)
    return max(milliseconds(task["startedAt"]) - milliseconds(task["scheduledAt"]), 0)


def output_of(job: Json) -> Any:
    return job["output"] if job["output"] is not None else {}


def reason_of(thing: Json) -> str | None:
    reason = thing["reason"]
    return None if reason is None else str(reason)[:LONGEST_REASON]


def base_ref(ref: str) -> str:
    """Without the ``__n`` of a loop's n-th iteration, or several of nested ones."""
    base, mark, number = ref.rpartition("__")
    return base_ref(base) if mark and number.isdigit() else ref


def without_nulls(document: Json) -> Json:
    """Conductor leaves out what is null, but not within user data."""
    return {name: value for name, value in document.items() if value is not None}

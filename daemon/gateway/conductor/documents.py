"""Jobs and tasks in Conductor's words (conductor.md §1.5). Times are epoch milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

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


def workflow_document(job: Json, definition: Json, *, include_tasks: bool = True) -> Json:
    """``definition``: the one the job runs."""
    steps = steps_by_ref(definition)
    failed = [task for task in job["tasks"] if task["status"] in FAILED_TASK]
    document = {
        "workflowId": job["jobId"],
        "workflowName": job["workflow"],
        "workflowVersion": job["versionNumber"],
        "status": job["status"],
        "createTime": milliseconds(job["createdAt"]),
        "startTime": milliseconds(job["createdAt"]),
        "updateTime": milliseconds(job["updatedAt"]),
        "endTime": milliseconds(job["endedAt"]),
        "createdBy": job["submittedBy"],
        "ownerApp": "",
        "parentWorkflowId": job.get("parentJobId"),
        "parentWorkflowTaskId": job.get("parentTaskId"),
        "correlationId": job["correlationId"],
        "priority": job["priority"],
        "input": job["input"] if job["input"] is not None else {},
        "output": output_of(job),
        "variables": job["variables"] or {},
        "taskToDomain": job["taskToDomain"],
        "reasonForIncompletion": reason_of(job),
        "failedReferenceTaskNames": sorted({task["ref"] for task in failed}),
        "failedTaskNames": sorted({task["name"] for task in failed}),
        "lastRetriedTime": 0,
        "history": [],
        "workflowDefinition": definition,
        "tasks": [
            task_document(task, job, steps.get(base_ref(task["ref"])))
            for task in (job["tasks"] if include_tasks else ())
        ],
    }
    return without_nulls(document)


def task_document(task: Json, job: Json, step: Json | None = None) -> Json:
    """Of a task of a job document. ``step``: its element of the definition."""
    document = {
        **_identity(task, job, step),
        **_timing(task),
        "status": task["status"],
        "inputData": task["input"] or {},
        "outputData": task["output"] if task["output"] is not None else {},
        "reasonForIncompletion": reason_of(task),
        "retryCount": task["attempt"],
        "retried": task["retried"],
        "executed": task["status"] not in OPEN_TASK,
        "retriedTaskId": task["retriedTaskId"],
        "pollCount": task["pollCount"],
        "workerId": task["workerId"],
        "callbackFromWorker": True,
        "callbackAfterSeconds": round(task["callbackAfterSeconds"] or 0),
        "responseTimeoutSeconds": 0,
        "subWorkflowId": task.get("childJobId"),
    }
    return without_nulls(document)


def handed_out(task: Json, worker: str, now: int) -> Json:
    """Of an answer of ``task.poll``. ``now`` in milliseconds."""
    job = {
        "jobId": task["jobId"],
        "workflow": task["workflow"],
        "correlationId": task["correlationId"],
        "priority": task["priority"],
    }
    document = {
        **_identity(task, job, None),
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
    }
    return without_nulls(document)


def _identity(task: Json, job: Json, step: Json | None) -> Json:
    number = task["taskId"].rpartition(".")[2]
    named = {"name": task["name"], "taskReferenceName": base_ref(task["ref"]), "type": "SIMPLE"}
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
        "workflowTask": {**named, **(step or {})},
        **NO_RATE,
    }


def _timing(task: Json) -> Json:
    scheduled = milliseconds(task["scheduledAt"])
    started = milliseconds(task["startedAt"])
    return {
        "scheduledTime": scheduled,
        "startTime": started,
        "updateTime": milliseconds(task["updatedAt"]),
        "endTime": milliseconds(task["endedAt"]),
        "startDelayInSeconds": 0,
        "queueWaitTime": max(started - scheduled, 0) if started else 0,
    }


def output_of(job: Json) -> Any:
    return job["output"] if job["output"] is not None else {}


def reason_of(thing: Json) -> str | None:
    reason = thing["reason"]
    return None if reason is None else str(reason)[:LONGEST_REASON]


def base_ref(ref: str) -> str:
    """Without the ``__n`` of a loop's n-th iteration."""
    base, mark, number = ref.rpartition("__")
    return base if mark and number.isdigit() else ref


def steps_by_ref(definition: Json) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for step in _steps(definition.get("tasks", ())):
        found.setdefault(str(step.get("taskReferenceName")), step)
    return found


def _steps(tasks: Any) -> Iterator[Json]:
    """All of them, those within operators too."""
    for task in tasks if isinstance(tasks, list) else ():
        if not isinstance(task, dict):
            continue
        yield task
        for branch in (task.get("decisionCases") or {}).values():
            yield from _steps(branch)
        for name in ("defaultCase", "loopOver"):
            yield from _steps(task.get(name))
        for branch in task.get("forkTasks") or ():
            yield from _steps(branch)


def without_nulls(document: Json) -> Json:
    """Conductor leaves out what is null, but not within user data."""
    return {name: value for name, value in document.items() if value is not None}

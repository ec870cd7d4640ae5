"""Jobs and tasks in Conductor's words (conductor.md §1.5). Times are epoch milliseconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from daemon.gateway.conductor.definitions import settings_of, shown_step, steps_by_ref
from daemon.gateway.conductor.standing import (
    ENDED_WELL,
    SKIPPED,
    Standing,
    ended_it,
    standing_of,
)
from daemon.queues.handout import NO_DOMAIN

OPEN_TASK = ("SCHEDULED", "IN_PROGRESS")
FAILED_TASK = ("FAILED", "FAILED_WITH_TERMINAL_ERROR")
ENDED_JOB = ("COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED")
LONGEST_REASON = 500
WAIT = "WAIT"
START_WORKFLOW = "START_WORKFLOW"
NEVER_RAN = ("FAILED", "COMPLETED_WITH_ERRORS")
"""Without an output: a workflow that ended badly leaves at least its id."""
OF_WORKERS = ("SIMPLE", "DYNAMIC", "USER_DEFINED")
OF_CLIENTS = ("HTTP", "KAFKA_PUBLISH")
NO_LIMITS = {
    "responseTimeoutSeconds": 0,
    "rateLimitPerFrequency": 0,
    "rateLimitFrequencyInSeconds": 0,
}
FOR_EVER = 2_147_483_647
TIMES_OF_A_WAIT = frozenset({"duration", "until"})

Json = dict[str, Any]


def milliseconds(moment: str | None) -> int:
    """0 for a moment that is not there yet."""
    if moment is None:
        return 0
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def workflow_document(job: Json, definition: Json, now: int, *, include_tasks: bool = True) -> Json:
    """``definition``: the one the job runs, as it is shown. ``now`` in milliseconds."""
    tasks = Tasks(job, definition, now, standing_of(job))
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
        "idempotencyKey": job["idempotencyKey"],
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
        "tasks": [tasks.document(one) for one in (job["tasks"] if include_tasks else ())],
    }
    return without_nulls(document)


def failed_tasks(job: Json) -> list[Json]:
    """Counted when the workflow ends; what timed out is not among them (§3.9)."""
    if job["status"] not in ENDED_JOB:
        return []
    return [task for task in job["tasks"] if task["status"] in FAILED_TASK]


class Tasks:
    """The tasks of a job. ``definition``: the one it runs, as it is shown; ``standing`` at
    least of those that are shown."""

    def __init__(self, job: Json, definition: Json, now: int, standing: Standing) -> None:
        self._job = job
        self._steps = steps_by_ref(definition)
        self._now = now
        self._standing = standing
        self._last = ended_it(job, definition, standing.ended_last)

    def document(self, task: Json) -> Json:
        """Times in milliseconds; what was skipped in advance has no place."""
        step = self._step(task)
        settings = step.get("taskDefinition") or settings_of(step, {})
        document = {
            **_identity(task, self._job),
            **_timing(task, self._now),
            **_limits(step, settings),
            "seq": self._standing.places.get(task["taskId"], 0),
            "workflowTask": step,
            "taskDefinition": settings,
            "status": task["status"],
            "inputData": task["input"] or {},
            "outputData": task["output"] if task["output"] is not None else {},
            "reasonForIncompletion": reason_of(task),
            "retryCount": task["attempt"],
            "retried": task["retried"],
            "executed": self._was_followed(task),
            "retriedTaskId": task["retriedTaskId"],
            "pollCount": task["pollCount"],
            "workerId": task["workerId"],
            "callbackFromWorker": True,
            "callbackAfterSeconds": _callback(task),
            "subWorkflowId": _child(task),
        }
        return without_nulls(document)

    def _step(self, task: Json) -> Json:
        ref = task["ref"]
        return (
            self._steps.get(ref)
            or self._steps.get(base_ref(ref))
            or unknown_step(task["name"], base_ref(ref), task["kind"])
        )

    def _was_followed(self, task: Json) -> bool:
        """Whether what comes after it was decided. A next attempt in the same moment was made
        instead of that; a later one was asked for by somebody."""
        if task["retried"]:
            return bool(self._standing.retried_at.get(task["taskId"]) != task["endedAt"])
        return task["status"] in ENDED_WELL and task["taskId"] != self._last


def unknown_step(name: str, ref: str, kind: str) -> Json:
    """Of a task that was made up while its workflow ran, as by a dynamic fork."""
    return shown_step({"name": name, "taskReferenceName": ref, "type": kind})


def _limits(step: Json, settings: Json) -> Json:
    """Tasks that no worker polls for have none."""
    if step["type"] not in (*OF_WORKERS, *OF_CLIENTS):
        return NO_LIMITS
    response = settings["responseTimeoutSeconds"]
    return {
        "responseTimeoutSeconds": 0 if step["type"] in OF_CLIENTS else response,
        **rates_of(settings),
    }


def rates_of(settings: Json) -> Json:
    return {
        "rateLimitPerFrequency": settings["rateLimitPerFrequency"],
        "rateLimitFrequencyInSeconds": settings["rateLimitFrequencyInSeconds"],
        "isolationGroupId": settings.get("isolationGroupId"),
        "executionNameSpace": settings.get("executionNameSpace"),
    }


def _callback(task: Json) -> int:
    """Of a WAIT: how long it waits, for ever without a time (observed on Conductor 3.32.3)."""
    if task["taskType"] != WAIT:
        return round(task["callbackAfterSeconds"] or 0)
    has_time = isinstance(task["input"], dict) and not TIMES_OF_A_WAIT.isdisjoint(task["input"])
    until = task["completeAt"] or (task["endedAt"] if has_time else None)
    if until is None:
        return FOR_EVER
    return max((milliseconds(until) - milliseconds(task["scheduledAt"])) // 1000, 0)


def _child(task: Json) -> str | None:
    """A workflow that was only started works for nobody, and one that was refused never was."""
    child: str | None = task["childJobId"]
    was_refused = task["output"] is None and task["status"] in NEVER_RAN
    return None if was_refused or task["taskType"] == START_WORKFLOW else child


def _identity(task: Json, job: Json) -> Json:
    iteration = task.get("loop") or task["iteration"]
    return {
        "taskId": task["taskId"],
        "taskType": task["taskType"],
        "taskDefName": task["name"] or task["taskType"],
        "referenceTaskName": task["ref"],
        "workflowInstanceId": job["jobId"],
        "workflowType": job["workflow"],
        "workflowPriority": job["priority"],
        "correlationId": job["correlationId"],
        "domain": domain_of(task["domain"]),
        "iteration": iteration,
        "loopOverTask": iteration > 0,
        "subworkflowChanged": False,
    }


def domain_of(domains: str | None) -> str | None:
    """Of several that may take it, the one it is left to when nobody polls for the others."""
    last = (domains or "").rpartition(",")[2].strip()
    return None if last in ("", NO_DOMAIN) else last


def _timing(task: Json, now: int) -> Json:
    started, updated = milliseconds(task["startedAt"]), milliseconds(task["updatedAt"])
    return {
        "scheduledTime": milliseconds(task["scheduledAt"]),
        "startTime": started,
        "firstStartTime": 0,
        "updateTime": 0 if _is_as_scheduled(task) else updated,
        "endTime": milliseconds(task["endedAt"]),
        "startDelayInSeconds": _delay(task),
        "queueWaitTime": _waited(task, now) if started else 0,
    }


def _delay(task: Json) -> int:
    """Before it could be taken: its ``startDelay``, or that of a retry."""
    return 0 if task["taskType"] == WAIT else round(task["delaySeconds"])


def _is_as_scheduled(task: Json) -> bool:
    unended = task["status"] in (*OPEN_TASK, SKIPPED)
    return bool(unended and task["updatedAt"] == task["scheduledAt"])


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

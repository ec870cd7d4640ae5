"""Search (conductor.md §5): rows from the projections, user data from the jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.classifying import classified, classifier_of
from daemon.gateway.conductor.documents import (
    failed_tasks,
    milliseconds,
    output_of,
    reason_of,
    without_nulls,
)
from daemon.gateway.conductor.querying import JOB_FIELDS, TASK_FIELDS, conditions, orders
from daemon.gateway.conductor.reading import MOST, shown_tasks, whole_workflow, with_failed
from daemon.gateway.conductor.table import route
from daemon.gateway.conductor.violations import Violation, invalid_with
from daemon.gateway.messages import Response, json_response

Json = dict[str, Any]

PAGE = 100
LARGEST_PAGE = 5_000


@route("GET", "/workflow/search", "search", "Summaries of workflows")
async def search(ask: Ask) -> Response:
    found = await _jobs(ask)
    results = [await _job_summary(ask, await _job(ask, one)) for one in found["results"]]
    return json_response({"totalHits": found["totalHits"], "results": results})


@route("GET", "/workflow/search-v2", "searchV2", "Workflows")
async def search_v2(ask: Ask) -> Response:
    found = await _jobs(ask)
    results = [await whole_workflow(ask, one["jobId"]) for one in found["results"]]
    return json_response({"totalHits": found["totalHits"], "results": results})


@route("GET", "/workflow/search-by-tasks", "searchByTasks", "Workflows that have such tasks")
async def search_by_tasks(ask: Ask) -> Response:
    jobs = await _jobs_of_tasks(ask)
    results = [await _job_summary(ask, one) for one in jobs]
    return json_response({"totalHits": len(jobs), "results": results})


@route("GET", "/workflow/search-by-tasks-v2", "searchByTasksV2", "Workflows that have such tasks")
async def search_by_tasks_v2(ask: Ask) -> Response:
    jobs = await _jobs_of_tasks(ask)
    results = [await whole_workflow(ask, one["jobId"]) for one in jobs]
    return json_response({"totalHits": len(jobs), "results": results})


@route("GET", "/tasks/search", "searchTasks", "Summaries of tasks")
async def search_tasks(ask: Ask) -> Response:
    found = await _tasks(ask)
    results = [_task_summary(*(await _task(ask, one))) for one in found["results"]]
    return json_response({"totalHits": found["totalHits"], "results": results})


@route("GET", "/tasks/search-v2", "searchTasksV2", "Tasks")
async def search_tasks_v2(ask: Ask) -> Response:
    found = await _tasks(ask)
    results = []
    for one in found["results"]:
        job, task = await _task(ask, one)
        results += await shown_tasks(ask, job, [task])
    return json_response({"totalHits": found["totalHits"], "results": results})


async def _jobs(ask: Ask) -> Json:
    where = conditions(ask.text("query"), JOB_FIELDS)
    classifiers = [one for one in (ask.text("classifier") or "").split(",") if one.strip()]
    if classifiers:
        where.append(await classified(ask, {one.strip() for one in classifiers}))
    if ask.flag("topLevelOnly", False):
        where.append({"field": "parentJobId", "test": "missing"})
    return await _found(ask, "job.search", where, JOB_FIELDS)


async def _tasks(ask: Ask) -> Json:
    where = conditions(ask.text("query"), TASK_FIELDS)
    return await _found(ask, "task.search", where, TASK_FIELDS)


async def _found(ask: Ask, method: str, where: list[Json], fields: dict[str, str]) -> Json:
    """A large page is put together of several."""
    text = ask.text("freeText")
    start, size = ask.whole("start", 0), _size(ask)
    results: list[Json] = []
    while True:
        page = await ask.call(
            method,
            where=where,
            text=None if text in (None, "*") else text,
            sort=orders(ask.text("sort"), fields),
            start=start + len(results),
            size=min(size - len(results), MOST),
        )
        results += page["results"]
        if len(results) >= size or len(page["results"]) < MOST:
            return {"totalHits": page["totalHits"], "results": results}


def _size(ask: Ask) -> int:
    size = ask.whole("size", PAGE)
    if size > LARGEST_PAGE:
        text = f"Cannot return more than {LARGEST_PAGE} workflows. Please use pagination."
        raise invalid_with([Violation("searchWorkflows.arg1", text, size)])
    return size


async def _jobs_of_tasks(ask: Ask) -> list[Json]:
    found = await _tasks(ask)
    ids = dict.fromkeys(one["jobId"] for one in found["results"])
    return [await ask.call("job.get", jobId=one, includeTasks=False) for one in ids]


async def _job(ask: Ask, row: Json) -> Json:
    """Whoever may search may see what was found."""
    return await ask.inside("job.get", jobId=row["jobId"], includeTasks=False)


async def _task(ask: Ask, row: Json) -> tuple[Json, Json]:
    job = await _job(ask, row)
    return job, await ask.inside("task.get", taskId=row["taskId"])


async def _job_summary(ask: Ask, job: Json) -> Json:
    job = await with_failed(ask, job)
    pinned = await ask.inside("job.definition", jobId=job["jobId"])
    given, made = _text(job["input"] or {}), _text(output_of(job))
    failed = failed_tasks(job)
    return without_nulls(
        {
            "workflowType": job["workflow"],
            "version": job["versionNumber"],
            "workflowId": job["jobId"],
            "correlationId": job["correlationId"],
            "idempotencyKey": job["idempotencyKey"],
            "startTime": _iso(job["startedAt"]),
            "updateTime": _iso(job["updatedAt"]),
            "endTime": _iso(job["endedAt"]),
            "status": job["status"],
            "input": given,
            "output": made,
            "inputSize": len(given),
            "outputSize": len(made),
            "classifier": classifier_of(pinned["definition"]),
            "reasonForIncompletion": reason_of(job),
            "executionTime": _lasted(job["startedAt"], job["endedAt"]),
            "failedReferenceTaskNames": ",".join(sorted({one["ref"] for one in failed})),
            "failedTaskNames": sorted({one["name"] for one in failed}),
            "priority": job["priority"],
            "createdBy": job["submittedBy"],
            "taskToDomain": job["taskToDomain"],
            "parentWorkflowId": job.get("parentJobId") or "",
        }
    )


def _task_summary(job: Json, task: Json) -> Json:
    return without_nulls(
        {
            "workflowId": job["jobId"],
            "workflowType": job["workflow"],
            "correlationId": job["correlationId"],
            "scheduledTime": _iso(task["scheduledAt"]),
            "startTime": _iso(task["startedAt"]),
            "updateTime": _iso(task["updatedAt"]),
            "endTime": _iso(task["endedAt"]),
            "status": task["status"],
            "reasonForIncompletion": reason_of(task),
            "executionTime": _lasted(task["startedAt"], task["endedAt"]),
            "queueWaitTime": _lasted(task["scheduledAt"], task["startedAt"]),
            "taskDefName": task["name"],
            "taskType": task["taskType"],
            "input": _text(task["input"] or {}),
            "output": _text(task["output"] or {}),
            "taskId": task["taskId"],
            "workflowPriority": job["priority"],
            "domain": task["domain"],
        }
    )


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _lasted(begun: str | None, ended: str | None) -> int:
    """In milliseconds; 0 until it ended."""
    return milliseconds(ended) - milliseconds(begun) if begun and ended else 0


def _iso(moment: str | None) -> str | None:
    """``yyyy-MM-dd'T'HH:mm:ss.SSS'Z'``."""
    if moment is None:
        return None
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

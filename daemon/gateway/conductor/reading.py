"""Reading jobs for the routes that show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.conductor.definitions import shown_workflow
from daemon.gateway.conductor.documents import (
    ENDED_JOB,
    FAILED_TASK,
    Tasks,
    workflow_document,
)
from daemon.gateway.conductor.standing import standing_among
from daemon.gateway.running import CallFailed

MOST = 1_000
"""Entries that one call of a list or search fetches."""


async def definition_of(ask: Ask, job: dict[str, Any]) -> dict[str, Any]:
    """What the job runs, as it is shown. Whoever may read the job may read that."""
    pinned = await ask.inside("job.definition", jobId=job["jobId"])
    definition = {
        **pinned["definition"],
        "name": job["workflow"],
        "version": job["versionNumber"],
    }
    return shown_workflow(definition, pinned["taskTypes"])


async def whole_workflow(ask: Ask, job_id: str, *, include_tasks: bool = True) -> dict[str, Any]:
    job = await ask.call("job.get", jobId=job_id, includeTasks=include_tasks)
    if not include_tasks:
        job = await with_failed(ask, job)
    return await shown_job(ask, job, include_tasks=include_tasks)


async def with_failed(ask: Ask, job: dict[str, Any]) -> dict[str, Any]:
    """A document without tasks, with those that failed if the job has ended."""
    if job["status"] not in ENDED_JOB:
        return job
    asked = {"jobId": job["jobId"], "statuses": list(FAILED_TASK), "limit": MOST}
    return {**job, "tasks": (await ask.inside("job.tasks", **asked))["tasks"]}


async def shown_job(ask: Ask, job: dict[str, Any], *, include_tasks: bool = True) -> dict[str, Any]:
    definition = await definition_of(ask, job)
    return workflow_document(job, definition, ask.now_ms, include_tasks=include_tasks)


async def shown_tasks(
    ask: Ask, job: dict[str, Any], tasks: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Some tasks of a job, whose document needs none of them."""
    if not tasks:
        return []
    standing = await standing_among(ask, job["jobId"], tasks)
    shown = Tasks(job, await definition_of(ask, job), ask.now_ms, standing)
    return [shown.document(one) for one in tasks]


async def found_job(ask: Ask, job_id: str) -> dict[str, Any] | None:
    try:
        return await ask.call("job.get", jobId=job_id)
    except CallFailed as failed:
        if failed.type == "notFound":
            return None
        raise

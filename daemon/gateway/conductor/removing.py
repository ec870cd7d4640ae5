"""Removing a workflow. Its history is the log's and stays; archived ones stay readable in
Conductor too, and this is that."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.documents import ENDED_JOB
from daemon.gateway.conductor.steering import end
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.messages import Response


@route("DELETE", "/workflow/{workflowId}/remove", "delete", "Archive an ended workflow")
async def remove(ask: Ask) -> Response:
    await check_removable(ask, ask.parts["workflowId"])
    return OK


@route(
    "DELETE",
    "/workflow/{workflowId}/terminate-remove",
    "terminateRemoveOne",
    "End a workflow and archive it",
)
async def terminate_remove(ask: Ask) -> Response:
    await end(ask, ask.parts["workflowId"])
    return OK


async def check_removable(ask: Ask, job_id: str) -> dict[str, Any]:
    """Raises HttpError for one that has not ended."""
    job = await ask.call("job.get", jobId=job_id)
    if job["status"] not in ENDED_JOB and ask.flag("archiveWorkflow", True):
        raise bad_request(f"Cannot archive workflow: {job_id} with status: {job['status']}")
    if job["status"] not in ENDED_JOB:
        await ask.call("job.terminate", jobId=job_id, reason="removed")
    return job

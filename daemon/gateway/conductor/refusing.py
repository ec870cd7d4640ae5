"""What Conductor says when a workflow cannot be steered so (conductor.md §5, and the texts
observed on Conductor 3.32.3)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask, HttpError
from daemon.gateway.conductor.errors import status_of
from daemon.gateway.running import CallFailed

_NOT_PAUSED = "The workflow {id} is not PAUSED so cannot resume. Current status is {status}"
_NOT_RUNNING = "The workflow {id} is not running so the task referenced by {ref} cannot be skipped"
_TEXTS = {
    ("job.pause", "jobEnded"): "Workflow {short} has ended, status cannot be updated.",
    ("job.resume", "jobNotPaused"): _NOT_PAUSED,
    ("job.resume", "jobEnded"): _NOT_PAUSED,
    ("job.restart", "jobNotEnded"): (
        "Workflow: {short}.{status} is not in terminal state, unable to restart."
    ),
    ("job.restart", "notRestartable"): "Workflow: {short}.{status} is non-restartable",
    ("job.retry", "jobNotEnded"): "Workflow is still running.  status={status}",
    ("job.retry", "nothingToRetry"): (
        "There are no retryable tasks! Use restart if you want to attempt entire workflow "
        "execution again."
    ),
    ("job.rerun", "jobNotEnded"): (
        "Workflow: {short}.{status} is not in terminal state, unable to rerun."
    ),
    ("job.rerun", "noSuchTask"): "Task {task} not found",
    ("job.skipTask", "jobNotRunning"): _NOT_RUNNING,
    ("job.skipTask", "jobEnded"): _NOT_RUNNING,
    ("job.skipTask", "noSuchStep"): (
        "The task referenced by {ref} does not exist in the WorkflowDefinition {workflow}"
    ),
    ("job.skipTask", "stepStarted"): (
        "The task referenced {ref} has already been processed, cannot be skipped"
    ),
}


async def steer(ask: Ask, job_id: str, method: str, **params: Any) -> str:
    """The id. Raises HttpError with Conductor's text, or CallFailed."""
    try:
        await ask.call(method, jobId=job_id, **params)
    except CallFailed as failed:
        text = _TEXTS.get((method, failed.failure.data.get("refusal", "")))
        if text is None:
            raise
        job = await ask.inside("job.get", jobId=job_id)
        message = text.format(
            id=job_id,
            short=f"{job['workflow']}.{job['versionNumber']}/{job_id}",
            status=job["status"],
            workflow=job["workflow"],
            ref=params.get("ref"),
            task=params.get("taskId"),
        )
        raise HttpError(status_of(failed), message) from failed
    return job_id

"""The workflow that starts because another one failed (reference conductor.md §3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orjson import dumps

from daemon.dialects.plan import Ending, FailureJob, JobView, TaskView
from daemon.dialects.tasks.definition import WorkflowDef
from eventstore.events import TASK_FAILED

OUTPUT_KEY = "conductor.failure_workflow"
"""Under it the failed job's output names the job that its failure started."""


MILLISECOND = 1_000


def failure_job(
    definition: WorkflowDef, job: JobView, ending: Ending, *, max_input_bytes: int
) -> FailureJob | None:
    name = _name(definition.failure_workflow, job)
    if not name:
        return None
    return FailureJob(
        workflow=name,
        version_number=definition.failure_workflow_version,
        input=_input(job, ending, max_input_bytes),
        output_key=OUTPUT_KEY,
    )


def _name(failure_workflow: str | None, job: JobView) -> str | None:
    """A literal name, or ``$workflow.input.<key>``: the one form of reference there is."""
    if failure_workflow is None or not failure_workflow.startswith("$"):
        return failure_workflow
    parts = failure_workflow.split(".")
    given = job.input if isinstance(job.input, dict) else {}
    name = given.get(parts[2]) if len(parts) > 2 else None
    return name if isinstance(name, str) else None


def _input(job: JobView, ending: Ending, max_bytes: int) -> dict[str, Any]:
    """With the tasks of the failed job, unless that would be more than a job can be given:
    then the failure workflow has to read them by ``workflowId``."""
    given = job.input if isinstance(job.input, dict) else {}
    tasks = job.in_order()
    failed = _document(job, ending, [one for one in tasks if one.status in TASK_FAILED])
    added = {
        "workflowId": job.job_id,
        "reason": ending.reason,
        "failureStatus": str(ending.status),
        "failedWorkflow": {**failed, "tasks": [_task(job, one) for one in tasks]},
    }
    if ending.failed_task is not None:
        added["failureTaskId"] = job.task_id(ending.failed_task)
    if len(dumps({**given, **added})) > max_bytes:
        added["failedWorkflow"] = failed
    return {**given, **added}


def _document(job: JobView, ending: Ending, failed: Sequence[TaskView]) -> dict[str, Any]:
    return {
        "workflowId": job.job_id,
        "workflowName": job.workflow,
        "workflowVersion": job.version_number,
        "status": str(ending.status),
        "reasonForIncompletion": ending.reason,
        "correlationId": job.correlation_id,
        "taskToDomain": dict(job.domains),
        "failedTaskId": None if ending.failed_task is None else job.task_id(ending.failed_task),
        "startTime": _milliseconds(job.started_at),
        "endTime": _milliseconds(job.ended_at),
        "input": job.input,
        "output": {} if job.output is None else job.output,
        "variables": job.variables,
        "failedReferenceTaskNames": sorted({one.ref for one in failed}),
        "failedTaskNames": sorted({one.name for one in failed}),
    }


def _task(job: JobView, task: TaskView) -> dict[str, Any]:
    """What happened to it. What its definition says is left to whoever reads that."""
    return {
        "taskId": job.task_id(task.number),
        "taskType": task.task_type,
        "taskDefName": task.name,
        "referenceTaskName": task.ref,
        "status": str(task.status),
        "reasonForIncompletion": task.reason,
        "inputData": {} if task.input is None else task.input,
        "outputData": {} if task.output is None else task.output,
        "retryCount": task.attempt,
        "iteration": task.loop or task.iteration,
        "workerId": task.worker,
        "pollCount": task.poll_count,
        "scheduledTime": _milliseconds(task.scheduled_at),
        "startTime": _milliseconds(task.started_at),
        "endTime": _milliseconds(task.ended_at),
        "subWorkflowId": task.child_job,
    }


def _milliseconds(at: int | None) -> int:
    """0 for what has not happened."""
    return 0 if at is None else at // MILLISECOND

"""The workflow that starts because another one failed (reference conductor.md §3.11)."""

from __future__ import annotations

from typing import Any

from daemon.dialects.plan import Ending, FailureJob, JobView
from daemon.dialects.tasks.definition import WorkflowDef

OUTPUT_KEY = "conductor.failure_workflow"
"""Under it the failed job's output names the job that its failure started."""


def failure_job(definition: WorkflowDef, job: JobView, ending: Ending) -> FailureJob | None:
    name = _name(definition.failure_workflow, job)
    if not name:
        return None
    return FailureJob(
        workflow=name,
        version_number=definition.failure_workflow_version,
        input=_input(job, ending),
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


def _input(job: JobView, ending: Ending) -> dict[str, Any]:
    given = job.input if isinstance(job.input, dict) else {}
    added = {
        "workflowId": job.job_id,
        "reason": ending.reason,
        "failureStatus": str(ending.status),
        "failedWorkflow": _document(job, ending),
    }
    if ending.failed_task is not None:
        added["failureTaskId"] = job.task_id(ending.failed_task)
    return {**given, **added}


def _document(job: JobView, ending: Ending) -> dict[str, Any]:
    """The failed job without its tasks: their number has no bound, and the failure
    workflow can ask for them by ``workflowId``."""
    return {
        "workflowId": job.job_id,
        "workflowName": job.workflow,
        "workflowVersion": job.version_number,
        "status": str(ending.status),
        "reasonForIncompletion": ending.reason,
        "correlationId": job.correlation_id,
        "input": job.input,
        "output": {} if job.output is None else job.output,
        "variables": job.variables,
    }

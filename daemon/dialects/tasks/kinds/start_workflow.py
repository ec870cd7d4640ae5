"""START_WORKFLOW: another workflow that nobody waits for (reference conductor.md §4)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Fault,
    JobView,
    Move,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.kinds.ordinary import Operator
from daemon.dialects.tasks.kinds.sub_workflow import (
    idempotency_of,
    priority_of,
    refused_start,
    texts_of,
)
from daemon.dialects.tasks.step import Place
from eventstore.events import TaskStatus

KEY = "startWorkflow"


class StartWorkflow(Operator):
    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def schedule(self, task: WorkflowTask) -> Schedule:
        delay = task.start_delay
        return replace(super().schedule(task), starts_job=True, delay_seconds=delay)

    def child(self, place: Place, job: JobView, task: TaskView) -> ChildJob | Fault:
        told = task.input if isinstance(task.input, dict) else {}
        request = told.get(KEY)
        if request is None:
            return _fault("Missing 'startWorkflow' in input data.")
        if not isinstance(request, dict):
            return _fault(
                f"Error reading StartWorkflowRequest. It is no object: {java_text(request)}"
            )
        wrong = _mistake(request)
        if wrong is not None:
            return _fault(wrong)
        definition = request.get("workflowDef")
        return ChildJob(
            input=request.get("input") or {},
            workflow=None if definition is not None else request.get("name"),
            version_number=request.get("version") or None,
            definition=definition,
            correlation_id=request.get("correlationId") or job.correlation_id,
            priority=priority_of(request.get("priority")),
            domains=texts_of(request.get("taskToDomain")),
            **idempotency_of(request),
            attached=False,
        )

    def child_started(self, task: TaskView, job_id: str) -> tuple[Move, ...]:
        output = {"workflowId": job_id}
        return (EndTask(task=task.number, status=TaskStatus.COMPLETED, output=output),)

    def child_ended(self, task: TaskView, end: ChildEnd) -> EndTask:
        """Only a start that was refused is an end here."""
        told = task.input if isinstance(task.input, dict) else {}
        request = told.get(KEY)
        version = request.get("version") if isinstance(request, dict) else None
        reason = refused_start(end, version or None)
        return EndTask(task=task.number, status=TaskStatus.FAILED, reason=reason)


def _mistake(request: dict[str, Any]) -> str | None:
    if not isinstance(request.get("name"), str) and not isinstance(
        request.get("workflowDef"), dict
    ):
        return "startWorkflow validation failed. 'name' -> Workflow name cannot be null or empty. "
    wanted = {"input": dict, "version": int, "correlationId": str, "workflowDef": dict}
    for key, kind in wanted.items():
        value = request.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            return f"Error reading StartWorkflowRequest. {key} is {java_text(value)}"
    return None


def _fault(reason: str) -> Fault:
    return Fault(reason=reason, status=TaskStatus.FAILED)

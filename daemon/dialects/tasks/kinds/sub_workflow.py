"""SUB_WORKFLOW: a workflow of its own does the work (reference conductor.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
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
from daemon.dialects.tasks.definition import SubWorkflowParams, WorkflowTask
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Place
from eventstore.events import JobStatus, TaskStatus

PARAMS = "subWorkflowParam"

OUTPUT_KEY = "subWorkflowId"

NOTHING_SAID: dict[str, Any] = {
    "subWorkflowName": None,
    "subWorkflowVersion": None,
    "subWorkflowTaskToDomain": None,
    "subWorkflowDefinition": None,
    "priority": None,
    "idempotencyKey": None,
    "idempotencyStrategy": None,
}
"""What stands in the input of the task also where the definition does not say it."""

_ENDED = {
    JobStatus.COMPLETED: TaskStatus.COMPLETED,
    JobStatus.FAILED: TaskStatus.FAILED,
    JobStatus.TIMED_OUT: TaskStatus.TIMED_OUT,
    JobStatus.TERMINATED: TaskStatus.CANCELED,
}


class SubWorkflow(Operator):
    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def schedule(self, task: WorkflowTask) -> Schedule:
        delay = task.start_delay
        return replace(super().schedule(task), starts_job=True, delay_seconds=delay)

    def templates(self, task: WorkflowTask) -> Mapping[str, Any]:
        params = task.sub_workflow
        return {} if params is None else {PARAMS: _template(params)}

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        params = place.step.task.sub_workflow
        if params is None:
            fault = Fault(reason=f"SUB_WORKFLOW {place.step.task.ref} has no subWorkflowParam")
            return (scheduled(place, input=given, starts_job=False, fault=fault),)
        told = {**NOTHING_SAID, **place.step.templates[PARAMS](job, None)}
        if isinstance(params.definition, dict):
            # Its expressions are for its own job.
            told["subWorkflowDefinition"] = params.definition
        return (scheduled(place, input={**told, "workflowInput": given}),)

    def child(self, place: Place, job: JobView, task: TaskView) -> ChildJob | Fault:
        told = task.input if isinstance(task.input, dict) else {}
        definition = told.get("subWorkflowDefinition")
        given = told.get("workflowInput") or told
        if isinstance(definition, dict):
            metadata = {"_systemMetadata": {"dynamic": True}}
            return _child(job, told, {**given, **metadata}, definition=definition)
        if definition is not None:
            return _fault(f"subWorkflowDefinition is no definition: {java_text(definition)}")
        name, version = told.get("subWorkflowName"), _number(told.get("subWorkflowVersion"))
        if not isinstance(name, str) or not name:
            return _fault(f"the name of the sub workflow of {task.ref} is {java_text(name)}")
        if isinstance(version, str):
            return _fault(f"the version of sub workflow {name} is no number: {version}")
        return _child(job, told, given, workflow=name, version_number=version)

    def child_ended(self, task: TaskView, end: ChildEnd) -> EndTask:
        if end.status is None:
            return EndTask(task=task.number, status=TaskStatus.FAILED, reason=_refusal(task, end))
        output = {OUTPUT_KEY: end.job_id}
        if isinstance(end.output, dict):
            output |= end.output
        status = _ENDED[end.status]
        if status is TaskStatus.COMPLETED:
            return EndTask(task=task.number, status=status, output=output, clears_reason=True)
        return EndTask(task=task.number, status=status, output=output, reason=_reason(task, end))


def _template(params: SubWorkflowParams) -> dict[str, Any]:
    """Of the task's input. A definition within the task says name and version itself."""
    own = params.definition if isinstance(params.definition, dict) else {}
    strategy = params.idempotency_strategy
    given = {
        "subWorkflowName": own.get("name") or params.name,
        "subWorkflowVersion": own.get("version", 1) if own else params.version,
        "subWorkflowTaskToDomain": params.task_to_domain or None,
        "subWorkflowDefinition": params.definition if isinstance(params.definition, str) else None,
        "priority": params.priority,
        "idempotencyKey": params.idempotency_key,
        "idempotencyStrategy": None if strategy is None else str(strategy),
    }
    return {key: value for key, value in given.items() if value is not None}


def _child(job: JobView, told: dict[str, Any], given: Any, **which: Any) -> ChildJob:
    domains = told.get("subWorkflowTaskToDomain")
    return ChildJob(
        input=given,
        correlation_id=job.correlation_id,
        priority=priority_of(told.get("priority")),
        domains=texts_of(domains),
        output_key=OUTPUT_KEY,
        **idempotency_of(told),
        **which,
    )


def idempotency_of(told: dict[str, Any]) -> dict[str, Any]:
    """A key that came out empty is none."""
    key = told.get("idempotencyKey")
    if key is None or key == "":
        return {}
    strategy = told.get("idempotencyStrategy")
    return {
        "idempotency_key": java_text(key),
        "idempotency_strategy": None if strategy is None else java_text(strategy),
    }


def priority_of(value: Any) -> int:
    """Only a number counts; it lies in 0 to 99."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return min(max(int(value), 0), 99)


def texts_of(value: Any) -> dict[str, str]:
    given = value if isinstance(value, dict) else {}
    return {key: text for key, text in given.items() if isinstance(text, str)}


def _number(value: Any) -> int | str | None:
    """None, 0 and an empty text: the highest. A text: no number at all."""
    match value:
        case None | "" | 0:
            return None
        case bool():
            return java_text(value)
        case int():
            return value
        case str() if value.strip().isdecimal():
            return int(value) or None
        case _:
            return java_text(value)


def _fault(reason: str) -> Fault:
    return Fault(reason=reason, status=TaskStatus.FAILED)


def _refusal(task: TaskView, end: ChildEnd) -> str | None:
    told = task.input if isinstance(task.input, dict) else {}
    return refused_start(end, _number(told.get("subWorkflowVersion")))


def refused_start(end: ChildEnd, version: Any) -> str | None:
    """In the words of the original where there is nothing to start."""
    if end.is_unknown:
        return f"No such workflow defined. name={end.workflow}, version={java_text(version)}"
    return None if end.reason is None else str(end.reason)


def _reason(task: TaskView, end: ChildEnd) -> str:
    told = task.input if isinstance(task.input, dict) else {}
    definition = told.get("subWorkflowDefinition")
    named = definition if isinstance(definition, dict) else {}
    name = end.workflow or told.get("subWorkflowName") or named.get("name")
    version = told.get("subWorkflowVersion") or named.get("version")
    shown = java_text(name) if version is None else f"{java_text(name)}.{java_text(version)}"
    return f"Sub workflow {shown}/{end.job_id} failure reason: {java_text(end.reason)}"

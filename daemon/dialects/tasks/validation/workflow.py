"""Rules about the definition as a whole (reference conductor.md §1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.dialects.plan import Known
from daemon.dialects.schemas import not_registered, problems_of
from daemon.dialects.tasks.definition import WorkflowDef
from daemon.dialects.tasks.expressions.document import SCHEMA_VERSION
from daemon.dialects.tasks.sinks import INTERNAL, PREFIX, URLS, refusal_of_sink
from daemon.dialects.tasks.validation.found import Found, error, warning


def workflow_findings(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    yield from _required(workflow)
    yield from _owner(workflow, known)
    yield from _unique_refs(workflow)
    yield from _failure_workflow(workflow)
    yield from _schemas(workflow, known)
    yield from _listener(workflow)
    yield from _of_values(workflow)


def _required(workflow: WorkflowDef) -> Iterator[Found]:
    if not workflow.name:
        yield error("/name", "WorkflowDef name cannot be null or empty", "required")
    if not workflow.tasks:
        yield error("/tasks", "WorkflowTask list cannot be empty", "required")
    if workflow.schema_version != SCHEMA_VERSION:
        yield error("/schemaVersion", "workflowDef schemaVersion: 2 is only supported")
    if workflow.version < 0:
        yield error("/version", f"version has to be 0 or more, not {workflow.version}")


def _owner(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    if not workflow.owner_email:
        found = error if known.require_owner_email else warning
        yield found("/ownerEmail", "ownerEmail cannot be empty", "ownerEmail")


def _unique_refs(workflow: WorkflowDef) -> Iterator[Found]:
    seen: set[str] = set()
    for task in workflow.every_task():
        if task.ref and task.ref in seen:
            yield error(
                f"{task.path}/taskReferenceName",
                f"taskReferenceName: {task.ref} should be unique across tasks for a given "
                f"workflowDefinition: {workflow.name}",
                "duplicateReference",
            )
        seen.add(task.ref)


def _failure_workflow(workflow: WorkflowDef) -> Iterator[Found]:
    if workflow.failure_workflow and workflow.failure_workflow.startswith("${"):
        yield warning(
            "/failureWorkflow",
            f"{workflow.failure_workflow} names no workflow, so that none will start; "
            "a name out of the input is written $workflow.input.<key>, without braces",
            "failureWorkflow",
        )


def _schemas(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    for use in workflow.enforced_schemas():
        yield from (Found(problem, True) for problem in problems_of(use))
        meant = use.registered()
        if meant is not None and meant.key not in known.schemas:
            message = f"{not_registered(meant)} before a job is started"
            yield warning(f"{use.path}/name", message, "unregisteredSchema")


def _listener(workflow: WorkflowDef) -> Iterator[Found]:
    """A URL is told if the daemon's settings allow it, which nobody knows here."""
    sink = workflow.listener_sink
    path = "/workflowStatusListenerSink"
    if not sink:
        return
    if not workflow.listener_enabled:
        message = "workflowStatusListenerSink has no effect: workflowStatusListenerEnabled is false"
        yield warning(path, message, "noEffect")
    elif sink == INTERNAL:
        message = f"the sink '{sink}' names no queue; write '{PREFIX}<queue>'"
        yield error(path, message, "unsupportedSink")
    elif not sink.startswith(URLS) and (wrong := refusal_of_sink(sink)) is not None:
        yield error(path, f"{wrong}; a URL is told over HTTP", "unsupportedSink")
    elif sink.startswith(URLS):
        message = f"{sink} is told only where the setting listener.allowed_sinks has it"
        yield warning(path, message, "listenerSink")


def _of_values(workflow: WorkflowDef) -> Iterator[Found]:
    if workflow.cache_config:
        message = (
            "cacheConfig of a workflow is kept but has no effect, as nothing documents one; "
            "outputs are cached by task: give the tasks a cacheConfig"
        )
        yield warning("/cacheConfig", message, "noEffect")
    for place, name in enumerate(workflow.masked_fields):
        if not name:
            yield error(f"/maskedFields/{place}", "the name of a masked field cannot be empty")

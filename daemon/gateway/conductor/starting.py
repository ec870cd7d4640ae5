"""Starting workflows (conductor.md §5, *Start*)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from daemon.gateway.asking import Ask, bad_request
from daemon.gateway.conductor.bodies import body_in, read_as
from daemon.gateway.conductor.errors import is_missing, not_found
from daemon.gateway.conductor.table import route
from daemon.gateway.conductor.violations import (
    Violation,
    checked_at,
    invalid_at,
    invalid_with,
)
from daemon.gateway.messages import Response, text_response
from daemon.gateway.running import CallFailed

Json = dict[str, Any]

HIGHEST_PRIORITY = 99
PLACE = "startWorkflow.arg0"


class Start(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """StartWorkflowRequest. What it has beyond this is passed over, as by Conductor."""

    name: str | None = None
    version: int | None = None
    correlation_id: str | None = None
    input: dict[str, Any] | None = {}
    task_to_domain: dict[str, str] | None = None
    workflow_def: dict[str, Any] | None = None
    priority: int | None = 0
    idempotency_key: str | None = None
    idempotency_strategy: Literal["FAIL", "RETURN_EXISTING", "FAIL_ON_RUNNING"] | None = None


@route("POST", "/workflow", "startWorkflow", "Start a workflow")
async def start(ask: Ask) -> Response:
    return text_response(await start_job(ask, start_in(ask)))


@route("POST", "/workflow/{name}", "startWorkflowByName", "Start a workflow with this input")
async def start_by_name(ask: Ask) -> Response:
    name, number = ask.parts["name"], ask.whole("version", 0)
    priority = ask.whole("priority", 0)
    if priority > HIGHEST_PRIORITY:
        message = f"{HIGHEST_PRIORITY} is the maximum priority value"
        raise invalid_with([Violation("startWorkflow.arg3", message, priority)])
    asked = Start(
        name=name,
        version=number or None,
        correlation_id=ask.text("correlationId"),
        input=body_in(ask),
        priority=priority,
    )
    missing = f"No such workflow found by name: {name}, version: {number or 'null'}"
    return text_response(await start_job(ask, asked, missing))


def start_in(ask: Ask) -> Start:
    """The body."""
    return read_as(Start, body_in(ask))


async def start_job(ask: Ask, asked: Start, missing: str | None = None) -> str:
    """The id of the job. ``missing`` is said when there is no such definition."""
    _check(asked)
    about: Json = {
        "input": asked.input,
        "correlationId": asked.correlation_id,
        "priority": asked.priority or 0,
        "taskToDomain": asked.task_to_domain,
        "idempotencyKey": asked.idempotency_key or None,
        "idempotencyStrategy": asked.idempotency_strategy,
    }
    if asked.workflow_def is not None:
        definition = {"name": asked.name, **asked.workflow_def}
        submitted = ask.call("job.submitDefinition", definition=definition, **about)
        place = f"{PLACE}.workflowDef"
        return str((await checked_at(place, definition, submitted))["jobId"])
    version = {"versionNumber": asked.version} if asked.version else None
    submitted = ask.call("job.submit", workflow=asked.name, version=version, **about)
    try:
        return str((await submitted)["jobId"])
    except CallFailed as failed:
        if not is_missing(failed):
            raise
        number = asked.version or "null"
        unknown = f"No such workflow defined. name={asked.name}, version={number}"
        raise not_found(missing or unknown) from failed


def _check(asked: Start) -> None:
    """Raises HttpError."""
    if not asked.name:
        raise invalid_at(PLACE, {"name": "Workflow name cannot be null or empty"}, {})
    if asked.input is None:
        raise bad_request("NULL input passed when starting workflow")
    priority = asked.priority or 0
    if not 0 <= priority <= HIGHEST_PRIORITY:
        bound = "minimum 0" if priority < 0 else f"maximum {HIGHEST_PRIORITY}"
        text = f"priority: {priority} should be {bound}"
        raise invalid_at(PLACE, {"priority": text}, {"priority": priority})

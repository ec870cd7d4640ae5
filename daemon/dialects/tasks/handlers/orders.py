"""What an action comes to for one message (reference §7, Actions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.dialects.handlers import (
    Message,
    Order,
    ReportTask,
    SetJobVariables,
    StartJob,
    TerminateJob,
)
from daemon.dialects.plan import Fault
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.handlers.definition import (
    COMPLETE,
    FAIL,
    REPORT,
    START,
    START_AGENT,
    TERMINATE,
    VARIABLES,
    Action,
    unavailable,
)
from daemon.dialects.tasks.handlers.embedded import expanded
from daemon.dialects.tasks.handlers.filling import filled
from eventstore.events import TaskStatus

MESSAGE_ID = "conductor.event.messageId"
EVENT_NAME = "conductor.event.name"
EXTERNAL_ID = "externalId"

Given = dict[str, Any]


def order_of(action: Action, message: Message) -> Order | Fault:
    payload = expanded(message.payload) if action.expands else message.payload
    return _ORDERS[action.kind](action.settings, payload, message)


def _start(settings: Given, payload: Any, message: Message) -> Order | Fault:
    version = settings.get("version")
    wanted = filled(settings.get("input") or {}, payload)
    return StartJob(
        workflow=str(settings["name"]),
        version_number=version if isinstance(version, int) and version > 0 else None,
        input={**wanted, **_marks(message)} if isinstance(wanted, dict) else _marks(message),
        correlation_id=_said(filled(settings.get("correlationId"), payload)),
        domains=_domains(settings, payload),
    )


def _domains(settings: Given, payload: Any) -> dict[str, str]:
    """The action's own, else those that came with the message."""
    given = settings.get("taskToDomain")
    if not given and isinstance(payload, dict):
        given = payload.get("taskToDomain")
    if not isinstance(given, dict):
        return {}
    return {key: value for key, value in given.items() if isinstance(value, str)}


def _report(status: TaskStatus) -> Callable[[Given, Any, Message], Order | Fault]:
    def order(settings: Given, payload: Any, message: Message) -> Order | Fault:
        named = {key: settings.get(key) for key in ("workflowId", "taskId", "taskRefName")}
        if settings.get("reasonForIncompletion") is not None:
            named["reasonForIncompletion"] = settings["reasonForIncompletion"]
        output = filled({**named, **(settings.get("output") or {})}, payload)
        return ReportTask(
            status=status,
            job_id=_said(output["workflowId"]),
            ref=_said(output["taskRefName"]),
            task_id=_said(output["taskId"]),
            reason=_said(output.get("reasonForIncompletion")),
            output={**output, **_marks(message)},
        )

    return order


def _terminate(settings: Given, payload: Any, message: Message) -> Order | Fault:
    told = filled(settings, payload)
    job_id = _said(told.get("workflowId"))
    if job_id is None:
        return _nowhere(settings)
    reason = _said(told.get("terminationReason"))
    return TerminateJob(job_id=job_id, reason=reason or f"terminated by event {message.event}")


def _variables(settings: Given, payload: Any, message: Message) -> Order | Fault:
    told = filled(settings, payload)
    job_id, variables = _said(told.get("workflowId")), told.get("variables") or {}
    if job_id is None:
        return _nowhere(settings)
    if not isinstance(variables, dict):
        return Fault(reason=f"variables have to be an object, not {java_text(variables)}")
    return SetJobVariables(
        job_id=job_id, variables=variables, appends=told.get("appendArray") is True
    )


def _of_external_id(settings: Given, payload: Any, message: Message) -> Order | Fault:
    """A message of a default queue says under ``externalId`` which task it is about."""
    told = payload if isinstance(payload, dict) else {}
    named = expanded(told.get(EXTERNAL_ID))
    if not isinstance(named, dict):
        return Fault(reason=f"the message has no {EXTERNAL_ID} that is a JSON object")
    return ReportTask(
        status=TaskStatus(settings["status"]),
        job_id=_said(named.get("workflowId")),
        ref=_said(named.get("taskRefName")),
        task_id=_said(named.get("taskId")),
        of_kind="WAIT",
        output=told,
        merges=True,
        only_open=True,
    )


def _start_agent(settings: Given, payload: Any, message: Message) -> Order | Fault:
    return Fault(reason=unavailable(START_AGENT))


_ORDERS: dict[str, Callable[[Given, Any, Message], Order | Fault]] = {
    START: _start,
    COMPLETE: _report(TaskStatus.COMPLETED),
    FAIL: _report(TaskStatus.FAILED),
    TERMINATE: _terminate,
    VARIABLES: _variables,
    REPORT: _of_external_id,
    START_AGENT: _start_agent,
}


def _marks(message: Message) -> Given:
    return {MESSAGE_ID: message.message_id, EVENT_NAME: message.event}


def _said(value: Any) -> str | None:
    return None if value is None or value == "" else java_text(value)


def _nowhere(settings: Given) -> Fault:
    return Fault(reason=f"workflowId {java_text(settings.get('workflowId'))} names no workflow")

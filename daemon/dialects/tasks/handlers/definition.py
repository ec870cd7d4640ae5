"""An event handler as typed records, and what is wrong with one (reference §6.5, §7).

The messages about name, event and actions are those of Conductor's server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Problem
from daemon.dialects.tasks.sinks import PREFIX, is_foreign, refusal_of_sink

START = "start_workflow"
COMPLETE = "complete_task"
FAIL = "fail_task"
TERMINATE = "terminate_workflow"
VARIABLES = "update_workflow_variables"
START_AGENT = "start_agent"
REPORT = "report"
"""Of the built-in handlers only."""

KNOWN = (START, COMPLETE, FAIL, TERMINATE, VARIABLES)

UNAVAILABLE = (START_AGENT,)
"""Actions of the original that fail here whenever they are due."""

EVALUATORS = ("javascript", "graaljs", "value-param")


class Action(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    settings: dict[str, Any]
    expands: bool
    """JSON inside the payload's strings is read, too."""


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    event: str
    active: bool
    condition: str
    evaluator: str
    actions: tuple[Action, ...]


def read_handler(fields: Fields) -> Handler:
    return Handler(
        name=fields.text("name") or "",
        event=fields.text("event") or "",
        active=fields.flag("active", False),
        condition=(fields.text("condition") or "").strip(),
        evaluator=fields.text("evaluatorType") or "javascript",
        actions=tuple(_action(one) for one in fields.objects("actions")),
    )


def _action(fields: Fields) -> Action:
    kind = fields.text("action") or ""
    return Action(
        kind=kind,
        settings=fields.object(kind),
        expands=fields.flag("expandInlineJSON", False),
    )


def problems(handler: Handler) -> Iterator[Problem]:
    if not handler.name:
        yield _required("/name", "Missing event handler name")
    if not handler.event:
        yield _required("/event", "Missing event location")
    elif not is_foreign(handler.event) and (wrong := _no_queue(handler.event)):
        yield Problem(path="/event", message=wrong, kind="event")
    if not handler.actions:
        message = "No actions specified. Please specify at-least one action"
        yield _required("/actions", message)
    if handler.condition and handler.evaluator not in EVALUATORS:
        message = (
            f"conditions in '{handler.evaluator}' cannot be evaluated by this release; it has "
            f"{', '.join(EVALUATORS)}"
        )
        yield Problem(path="/evaluatorType", message=message, kind="unsupportedEvaluator")
    for place, action in enumerate(handler.actions):
        yield from _of_action(action, f"/actions/{place}")


def unsupported(handler: Handler) -> Iterator[Problem]:
    """What only another server can do: here it does nothing, or fails."""
    if handler.event and is_foreign(handler.event) and (wrong := _no_queue(handler.event)):
        yield Problem(path="/event", message=wrong, kind="event")
    for place, action in enumerate(handler.actions):
        if action.kind in UNAVAILABLE:
            path, message = f"/actions/{place}/action", unavailable(action.kind)
            yield Problem(path=path, message=message, kind="unsupportedAction")


def unavailable(action: str) -> str:
    return (
        f"the action '{action}' cannot be carried out by this release; it knows {', '.join(KNOWN)}"
    )


def _no_queue(event: str) -> str | None:
    if event == PREFIX.rstrip(":"):
        return f"the event '{event}' names no queue; write '{PREFIX}<workflow>:<queue>'"
    wrong = refusal_of_sink(event)
    return None if wrong is None else f"no message of '{event}' ever comes: {wrong}"


def _of_action(action: Action, path: str) -> Iterator[Problem]:
    if action.kind in UNAVAILABLE:
        return
    if action.kind not in KNOWN:
        message = unavailable(action.kind)
        yield Problem(path=f"{path}/action", message=message, kind="unsupportedAction")
    elif not action.settings:
        yield _required(f"{path}/{action.kind}", f"{action.kind} is missing: what to do")
    else:
        for field, message in _missing(action):
            yield _required(f"{path}/{action.kind}/{field}", message)


def _missing(action: Action) -> Iterator[tuple[str, str]]:
    given = action.settings.keys()
    match action.kind:
        case "start_workflow":
            if not action.settings.get("name"):
                yield "name", "name is missing: the workflow to start"
        case "complete_task" | "fail_task":
            if "taskId" not in given and not {"workflowId", "taskRefName"} <= given:
                yield "taskId", "say which task: taskId, or workflowId and taskRefName"
        case _:
            if "workflowId" not in given:
                yield "workflowId", "workflowId is missing"


def _required(path: str, message: str) -> Problem:
    return Problem(path=path, message=message, kind="required")

"""Definitions as Conductor shows them: with the values of what was left out, and within a
workflow each step with the settings of its task type (conductor.md §1.1-1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

SIMPLE = "SIMPLE"

WORKFLOW_DEFAULTS: Json = {
    "version": 1,
    "tasks": [],
    "inputParameters": [],
    "outputParameters": {},
    "schemaVersion": 2,
    "restartable": True,
    "workflowStatusListenerEnabled": False,
    "timeoutPolicy": "TIME_OUT_WF",
    "timeoutSeconds": 0,
    "variables": {},
    "inputTemplate": {},
    "enforceSchema": True,
    "metadata": {},
    "maskedFields": [],
}
STEP_DEFAULTS: Json = {
    "inputParameters": {},
    "type": SIMPLE,
    "decisionCases": {},
    "defaultCase": [],
    "forkTasks": [],
    "startDelay": 0,
    "joinOn": [],
    "optional": False,
    "defaultExclusiveJoinTask": [],
    "asyncComplete": False,
    "loopOver": [],
    "onStateChange": {},
    "permissive": False,
    "metadata": {},
}
TASK_DEFAULTS: Json = {
    "retryCount": 3,
    "timeoutSeconds": 0,
    "inputKeys": [],
    "outputKeys": [],
    "timeoutPolicy": "TIME_OUT_WF",
    "retryLogic": "FIXED",
    "retryDelaySeconds": 60,
    "responseTimeoutSeconds": 3600,
    "inputTemplate": {},
    "rateLimitPerFrequency": 0,
    "rateLimitFrequencyInSeconds": 1,
    "backoffScaleFactor": 1,
    "maxRetryDelaySeconds": 0,
    "backoffJitterMs": 0,
    "totalTimeoutSeconds": 0,
    "runtimeMetadata": [],
    "taskStatusListenerEnabled": True,
    "enforceSchema": False,
}
NO_SETTINGS: Json = {**TASK_DEFAULTS, "retryCount": 0, "responseTimeoutSeconds": 0}
"""Of a step that is no SIMPLE one and whose type nobody defined."""

_LISTS = ("defaultCase", "loopOver")


def shown_workflow(definition: Json, task_types: Mapping[str, Json] | None = None) -> Json:
    """``task_types``: the settings to show within each step, if any."""
    shown = {**WORKFLOW_DEFAULTS, **_given(definition)}
    shown["tasks"] = _shown_steps(definition.get("tasks"), task_types)
    return shown


def _shown_steps(steps: Any, task_types: Mapping[str, Json] | None) -> list[Any]:
    return [
        shown_step(one, task_types) if isinstance(one, dict) else one
        for one in (steps if isinstance(steps, list) else ())
    ]


def shown_step(step: Json, task_types: Mapping[str, Json] | None = None) -> Json:
    shown = {**STEP_DEFAULTS, **_given(step)}
    for name in _LISTS:
        shown[name] = _shown_steps(step.get(name), task_types)
    shown["forkTasks"] = [_shown_steps(one, task_types) for one in step.get("forkTasks") or ()]
    shown["decisionCases"] = {
        case: _shown_steps(steps, task_types)
        for case, steps in (step.get("decisionCases") or {}).items()
    }
    if task_types is not None:
        shown["taskDefinition"] = settings_of(step, task_types)
    return shown


def settings_of(step: Json, task_types: Mapping[str, Json]) -> Json:
    """Those within the step, else those of its type, else the ones that Conductor makes up."""
    name = str(step.get("name", ""))
    given = step.get("taskDefinition") or task_types.get(name)
    if given is not None:
        return {**TASK_DEFAULTS, "name": name, **_given(given)}
    made_up = TASK_DEFAULTS if step.get("type", SIMPLE) == SIMPLE else NO_SETTINGS
    return {**made_up, "name": name}


def steps_by_ref(definition: Json) -> dict[str, Json]:
    """The first of each name."""
    found: dict[str, Json] = {}
    for step in _every_step(definition.get("tasks", ())):
        found.setdefault(str(step.get("taskReferenceName")), step)
    return found


def _every_step(tasks: Any) -> Iterator[Json]:
    """Those within operators too."""
    for task in tasks if isinstance(tasks, list) else ():
        if not isinstance(task, dict):
            continue
        yield task
        for branch in (task.get("decisionCases") or {}).values():
            yield from _every_step(branch)
        for name in _LISTS:
            yield from _every_step(task.get(name))
        for branch in task.get("forkTasks") or ():
            yield from _every_step(branch)


def _given(document: Json) -> Json:
    return {name: value for name, value in document.items() if value is not None}

"""The step types that the dialect itself gives a meaning, and the form of their configs.

Every other type is served by an executor inside or by workers that poll for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Problem
from daemon.dialects.steps.workflow import Step, Workflow

WAIT_FOR_EVENTS: Final = "/justworkflowit/waitForEventIds"
RUN_CHILD_JOB: Final = "/justworkflowit/runChildJob"
RUN_MARKETPLACE_JOB: Final = "/justworkflowit/runMarketplaceJob"

_TEXT: Final = {"type": "string", "minLength": 1}
_VERSION: Final = {
    "type": "object",
    "properties": {
        "tag": _TEXT,
        "versionId": _TEXT,
        "versionNumber": {"type": "integer", "minimum": 1},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
_CHILD: Final = {
    "type": "object",
    "required": ["workflowName"],
    "properties": {
        "id": _TEXT,
        "workflowName": _TEXT,
        "workflowVersion": _VERSION,
        "forEach": {
            "type": "object",
            "required": ["arrayPath"],
            "properties": {"arrayPath": _TEXT},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
CONFIGS: Final[Mapping[str, Mapping[str, Any]]] = {
    WAIT_FOR_EVENTS: {
        "type": "object",
        "required": ["eventIds"],
        "properties": {"eventIds": {"type": "array", "items": _TEXT, "minItems": 1}},
        "additionalProperties": False,
    },
    RUN_CHILD_JOB: {
        "type": "object",
        "required": ["children"],
        "properties": {
            "children": {"type": "array", "items": _CHILD, "minItems": 1},
            "cancelWithParent": {"type": "boolean"},
        },
        "additionalProperties": False,
    },
}
"""JSON Schema of each config."""

_NO_MARKETPLACE: Final = (
    "step '{name}' runs a job of the marketplace, which is a service of JustWorkflowIt's own "
    "platform: no listing can be reached from here. Register the workflow here and run it with "
    f"'{RUN_CHILD_JOB}'"
)


def built_in_problems(workflow: Workflow, step: Step) -> Iterator[Problem]:
    """What a schema cannot say. For steps whose config has the right form."""
    path = pointer("steps", step.index, "integrationDetails")
    if step.task_type == RUN_MARKETPLACE_JOB:
        message = _NO_MARKETPLACE.format(name=step.name)
        yield Problem(path=f"{path}/type", message=message, kind="marketplace")
    if step.task_type == RUN_CHILD_JOB and step.config is not None:
        yield from _repeated(step, path)
        yield from _hidden(workflow, step)


def child_id(child: Mapping[str, Any]) -> str:
    given: str = child.get("id") or child["workflowName"]
    return given


def _repeated(step: Step, path: str) -> Iterator[Problem]:
    seen = set[str]()
    for place, child in enumerate((step.config or {})["children"]):
        name = child_id(child)
        if name.endswith("]"):
            message = (
                f"child '{name}' of step '{step.name}' is called like an element; give it an id "
                "that does not end with ']'"
            )
            yield Problem(path=f"{path}/config/children/{place}", message=message, kind="config")
        if name in seen:
            message = (
                f"two children of step '{step.name}' are called '{name}'; give each an id of its "
                "own, since its output stands under it"
            )
            yield Problem(path=f"{path}/config/children/{place}", message=message, kind="config")
        seen.add(name)


def _hidden(workflow: Workflow, step: Step) -> Iterator[Problem]:
    """The tasks of its children are called after the step."""
    for other in workflow.steps:
        if other.name.startswith(f"{step.name}/"):
            message = (
                f"step '{other.name}' could be taken for a child of step '{step.name}', whose "
                f"children are called '{step.name}/…'; give it another name"
            )
            yield Problem(path=pointer("steps", other.index, "name"), message=message, kind="name")


def completed(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """``definition``, of any shape, where each step that runs child jobs has an input and an
    output definition: an open object, called ``<step>Input`` or ``<step>Output``, where it
    was left out. What a child takes is checked when it is submitted."""
    steps = definition.get("steps")
    if not isinstance(steps, list) or not any(lacks_some(step) for step in steps):
        return definition
    given = definition.get("definitions")
    definitions = dict(given) if isinstance(given, dict) else given
    filled = [_filled(step, definitions) if lacks_some(step) else step for step in steps]
    return {**definition, "steps": filled, "definitions": definitions}


def lacks_some(step: Any) -> bool:
    """Whether ``step``, of any shape, runs child jobs and leaves out a definition."""
    details = step.get("integrationDetails") if isinstance(step, dict) else None
    return (
        isinstance(details, dict)
        and details.get("type") == RUN_CHILD_JOB
        and isinstance(step.get("name"), str)
        and not {"inputDefinition", "outputDefinition"} <= details.keys()
    )


def _filled(step: dict[str, Any], definitions: Any) -> dict[str, Any]:
    details = dict(step["integrationDetails"])
    for side in ("Input", "Output"):
        key, name = f"{side.lower()}Definition", f"{step['name']}{side}"
        if key not in details:
            details[key] = {"$ref": f"#/definitions/{name}"}
            if isinstance(definitions, dict):
                definitions.setdefault(name, {"type": "object"})
    return {**step, "integrationDetails": details}

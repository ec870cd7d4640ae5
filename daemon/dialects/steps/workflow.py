"""A definition read into records. For definitions of the right shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.steps.definitions import step_reference

WORKFLOW_INPUT: Final = "workflowInput"

Transition = str | dict[str, Any] | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``index`` is its place in ``steps``. ``transition`` None: nothing follows."""

    index: int
    name: str
    task_type: str
    retries: int
    timeout_seconds: int
    transition: Transition
    input_definition: str
    output_definition: str
    fieldset: list[dict[str, Any]] | None
    config: dict[str, Any] | None
    secrets: dict[str, str]
    """Slot to key."""


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """``steps`` are all of them; ``by_name`` has the first of each name, which is the one
    that transitions mean."""

    name: str
    steps: tuple[Step, ...]
    by_name: Mapping[str, Step]
    definitions: Mapping[str, dict[str, Any]]

    @property
    def takes_input(self) -> bool:
        return WORKFLOW_INPUT in self.definitions


def read_workflow(definition: Mapping[str, Any]) -> Workflow:
    steps = tuple(_step(index, given) for index, given in enumerate(definition["steps"]))
    return Workflow(
        name=definition["workflowName"],
        steps=steps,
        by_name={step.name: step for step in reversed(steps)},
        definitions=definition["definitions"],
    )


def fieldset_pointer(step: Step) -> str:
    return pointer("steps", step.index, "integrationDetails", "inputTransformer", "fieldset")


def _step(index: int, given: Mapping[str, Any]) -> Step:
    details = given["integrationDetails"]
    transformer = details.get("inputTransformer")
    return Step(
        index=index,
        name=given["name"],
        task_type=details["type"],
        retries=max(0, int(given.get("retries", 0))),
        timeout_seconds=max(0, int(given.get("timeoutSeconds", 0))),
        transition=given.get("transitionToStep") or None,
        input_definition=step_reference(details["inputDefinition"]["$ref"]),
        output_definition=step_reference(details["outputDefinition"]["$ref"]),
        fieldset=None if transformer is None else transformer["fieldset"],
        config=details.get("config"),
        secrets=details.get("secretBindings") or {},
    )

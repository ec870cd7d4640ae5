"""Names that a definition uses: of steps, of definitions, of executors with a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.violation import Explained, shown
from daemon.dialects.plan import Known, Problem
from daemon.dialects.steps.built_in import CONFIGS
from daemon.dialects.steps.definitions import step_reference
from daemon.dialects.steps.references import References
from daemon.dialects.steps.targets import targets
from daemon.dialects.steps.workflow import Step, Workflow


def step_problems(workflow: Workflow, references: References, step: Step) -> Iterator[Problem]:
    where = pointer("steps", step.index)
    yield from _target_problems(step.transition, f"{where}/transitionToStep", workflow.by_name)
    for side, name in (("input", step.input_definition), ("output", step.output_definition)):
        path = f"{where}/integrationDetails/{side}Definition/$ref"
        if name not in workflow.definitions:
            yield _unknown_definition(path, name)
            continue
        is_compiled = side == "input" and step.fieldset is not None
        for defect in references.defects(name):
            yield defect.problem(is_compiled=is_compiled)


def _target_problems(
    transition: Any, path: str, known: Mapping[str, Any] | set[str]
) -> Iterator[Problem]:
    for name, place in targets(transition, path):
        if name not in known:
            message = f"No step found with name '{name}'"
            yield Problem(path=place, message=message, kind="unknownStep")


def _unknown_definition(path: str, name: str) -> Problem:
    message = f"No definition found for reference '#/definitions/{name}'"
    return Problem(path=path, message=message, kind="reference")


def config_problems(step: Step, known: Known) -> Iterator[Problem]:
    schema = known.configs.get(step.task_type) or CONFIGS.get(step.task_type)
    if schema is None:
        return
    path = pointer("steps", step.index, "integrationDetails", "config")
    if step.config is None:
        message = f"Missing required config for step '{step.name}' of type '{step.task_type}'"
        yield Problem(path=path, message=message, kind="config")
        return
    for found in Explained(schema).violations(step.config):
        message = (
            f"Validation failed step '{step.name}' config validation: "
            f"{f'{found.path} {found.message}'.strip()}. Used data '{shown(step.config)}'"
        )
        yield Problem(path=path + found.path, message=message, kind="config")


def malformed_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that lead nowhere in a definition that is not of the right shape: whatever can be
    told of its sound parts."""
    given, definitions = definition.get("steps"), definition.get("definitions")
    steps = given if isinstance(given, list) else []
    names = [step.get("name") for step in steps if isinstance(step, dict)]
    texts = {name for name in names if isinstance(name, str)}
    for index, step in enumerate(steps):
        if isinstance(step, dict):
            where = pointer("steps", index)
            transition = step.get("transitionToStep")
            yield from _target_problems(transition, f"{where}/transitionToStep", texts)
            if isinstance(definitions, dict):
                yield from _reference_problems(step.get("integrationDetails"), definitions, where)


def _reference_problems(
    details: Any, definitions: Mapping[str, Any], where: str
) -> Iterator[Problem]:
    for key in ("inputDefinition", "outputDefinition"):
        reference = details.get(key) if isinstance(details, dict) else None
        name = reference.get("$ref") if isinstance(reference, dict) else None
        if isinstance(name, str) and step_reference(name) not in definitions:
            path = f"{where}/integrationDetails/{key}/$ref"
            yield _unknown_definition(path, step_reference(name))

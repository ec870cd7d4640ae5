"""What the parts of a definition say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.dialects.plan import Findings, Problem
from daemon.dialects.steps.pointer import pointer
from daemon.dialects.steps.references import References
from daemon.dialects.steps.targets import reachable, targets
from daemon.dialects.steps.workflow import Step, Workflow, read_workflow


def findings(definition: Mapping[str, Any], max_nesting: int) -> Findings:
    """For a definition of the right shape."""
    workflow = read_workflow(definition)
    if not workflow.steps:
        return Findings(errors=(_problem("/steps", "Workflow has no steps defined.", "noSteps"),))
    reached = reachable(workflow)
    references = References(workflow.definitions, max_nesting)
    errors = [
        problem
        for step in workflow.steps
        if step.index in reached
        for problem in _name_problems(workflow, references, step)
    ]
    return Findings(errors=tuple(dict.fromkeys(errors)))


def _name_problems(workflow: Workflow, references: References, step: Step) -> Iterator[Problem]:
    where = pointer("steps", step.index)
    for name, path in targets(step.transition, f"{where}/transitionToStep"):
        if name not in workflow.by_name:
            yield _problem(path, f"No step found with name '{name}'", "unknownStep")
    for key, name in (("input", step.input_definition), ("output", step.output_definition)):
        path = f"{where}/integrationDetails/{key}Definition/$ref"
        if name not in workflow.definitions:
            yield _problem(
                path, f"No definition found for reference '#/definitions/{name}'", "reference"
            )
        else:
            yield from (defect.problem() for defect in references.defects(name))


def _problem(path: str, message: str, kind: str) -> Problem:
    return Problem(path=path, message=message, kind=kind)

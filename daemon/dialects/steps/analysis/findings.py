"""Everything that the parts of a definition say about each other, in one answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Findings, Known, Problem
from daemon.dialects.steps.analysis.flow import Flow, Subject
from daemon.dialects.steps.analysis.graph import Graph, graph_of
from daemon.dialects.steps.analysis.names import config_problems, malformed_problems, step_problems
from daemon.dialects.steps.analysis.passing import passing_warnings
from daemon.dialects.steps.analysis.sample import InputText, Sampler
from daemon.dialects.steps.built_in import built_in_problems
from daemon.dialects.steps.data import execution_keys
from daemon.dialects.steps.definitions import Definitions
from daemon.dialects.steps.limits import Limits
from daemon.dialects.steps.references import References
from daemon.dialects.steps.transformer import fieldset_problems
from daemon.dialects.steps.workflow import (
    WORKFLOW_INPUT,
    fieldset_pointer,
    read_workflow,
)

__all__ = ["distinct", "findings", "malformed_problems"]

_OPTIONAL_UPSTREAM: Final = (
    "The workflow definition is relying on a required property which is not marked as required "
    "up stream. This can lead to non-deterministic failures. Please ensure the property is "
    "optional throughout the workflow or required throughout the workflow. Error message: "
)
_OPTIONAL_INPUT: Final = (
    "relies on a property that the workflow input may lack; a job without it fails here: "
)


def findings(definition: Mapping[str, Any], known: Known, limits: Limits) -> Findings:
    """For a definition of the right shape."""
    workflow = read_workflow(definition)
    if not workflow.steps:
        problem = Problem(path="/steps", message="Workflow has no steps defined.", kind="noSteps")
        return Findings(errors=(problem,))
    graph = graph_of(workflow)
    subject = Subject(
        workflow=workflow,
        graph=graph,
        keys=execution_keys(workflow),
        definitions=Definitions(workflow.definitions),
        references=References(workflow.definitions, limits),
        malformed=_malformed(graph),
    )
    stated = [*_stated(subject, known)]
    flowing, warnings = _flowing(subject)
    return Findings(
        errors=distinct([*stated, *flowing]),
        warnings=distinct([*_unreachable(subject), *passing_warnings(subject), *warnings]),
    )


def _malformed(graph: Graph) -> dict[int, tuple[Problem, ...]]:
    found = {
        step.index: tuple(fieldset_problems(step.fieldset, fieldset_pointer(step)))
        for step in graph.order
        if step.fieldset is not None
    }
    return {index: problems for index, problems in found.items() if problems}


def distinct(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple({(one.path, one.message): one for one in problems}.values())


def _stated(subject: Subject, known: Known) -> Iterator[Problem]:
    """What is wrong without trying any value."""
    used = {WORKFLOW_INPUT} if subject.workflow.takes_input else set[str]()
    for step in sorted(subject.graph.order, key=lambda step: step.index):
        yield from step_problems(subject.workflow, subject.references, step)
        malformed = tuple(config_problems(step, known))
        yield from malformed or built_in_problems(subject.workflow, step)
        used |= {step.input_definition, step.output_definition}
        yield from subject.malformed.get(step.index, ())
    if subject.workflow.takes_input:
        for defect in subject.references.defects(WORKFLOW_INPUT):
            yield defect.problem(is_compiled=True)
    for name in subject.references.unreferred(used):
        yield from (one.problem() for one in subject.references.unknown_types(name))


def _flowing(subject: Subject) -> tuple[list[Problem], list[Problem]]:
    """Errors and warnings found with samples: with all optional properties, with the required
    ones only, and, for warnings, with a workflow input that has only those too."""
    given = subject.workflow.definitions
    everything, least = (Sampler(given, optional=optional) for optional in (True, False))
    inputs, least_input = (
        Sampler(given, optional=optional, text=InputText("sample")) for optional in (True, False)
    )
    full = Flow(subject, everything, inputs)
    required = Flow(subject, least, inputs)
    poorest = Flow(subject, least, least_input)
    errors = full.problems()
    wrapped = _only_new(required.problems(), errors, _OPTIONAL_UPSTREAM)
    warnings = _only_new(poorest.problems(), [*errors, *wrapped], _OPTIONAL_INPUT)
    uncertain = [*full.uncertain, *required.uncertain, *poorest.uncertain]
    told = {one.path for one in (*errors, *wrapped, *warnings)}
    return [*errors, *wrapped], [*warnings, *(one for one in uncertain if one.path not in told)]


def _only_new(found: list[Problem], before: list[Problem], prefix: str) -> list[Problem]:
    known = {(one.path, one.kind) for one in before}
    return [
        Problem(path=one.path, message=prefix + one.message, kind=one.kind)
        for one in found
        if (one.path, one.kind) not in known
    ]


def _unreachable(subject: Subject) -> Iterator[Problem]:
    workflow = subject.workflow
    reached = {step.index for step in subject.graph.order}
    for step in workflow.steps:
        if step.index in reached:
            continue
        first = workflow.by_name[step.name]
        why = "no transition names it" if first is step else "a step before it has the same name"
        message = f"step '{step.name}' is never reached: {why}"
        yield Problem(path=pointer("steps", step.index), message=message, kind="unreachable")
        yield from step_problems(workflow, subject.references, step)

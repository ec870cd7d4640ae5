"""Warnings about inputs that are handed on as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.plan import Problem
from daemon.dialects.steps.analysis.flow import Subject
from daemon.dialects.steps.analysis.sample import Sampler
from daemon.dialects.steps.contract import Contract
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Step


def passing_warnings(subject: Subject) -> Iterator[Problem]:
    """A step without a transformer gets what the step before it gave; the original checks
    nothing there, so this is no error."""
    least = Sampler(subject.workflow.definitions, optional=False)
    for step in subject.graph.order:
        takes = subject.contract(step.input_definition)
        if step.fieldset is None and takes is not None:
            for source, value in _handed_on(subject, step, least):
                yield from _warning(step, takes, source, value)


def _handed_on(subject: Subject, step: Step, least: Sampler) -> Iterator[tuple[str, Any]]:
    if step is subject.workflow.steps[0]:
        has_input = subject.workflow.takes_input and subject.references.is_sound(WORKFLOW_INPUT)
        yield "the workflow input", least.of(WORKFLOW_INPUT) if has_input else None
    for before in subject.graph.directly_before[step.index]:
        if subject.contract(before.output_definition) is not None:
            yield f"the output of step '{before.name}'", least.of(before.output_definition)


def _warning(step: Step, takes: Contract, source: str, value: Any) -> Iterator[Problem]:
    found = takes.violations(takes.fitted(value))
    if found:
        listed = "; ".join(f"{one.path} {one.message}".strip() for one in found)
        yield Problem(
            path=pointer("steps", step.index, "integrationDetails", "inputDefinition"),
            message=f"without an inputTransformer step '{step.name}' gets {source}, which need "
            f"not keep its inputDefinition '{takes.name}': {listed}",
            kind="passing",
        )

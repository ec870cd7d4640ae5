"""Everything wrong with a Conductor definition, in one answer (reference conductor.md §1).

Each rule yields ``Found``: a Problem and whether it keeps the definition from being
registered. A rule never stops at the first mistake and never depends on another rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.dialects.fields import Fields
from daemon.dialects.plan import Findings, Known, Problem
from daemon.dialects.tasks.definition import WorkflowDef
from daemon.dialects.tasks.reading import read_workflow
from daemon.dialects.tasks.validation.depth import too_deep
from daemon.dialects.tasks.validation.expressions import expression_findings
from daemon.dialects.tasks.validation.found import Found
from daemon.dialects.tasks.validation.tasks import task_findings
from daemon.dialects.tasks.validation.workflow import workflow_findings

__all__ = ["validate"]


def validate(definition: Mapping[str, Any], known: Known) -> Findings:
    if deep := too_deep(definition):
        return Findings(errors=(deep,))
    problems: list[Problem] = []
    workflow = read_workflow(Fields(definition, "", problems))
    found = list(_findings(workflow, known))
    return Findings(
        errors=(*problems, *(one.problem for one in found if one.is_error)),
        warnings=tuple(one.problem for one in found if not one.is_error | one.is_unsupported),
        unsupported=tuple(one.problem for one in found if one.is_unsupported),
    )


def _findings(workflow: WorkflowDef, known: Known) -> Iterator[Found]:
    yield from workflow_findings(workflow, known)
    yield from task_findings(workflow, known)
    yield from expression_findings(workflow, known)

"""The ``steps`` dialect: JustWorkflowIt's definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from daemon.dialects.plan import (
    DefinitionOf,
    Findings,
    Known,
    Pins,
    Problem,
    SchemaName,
    Script,
)
from daemon.dialects.steps.analysis import distinct, findings, malformed_problems
from daemon.dialects.steps.borrowed import filled_in
from daemon.dialects.steps.built_in import completed
from daemon.dialects.steps.compile import compile_plan
from daemon.dialects.steps.limits import LIMITS, Limits
from daemon.dialects.steps.mending import mended
from daemon.dialects.steps.plan import StepsPlan
from daemon.dialects.steps.shape import is_too_deep, shape_problems


class StepsDialect:
    name: str = "steps"
    default_tag: str | None = "$LIVE"

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits

    def recognises(self, definition: Mapping[str, Any]) -> bool:
        return "steps" in definition

    def validate(self, definition: Mapping[str, Any], known: Known) -> Findings:
        if is_too_deep(definition, self._limits.max_nesting):
            message = f"nests deeper than {self._limits.max_nesting} levels"
            return Findings(errors=(Problem(path="", message=message, kind="nesting"),))
        definition = completed(definition)
        problems = shape_problems(definition)
        if problems:
            hidden = self._hidden(definition, known)
            named = malformed_problems(definition)
            return Findings(errors=distinct([*problems, *named, *hidden]))
        return findings(definition, known, self._limits)

    def _hidden(self, definition: Mapping[str, Any], known: Known) -> Iterator[Problem]:
        """What is wrong with the sound parts of a definition that is not of the right shape."""
        rest = mended(definition)
        if rest is not None:
            found = findings(rest.definition, known, self._limits).errors
            yield from (one for one in found if rest.is_about_the_rest(one))

    def scripts(self, definition: Mapping[str, Any]) -> Iterable[Script]:
        """None: JSON-Logic is read without an engine."""
        return ()

    def filled_in(
        self, definition: Mapping[str, Any], definition_of: DefinitionOf
    ) -> Mapping[str, Any]:
        return filled_in(definition, definition_of, self._limits)

    def compile(self, definition: Mapping[str, Any], pins: Pins) -> StepsPlan:
        return compile_plan(completed(definition), pins, self._limits)

    def workflow_name(self, definition: Mapping[str, Any]) -> str | None:
        name = definition.get("workflowName")
        return name if isinstance(name, str) else None

    def version_number(self, definition: Mapping[str, Any]) -> int | None:
        return None

    def schemas(
        self, definition: Mapping[str, Any], task_types: Mapping[str, Mapping[str, Any]]
    ) -> Iterable[SchemaName]:
        """None: definitions have contracts of their own."""
        return ()

    def sub_workflows(self, definition: Mapping[str, Any]) -> Iterable[str]:
        """None: a step's children are looked up when the step begins."""
        return ()

    def task_types(self, definition: Mapping[str, Any]) -> Iterable[str]:
        types = (step["integrationDetails"]["type"] for step in definition["steps"])
        return tuple(dict.fromkeys(types))

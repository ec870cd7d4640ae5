"""One pass: what every step gets when all values are samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from daemon.dialects.contracts.pointer import pointer
from daemon.dialects.contracts.violation import shown
from daemon.dialects.plan import Problem
from daemon.dialects.steps.analysis.data import INPUT, SampleData
from daemon.dialects.steps.analysis.graph import Graph
from daemon.dialects.steps.analysis.sample import InputText, Sampler
from daemon.dialects.steps.contract import Contract
from daemon.dialects.steps.data import Keys
from daemon.dialects.steps.definitions import Definitions
from daemon.dialects.steps.missing import SHOWN_CHARACTERS, missing_text
from daemon.dialects.steps.references import References
from daemon.dialects.steps.transformer import Fieldset, Reading, TransformError, read_by
from daemon.dialects.steps.transformer.dating import redate
from daemon.dialects.steps.transformer.path import MISSING, find_own, split
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Step, Workflow


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is analysed: a workflow, read and compiled once for all passes."""

    workflow: Workflow
    graph: Graph
    keys: Keys
    definitions: Definitions
    references: References
    malformed: Mapping[int, tuple[Problem, ...]]
    """What is wrong with the form of fieldsets, by the index of their step."""

    @property
    def unknown(self) -> Iterator[str]:
        """The data of which broken definitions, told elsewhere, say nothing."""
        is_sound = self.references.is_sound
        if self.workflow.takes_input and not is_sound(WORKFLOW_INPUT):
            yield WORKFLOW_INPUT
        for step in self.graph.order:
            if not is_sound(step.output_definition):
                yield f"{step.name}Output"
            if step.fieldset is None and not is_sound(step.input_definition):
                yield f"{step.name}Input"

    def contract(self, name: str) -> Contract | None:
        """None for a definition that is broken, which is told elsewhere."""
        return self.definitions.contract(name) if self.references.is_sound(name) else None


class Flow:
    """``outputs`` makes what steps give, ``inputs`` the workflow input."""

    def __init__(self, subject: Subject, outputs: Sampler, inputs: Sampler) -> None:
        self._subject = subject
        self._outputs = outputs
        self._inputs = inputs
        self._values = self._outputs_of_steps()
        self._unknown = set(subject.unknown)
        self.uncertain: list[Problem] = []
        """Paths that led nowhere without being an error, known once ``problems`` is run."""

    def _outputs_of_steps(self) -> dict[tuple[int, str], Any]:
        subject = self._subject
        values: dict[tuple[int, str], Any] = {
            (step.index, "output"): self._outputs.of(step.output_definition)
            for step in subject.graph.order
            if subject.references.is_sound(step.output_definition)
        }
        if subject.workflow.takes_input and subject.references.is_sound(WORKFLOW_INPUT):
            values[INPUT] = self._inputs.of(WORKFLOW_INPUT)
        return values

    def problems(self) -> list[Problem]:
        return [found for step in self._subject.graph.order for found in self._of_step(step)]

    def _of_step(self, step: Step) -> Iterator[Problem]:
        takes = self._subject.contract(step.input_definition)
        gives = self._subject.contract(step.output_definition)
        self._values[step.index, "input"] = {} if takes is None else self._outputs.of(takes.name)
        if step.fieldset is not None:
            yield from self._of_input(step, step.fieldset, takes)
        elif takes is not None:
            yield from self._of_sample(step, "input", takes)
        if gives is not None:
            yield from self._of_sample(step, "output", gives)

    def _of_input(
        self, step: Step, fieldset: list[dict[str, Any]], takes: Contract | None
    ) -> Iterator[Problem]:
        if step.index in self._subject.malformed or self._reads_unknown(fieldset):
            self._note_unknown(step, takes)
            return
        problems = [*self._mapped(step, fieldset)]
        yield from problems
        if problems:
            self._note_unknown(step, takes)
        elif takes is not None:
            yield from self._broken(step, "input", takes, self._values[step.index, "input"])

    def _note_unknown(self, step: Step, takes: Contract | None) -> None:
        if takes is None:
            self._unknown.add(f"{step.name}Input")

    def _reads_unknown(self, fieldset: list[dict[str, Any]]) -> bool:
        """Whether something is read of which nothing is known. A path that begins with no step
        is searched for everywhere."""
        known = self._subject.keys.keys() | {WORKFLOW_INPUT}
        return bool(self._unknown) and any(
            path[0] in self._unknown or path[0] not in known for path in read_by(fieldset) if path
        )

    def _mapped(self, step: Step, fieldset: list[dict[str, Any]]) -> Iterator[Problem]:
        data = self._data(step)
        where = pointer("steps", step.index, "integrationDetails", "inputTransformer")
        missing = [*self._missing(fieldset, data, f"{where}/fieldset")]
        yield from missing
        reading = Reading(dates=_tried, absent=lambda path, at: self._note(path, where + at))
        try:
            mapped = Fieldset(fieldset, reading=reading).map(data)
        except TransformError as error:
            yield _failed(where + error.where, error, data)
        else:
            if not missing:
                self._values[step.index, "input"] = mapped

    def _missing(
        self, fieldset: list[dict[str, Any]], data: SampleData, where: str
    ) -> Iterator[Problem]:
        for place, item in enumerate(fieldset):
            path = item.get("from")
            if path and find_own(data, split(path)) is MISSING:
                yield Problem(
                    path=f"{where}/{place}/from",
                    message=missing_text(path, data),
                    kind="transformation",
                )

    def _note(self, path: str, where: str) -> None:
        message = (
            f"'{path}' may lead nowhere: a job in which nothing stands there fails at this step"
        )
        self.uncertain.append(Problem(path=where, message=message, kind="uncertain"))

    def _data(self, step: Step) -> SampleData:
        subject = self._subject
        return SampleData(subject.workflow, subject.graph, subject.keys, step, self._values)

    def _of_sample(self, step: Step, side: str, contract: Contract) -> Iterator[Problem]:
        """A definition that not even a value made for it keeps contradicts itself."""
        yield from self._broken(step, side, contract, self._outputs.of(contract.name))

    def _broken(self, step: Step, side: str, contract: Contract, value: Any) -> Iterator[Problem]:
        found = contract.violations(value)
        if found:
            listed = "; ".join(f"{one.path} {one.message}".strip() for one in found)
            yield Problem(
                path=pointer("steps", step.index, "integrationDetails", f"{side}Definition"),
                message=f"Validation failed step '{step.name}' {side} validation: {listed}. "
                f"Used data '{shown(value, SHOWN_CHARACTERS)}'",
                kind=f"{side}Contract",
            )


def _tried(value: Any, source_format: str, wanted: str, where: str) -> str:
    """Nothing says that a text of a step's output is a date, so that it is taken for none."""
    return wanted if isinstance(value, InputText) else redate(value, source_format, wanted, where)


def _failed(path: str, error: TransformError, data: SampleData) -> Problem:
    message = str(error) if error.missing is None else missing_text(error.missing, data)
    return Problem(path=path, message=message, kind="transformation")

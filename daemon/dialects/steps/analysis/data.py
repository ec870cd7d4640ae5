"""Execution data of samples: what is there on every way to a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.dialects.steps.analysis.graph import Graph
from daemon.dialects.steps.data import Keys
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Step, Workflow

Values = Mapping[tuple[int, str], Any]
"""By the index of a step and ``input`` or ``output``."""


class SampleData(Mapping[str, Any]):
    """Looks up what is asked for: a long definition has more of it than anybody reads."""

    def __init__(self, workflow: Workflow, graph: Graph, keys: Keys, step: Step, values: Values):
        self._workflow = workflow
        self._graph = graph
        self._keys = keys
        self._step = step
        self._values = values

    def __getitem__(self, key: str) -> Any:
        source = self._keys.get(key)
        if source is not None:
            step = self._workflow.by_name[source.ref]
            known = (step.index, source.side)
            if self._graph.comes_before(step, self._step) and known in self._values:
                return self._values[known]
        if key != WORKFLOW_INPUT or INPUT not in self._values:
            raise KeyError(key)
        return self._values[INPUT]

    def __iter__(self) -> Iterator[str]:
        if WORKFLOW_INPUT in self:
            yield WORKFLOW_INPUT
        for step in self._graph.order:
            for key in (f"{step.name}Input", f"{step.name}Output"):
                if key != WORKFLOW_INPUT and key in self:
                    yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)


INPUT = (-1, "input")
"""The workflow input among ``Values``."""

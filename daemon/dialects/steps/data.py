"""Execution data: what steps read by name, taken from a job's state when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from daemon.dialects.plan import JobView
from daemon.dialects.steps.workflow import WORKFLOW_INPUT, Workflow


class Source(NamedTuple):
    """Where the value of a key stands: in the newest task of the step ``ref``."""

    ref: str
    side: Literal["input", "output"]


Keys = Mapping[str, Source]


def execution_keys(workflow: Workflow) -> Keys:
    keys: dict[str, Source] = {}
    for name in workflow.by_name:
        keys[f"{name}Input"] = Source(name, "input")
        keys[f"{name}Output"] = Source(name, "output")
    return keys


class ExecutionData(Mapping[str, Any]):
    """``workflowInput`` and ``<step>Input``/``<step>Output`` of every step that ran; of a
    step that ran again the newest. What is null is absent.

    Looking a key up costs the same in a job of any length; going through all of them costs
    what the definition is long. In the order of scheduling.
    """

    def __init__(self, job: JobView, keys: Keys) -> None:
        self._job = job
        self._keys = keys

    def __getitem__(self, key: str) -> Any:
        value = self._value(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        value = self._value(key)
        return default if value is None else value

    def __iter__(self) -> Iterator[str]:
        if self._own_input() is not None:
            yield WORKFLOW_INPUT
        present = [key for key in self._keys if key != WORKFLOW_INPUT and key in self]
        yield from sorted(present, key=self._number)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _value(self, key: str) -> Any:
        source = self._keys.get(key)
        task = None if source is None else self._job.latest(source.ref)
        if source is None or task is None:
            return self._job.input if key == WORKFLOW_INPUT else None
        return task.input if source.side == "input" else task.output

    def _own_input(self) -> Any:
        return self._value(WORKFLOW_INPUT)

    def _number(self, key: str) -> int:
        task = self._job.latest(self._keys[key].ref)
        return 0 if task is None else task.number

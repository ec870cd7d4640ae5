"""The plan of a Conductor definition: answers about one job, from its state alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.dialects.plan import (
    Ending,
    FailureJob,
    Fault,
    JobView,
    Move,
    Pins,
    Prepared,
    Problem,
    Schedule,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.definition import WorkflowDef, WorkflowTimeoutPolicy
from daemon.dialects.tasks.expressions import compile_template
from daemon.dialects.tasks.failure import failure_job
from daemon.dialects.tasks.graph import Graph, compile_graph
from eventstore.events import Value

BYTES_PER_CHARACTER = 30
"""Memory that a compiled plan takes for each character of its definition, as measured on
definitions of many small tasks; one that is mostly long texts takes less."""


class TasksPlan:
    def __init__(self, definition: WorkflowDef, pins: Pins, size: int) -> None:
        """``size`` is how many characters the definition has."""
        self.timeout_seconds: float = max(definition.timeout_seconds, 0)
        self.alert_only = definition.timeout_policy is WorkflowTimeoutPolicy.ALERT_ONLY
        self.restartable = definition.restartable
        self.variables: Mapping[str, Any] = definition.variables
        self._definition = definition
        self._graph: Graph = compile_graph(definition.tasks, pins.task_types)
        self._output = compile_template(definition.output_parameters)
        self._cost = size * BYTES_PER_CHARACTER

    def prepare(self, given: Value) -> Prepared:
        """Null counts as absent, and so does no input at all."""
        if given is None:
            given = {}
        if not isinstance(given, dict):
            message = "the input of a workflow is an object"
            return Prepared(input=given, problems=(Problem(path="", message=message),))
        defaults = self._definition.input_template
        absent = {key: value for key, value in defaults.items() if given.get(key) is None}
        return Prepared(input={**given, **absent} if absent else given)

    def first(self, job: JobView) -> tuple[Move, ...]:
        return self._graph.begin(job)

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        return self._graph.follow(job, task.ref)

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules:
        step = self._graph.steps.get(task.ref)
        return TaskRules(settings_name=task.name) if step is None else step.rules

    def retry_input(self, job: JobView, task: TaskView) -> Value | Fault:
        step = self._graph.steps.get(task.ref)
        return task.input if step is None else step.retry_input(job, task.input)

    def accept(self, job: JobView, task: TaskView, output: Value) -> Fault | None:
        """A Conductor task promises nothing about its output."""
        return None

    def output(self, job: JobView) -> Value:
        """The definition's template, or else the output of the task scheduled last (§2.8)."""
        if self._definition.output_parameters:
            return self._output(job, None)
        last = job.last()
        return {} if last is None or last.output is None else last.output

    def failure(self, job: JobView, ending: Ending) -> FailureJob | None:
        return failure_job(self._definition, job, ending)

    def step(self, ref: str) -> Schedule | None:
        step = self._graph.steps.get(ref)
        return None if step is None else step.blank

    def cost(self) -> int:
        return self._cost

"""One task of a definition, compiled."""

from __future__ import annotations

from typing import Protocol

import msgspec

from daemon.dialects.plan import Fault, JobView, Move, Schedule, TaskRules
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.inputs import Input
from eventstore.events import Value


class Kind(Protocol):
    """How one type of task runs (``daemon.dialects.tasks.kinds``)."""

    uses_input_template: bool
    """Whether the ``inputTemplate`` of the task type fills this kind's input (§2.7)."""

    def schedule(self, task: WorkflowTask) -> Schedule:
        """The task that the step becomes, without its input."""

    def begin(self, step: Step, job: JobView) -> tuple[Move, ...]:
        """What happens when the step's turn has come."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    task: WorkflowTask
    kind: Kind
    input: Input
    rules: TaskRules
    blank: Schedule
    """What the kind makes of the step, without an input."""
    next: str | None
    """The ref of the step after it in its sequence."""

    def begin(self, job: JobView) -> tuple[Move, ...]:
        return self.kind.begin(self, job)

    def retry_input(self, job: JobView, given: Value) -> Value | Fault:
        """Of another attempt: the input of the one before under freshly resolved values."""
        fresh = self.input(job, job.next_number)
        if isinstance(fresh, Fault) or not isinstance(given, dict):
            return fresh
        return {**given, **fresh}

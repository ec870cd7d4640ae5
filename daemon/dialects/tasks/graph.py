"""The compiled form of a definition: its steps by ref, each knowing what it does and which
step comes after it in its sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.dialects.plan import JobView, Move
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.inputs import compile_input
from daemon.dialects.tasks.settings import rules_for, settings_for
from daemon.dialects.tasks.step import Step
from daemon.dialects.tasks.supported import kind_of, refusal_of
from eventstore.events import TaskStatus

TaskTypes = Mapping[str, Mapping[str, Any]]
"""The settings of registered task types by name."""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    first: str | None
    steps: dict[str, Step]

    def begin(self, job: JobView) -> tuple[Move, ...]:
        return self._from(job, self.first)

    def follow(self, job: JobView, ref: str) -> tuple[Move, ...]:
        """What comes after the step ``ref``. At the end of a sequence: nothing."""
        step = self.steps.get(ref)
        return () if step is None else self._from(job, step.next)

    def _from(self, job: JobView, ref: str | None) -> tuple[Move, ...]:
        """The first step from ``ref`` on that was not skipped in advance. One that has a
        task already has had its turn."""
        while ref is not None:
            task = job.latest(ref)
            if task is None:
                return self.steps[ref].begin(job)
            if task.status is not TaskStatus.SKIPPED:
                return ()
            ref = self.steps[ref].next
        return ()


def compile_graph(tasks: tuple[WorkflowTask, ...], task_types: TaskTypes) -> Graph:
    """Of a definition without errors."""
    refs: list[str | None] = [task.ref for task in tasks]
    followers = (*refs[1:], None)
    return Graph(
        first=tasks[0].ref if tasks else None,
        steps={
            task.ref: _step(task, following, task_types)
            for task, following in zip(tasks, followers, strict=False)
        },
    )


def _step(task: WorkflowTask, following: str | None, task_types: TaskTypes) -> Step:
    kind = kind_of(task.type)
    if kind is None:
        raise ValueError(f"{task.path}: {refusal_of(task.type)}")
    settings = settings_for(task, task_types)
    template = settings.input_template if kind.uses_input_template else {}
    return Step(
        task=task,
        kind=kind,
        input=compile_input(task, template),
        rules=rules_for(task, settings),
        blank=kind.schedule(task),
        next=following,
    )

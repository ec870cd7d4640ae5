"""A small job to ask plans about: tasks in a list, run by a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from daemon.dialects.plan import (
    Contracts,
    EndJob,
    Fault,
    Known,
    Move,
    Pins,
    Policy,
    Schedule,
)
from daemon.dialects.steps import StepsDialect, StepsPlan
from eventstore.events import TASK_SUCCESSFUL, JobStatus, TaskStatus

CLOSED_EMPTY = {
    "type": "object",
    "properties": {},
    "required": [],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True)
class Task:
    number: int
    ref: str
    task_type: str = "work"
    attempt: int = 0
    iteration: int = 0
    status: TaskStatus = TaskStatus.SCHEDULED
    input: Any = None
    output: Any = None
    reason: Any = None
    started_at: int | None = None
    name: str = ""
    kind: str = "work"
    scheduled_at: int = 0
    ended_at: int | None = None
    worker: str | None = None
    poll_count: int = 0
    callback_seconds: float = 0
    child_job: str | None = None
    loop: int = 0


@dataclass(kw_only=True)
class Job:
    input: Any = None
    tasks: list[Task] = field(default_factory=list)
    job_id: str = "j"
    status: JobStatus = JobStatus.RUNNING
    workflow: str = "wf"
    version_number: int = 1
    variables: Any = None
    reason: Any = None
    correlation_id: str | None = None
    domains: dict[str, str] = field(default_factory=dict)
    started_at: int = 0
    ended_at: int | None = None
    parent_job: str | None = None
    parent_task: int | None = None
    output: Any = None

    @property
    def next_number(self) -> int:
        return len(self.tasks) + 1

    def latest(self, ref: str) -> Task | None:
        return next((task for task in reversed(self.tasks) if task.ref == ref), None)

    def numbers(self, ref: str) -> tuple[int, ...]:
        return tuple(task.number for task in reversed(self.tasks) if task.ref == ref)

    def in_order(self) -> list[Task]:
        return [*self.tasks]

    def last(self) -> Task | None:
        return self.tasks[-1] if self.tasks else None

    def task_id(self, number: int) -> str:
        return f"{self.job_id}.{number}"

    def add(self, ref: str, **changes: Any) -> Task:
        task = Task(number=len(self.tasks) + 1, ref=ref, **changes)
        self.tasks.append(task)
        return task

    def change(self, task: Task, **changes: Any) -> Task:
        changed = replace(task, **changes)
        self.tasks[task.number - 1] = changed
        return changed


Work = Callable[[Task], tuple[TaskStatus, Any]]
"""What a worker makes of a task: how it ends and its output."""


def run(plan: StepsPlan, job: Job, work: Work, most: int = 100) -> Iterator[Task | EndJob]:
    """Every task when it has ended, at last how the job ended badly, if it did."""
    moves: tuple[Move, ...] = plan.first(job)
    for _ in range(most):
        if not moves:
            return
        [move] = moves
        if isinstance(move, EndJob):
            yield move
            return
        assert isinstance(move, Schedule)
        task = perform(plan, job, move, work)
        yield task
        moves = plan.after(job, task)


def perform(plan: StepsPlan, job: Job, step: Schedule, work: Work, fault_ends: bool = True) -> Task:
    task = job.add(step.ref, task_type=step.task_type, input=step.input, iteration=step.iteration)
    if step.fault is not None:
        return job.change(task, status=step.fault.status, reason=step.fault.reason)
    status, output = work(task)
    fault = plan.accept(job, task, output) if status in TASK_SUCCESSFUL else None
    if isinstance(fault, Fault):
        return job.change(
            task, status=fault.status, output=output, reason=fault.reason, started_at=1
        )
    return job.change(task, status=status, output=output, started_at=1)


def giving(**outputs: Any) -> Work:
    """A worker that completes each step with its output; a step without one gives {}."""
    return lambda task: (TaskStatus.COMPLETED, outputs.get(task.ref, {}))


def step(
    name: str,
    then: Any = None,
    *,
    takes: str = "Any",
    gives: str = "Any",
    fieldset: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    details: dict[str, Any] = {
        "type": "work",
        "inputDefinition": {"$ref": f"#/definitions/{takes}"},
        "outputDefinition": {"$ref": f"#/definitions/{gives}"},
    }
    if fieldset is not None:
        details["inputTransformer"] = {"fieldset": fieldset}
    return {"name": name, "transitionToStep": then, "integrationDetails": details, **more}


def definition(*steps: Mapping[str, Any], **definitions: Any) -> dict[str, Any]:
    given = {"Any": {"type": "object"}, "Empty": CLOSED_EMPTY, **definitions}
    return {"workflowName": "wf", "steps": list(steps), "definitions": given}


def record(**properties: str) -> dict[str, Any]:
    """A closed object with properties of these types, all required; ``_o`` at the end of a
    name: optional, without it."""
    return {
        "type": "object",
        "properties": {
            name.removesuffix("_o"): {"type": kind} for name, kind in properties.items()
        },
        "required": [name for name in properties if not name.endswith("_o")],
        "additionalProperties": False,
    }


def compiled(given: dict[str, Any], contracts: Contracts = Contracts.ENFORCE) -> StepsPlan:
    dialect = StepsDialect()
    found = dialect.validate(given, Known())
    assert found.errors == ()
    return dialect.compile(given, Pins(policy=Policy(contracts=contracts)))

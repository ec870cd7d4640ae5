"""Jobs and tasks as a plan sees them, made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eventstore.events import JobStatus, TaskStatus


@dataclass(frozen=True, kw_only=True)
class Task:
    number: int = 1
    ref: str = "t"
    name: str = "do_it"
    task_type: str = "do_it"
    kind: str = "SIMPLE"
    attempt: int = 0
    iteration: int = 0
    status: TaskStatus = TaskStatus.COMPLETED
    input: Any = None
    output: Any = None
    reason: Any = None
    scheduled_at: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    worker: str | None = None
    poll_count: int = 0
    callback_seconds: float = 0
    child_job: str | None = None
    loop: int = 0


@dataclass(frozen=True, kw_only=True)
class Job:
    tasks: tuple[Task, ...] = ()
    input: Any = field(default_factory=dict)
    variables: Any = field(default_factory=dict)
    output: Any = None
    status: JobStatus = JobStatus.RUNNING
    reason: Any = None
    job_id: str = "j"
    workflow: str = "order"
    version_number: int = 3
    correlation_id: str | None = None
    domains: dict[str, str] = field(default_factory=dict)
    started_at: int = 0
    ended_at: int | None = None
    next_number: int = 1
    parent_job: str | None = None
    parent_task: int | None = None

    def latest(self, ref: str) -> Task | None:
        return next((task for task in reversed(self.tasks) if task.ref == ref), None)

    def numbers(self, ref: str) -> tuple[int, ...]:
        return tuple(task.number for task in reversed(self.tasks) if task.ref == ref)

    def last(self) -> Task | None:
        return self.tasks[-1] if self.tasks else None

    def in_order(self) -> tuple[Task, ...]:
        return self.tasks

    def task_id(self, number: int) -> str:
        return f"{self.job_id}.{number}"


def job(*tasks: Task, **fields: Any) -> Job:
    return Job(**{"tasks": tasks, "next_number": len(tasks) + 1, **fields})


def done(ref: str, output: Any = None, **fields: Any) -> Task:
    return Task(ref=ref, output=output, **fields)

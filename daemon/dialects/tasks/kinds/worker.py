"""Tasks that workers poll for: SIMPLE by the task's name, every other type by its type."""

from __future__ import annotations

from msgspec.structs import replace

from daemon.dialects.plan import Fault, JobView, Move, Schedule
from daemon.dialects.tasks.definition import SIMPLE, WorkflowTask
from daemon.dialects.tasks.step import Step


class Worker:
    uses_input_template = True

    def schedule(self, task: WorkflowTask) -> Schedule:
        return Schedule(
            ref=task.ref,
            name=task.name,
            task_type=task.name if task.type == SIMPLE else task.type,
            kind=task.type,
            input={},
            delay_seconds=task.start_delay,
        )

    def begin(self, step: Step, job: JobView) -> tuple[Move, ...]:
        given = step.input(job, job.next_number)
        if isinstance(given, Fault):
            return (replace(step.blank, fault=given),)
        return (replace(step.blank, input=given),)

"""Tasks that workers poll for: SIMPLE by the task's name, every other type by its type."""

from __future__ import annotations

from msgspec.structs import replace

from daemon.dialects.plan import Schedule
from daemon.dialects.tasks.definition import SIMPLE, WorkflowTask
from daemon.dialects.tasks.kinds.ordinary import Ordinary


class Worker(Ordinary):
    keeps_output = True

    def schedule(self, task: WorkflowTask) -> Schedule:
        task_type = task.name if task.type == SIMPLE else task.type
        return replace(super().schedule(task), task_type=task_type)

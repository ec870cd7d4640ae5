"""A task on its way to whoever carries it out: what was decided, not yet in anybody's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.decider.state import Frame, TaskState
from daemon.decider.turn import Pinned
from eventstore.events import Value


class WorkOrder(msgspec.Struct, frozen=True):
    """``input`` has its secrets and environment values; so has ``told``."""

    pinned: Pinned
    frame: Frame
    task: TaskState
    input: Value
    told: Mapping[str, Mapping[str, str]] = {}

    @property
    def key(self) -> tuple[str, int]:
        """Job id and task number."""
        return self.frame.job_id, self.task.number

    @property
    def config(self) -> Mapping[str, Any] | None:
        """Of its step, where the definition gives one."""
        step = self.pinned.plan.step(self.task.ref)
        return None if step is None else step.config

    def document(self) -> dict[str, Any]:
        """As ``task.poll`` answers (DESIGN §6), plain JSON."""
        frame, task, config = self.frame, self.task, self.config
        made, respond_by = task.made, task.respond_by
        return {
            "taskId": f"{frame.job_id}.{task.number}",
            "jobId": frame.job_id,
            "ref": task.ref,
            "name": made.name,
            "taskType": made.task_type,
            "kind": made.kind,
            "domain": made.domain,
            "attempt": made.attempt,
            "iteration": made.iteration,
            "pollCount": task.poll_count,
            "workflow": frame.workflow,
            "versionNumber": frame.version_number,
            "correlationId": frame.correlation_id,
            "priority": frame.priority,
            "respondBySeconds": None
            if respond_by is None
            else (respond_by - task.updated_at) / 1_000_000,
            "input": self.input,
            **({} if config is None else {"config": config}),
            **self.told,
        }

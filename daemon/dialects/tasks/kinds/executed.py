"""Tasks that executors inside the daemon take from the queues: INLINE, HTTP …"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import JobView, Move, Schedule, TaskRules
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.kinds.ordinary import Ordinary, scheduled
from daemon.dialects.tasks.step import Place


class Script(Ordinary):
    """INLINE, LAMBDA, JSON_JQ_TRANSFORM: at once, the first time and again (§3.6)."""

    keeps_output = True

    def rules(self, rules: TaskRules) -> TaskRules:
        return replace(rules, retry_delay_seconds=0, backoff_jitter_ms=0)

    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), delay_seconds=0)


class Request(Ordinary):
    """HTTP, KAFKA_PUBLISH."""


class HttpRequest(Request):
    keeps_output = True

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        told = {**given, "asyncComplete": place.step.task.async_complete}
        return (scheduled(place, input=told),)

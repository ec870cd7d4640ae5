"""Types of Conductor's server that this release has nothing for."""

from __future__ import annotations

from typing import Any

from daemon.dialects.plan import Fault, JobView, Move
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Place


class Unavailable(Operator):
    """Fails for good when its turn comes, as on a server without the module."""

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        reason = f"tasks of type {place.step.task.type} cannot be run by this release"
        return (scheduled(place, input=given, fault=Fault(reason=reason)),)

"""Tasks that only time or somebody outside ends: WAIT and HUMAN (reference conductor.md §4)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.dialects.plan import Fault, JobView, Move, Schedule, TaskRules
from daemon.dialects.tasks.definition import WorkflowTask
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Place
from daemon.dialects.tasks.waiting import NotATime, seconds_of, time_of


class Human(Operator):
    """Until it is reported as done, or the outside event with its name arrives."""

    knows_task_id = True

    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def schedule(self, task: WorkflowTask) -> Schedule:
        return replace(super().schedule(task), awaits=(task.ref,))

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        return (scheduled(place, input=given, awaits=(place.ref,)),)


class Wait(Human):
    """For a time, until a time, or as a HUMAN task does."""

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        return (scheduled(place, input=given, **_until(given, place.ref)),)


def _until(given: dict[str, Any], ref: str) -> dict[str, Any]:
    duration, until = (_text(given.get(key)) for key in ("duration", "until"))
    if duration and until:
        message = "Both 'duration' and 'until' specified. Please provide only one input"
        return {"awaits": (), "fault": Fault(reason=message)}
    try:
        if duration:
            return {"awaits": (), "complete_after_seconds": seconds_of(duration)}
        if until:
            return {"awaits": (), "complete_at": time_of(until)}
    except NotATime as wrong:
        return {"awaits": (), "fault": Fault(reason=str(wrong))}
    return {"awaits": (ref,)}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()

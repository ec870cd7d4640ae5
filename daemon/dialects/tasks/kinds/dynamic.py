"""DYNAMIC: a task whose name the input gives (reference conductor.md §4)."""

from __future__ import annotations

from typing import Any

from daemon.dialects.plan import EndJob, JobView, Move
from daemon.dialects.tasks.expressions import java_text
from daemon.dialects.tasks.kinds.ordinary import Ordinary, scheduled
from daemon.dialects.tasks.step import Place
from eventstore.events import JobStatus


class Dynamic(Ordinary):
    keeps_output = True

    def __init__(self, operators: frozenset[str]) -> None:
        """``operators``: names of what nobody polls for."""
        self._operators = operators

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        param = place.step.task.dynamic_task_name_param
        value = given.get(param) if param is not None else None
        name = "" if value is None else java_text(value)
        if not name:
            return _failed(
                "Cannot map a dynamic task based on the parameter and input. "
                f"Parameter= {java_text(param)}, input= {java_text(given)}"
            )
        if name in self._operators:
            return _failed(
                f"Invalid task specified. {name}, the name for {place.ref}, is an operator and "
                "cannot be chosen while a workflow runs"
            )
        return (scheduled(place, name=name, task_type=name, input=given),)


def _failed(reason: str) -> tuple[Move, ...]:
    return (EndJob(status=JobStatus.FAILED, reason=reason),)

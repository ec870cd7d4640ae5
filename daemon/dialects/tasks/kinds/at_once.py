"""Operators that are done as soon as their turn comes: NOOP, SET_VARIABLE, TERMINATE."""

from __future__ import annotations

from typing import Any

import msgspec

from daemon.dialects.plan import (
    Done,
    EndJob,
    Fault,
    JobView,
    Move,
    Policy,
    SetVariables,
    TaskRules,
    TaskView,
)
from daemon.dialects.tasks.kinds.ordinary import Operator, scheduled
from daemon.dialects.tasks.step import Kind, Place
from eventstore.events import JobStatus, TaskStatus

_ENDINGS = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.TERMINATED)


class Noop(Operator):
    def begin(self, place: Place, job: JobView, number: int) -> tuple[Move, ...]:
        return (scheduled(place, done=Done(output={})),)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        return self.begin(place, job, number)


class SetVariable(Operator):
    def __init__(self, max_bytes: int) -> None:
        """``max_bytes``: of all variables of a job together, as JSON (§3.16)."""
        self._max_bytes = max_bytes

    def under(self, policy: Policy) -> Kind:
        return SetVariable(policy.max_variables_bytes)

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        size = len(msgspec.json.encode({**_known(job), **given}))
        if size > self._max_bytes:
            return (scheduled(place, input=given, fault=Fault(reason=self._too_large(job, size))),)
        return (
            scheduled(place, input=given, done=Done(output={})),
            SetVariables(task=number, variables=given),
        )

    def _too_large(self, job: JobView, size: int) -> str:
        return (
            f"The variables payload size: {size} of workflow: {job.job_id} is greater than the "
            f"permissible limit: {self._max_bytes // 1024} kilobytes"
        )


def _known(job: JobView) -> dict[str, Any]:
    return job.variables if isinstance(job.variables, dict) else {}


class Terminate(Operator):
    """Its end ends the job, whatever else is still open."""

    knows_task_id = True

    def rules(self, rules: TaskRules) -> TaskRules:
        return rules

    def begin_with(
        self, place: Place, job: JobView, number: int, given: dict[str, Any]
    ) -> tuple[Move, ...]:
        if given.get("terminationStatus") not in _ENDINGS:
            fault = Fault(reason="given termination status is not valid", status=TaskStatus.FAILED)
            return (scheduled(place, input=given, fault=fault),)
        return (scheduled(place, input=given, done=Done(output=_output(given))),)

    def after(self, place: Place, job: JobView, task: TaskView) -> tuple[Move, ...]:
        if task.status is not TaskStatus.COMPLETED or not isinstance(task.input, dict):
            return place.follow(job)
        status = JobStatus(task.input["terminationStatus"])
        reason = task.input.get("terminationReason")
        if not reason:
            reason = f"Workflow is {status} by TERMINATE task: {job.task_id(task.number)}"
        return (EndJob(status=status, reason=reason, output=task.output, task=task.number),)


def _output(given: dict[str, Any]) -> dict[str, Any]:
    match given.get("workflowOutput"):
        case None:
            return {}
        case dict(output):
            return output
        case value:
            return {"output": value}

"""What paths read: the job under ``workflow`` and each step under its ref (§2.2).

The document is never built. A path is turned, once, into a function that asks the job for
the one task it names and follows the rest of its keys from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from daemon.dialects.plan import JobView, TaskView
from daemon.dialects.tasks.expressions.history import plain_output
from daemon.dialects.tasks.expressions.jayway import MISSING, Lookup, Path, follow, read

Resolver = Callable[[JobView, int | None], Any]
"""From a job, and the number of the task whose input is made (None: of no task)."""

WORKFLOW = "workflow"
SCHEMA_VERSION = 2


def _parent_task(job: JobView) -> str | None:
    """The public id of the task of another job that waits for this one."""
    if job.parent_job is None or job.parent_task is None:
        return None
    return f"{job.parent_job}.{job.parent_task}"


WORKFLOW_FIELDS: dict[str, Callable[[JobView], Any]] = {
    "input": attrgetter("input"),
    "output": lambda job: {} if job.output is None else job.output,
    "status": lambda job: str(job.status),
    "workflowId": lambda job: job.job_id,
    "parentWorkflowId": lambda job: job.parent_job,
    "parentWorkflowTaskId": _parent_task,
    "workflowType": lambda job: job.workflow,
    "version": lambda job: job.version_number,
    "correlationId": lambda job: job.correlation_id,
    "reasonForIncompletion": lambda job: job.reason,
    "schemaVersion": lambda job: SCHEMA_VERSION,
    "variables": lambda job: job.variables,
}

TASK_FIELDS: dict[str, Callable[[JobView, TaskView], Any]] = {
    "input": lambda job, task: {} if task.input is None else task.input,
    "output": lambda job, task: plain_output(task.output),
    "taskType": lambda job, task: task.task_type,
    "status": lambda job, task: str(task.status),
    "referenceTaskName": lambda job, task: task.ref,
    "retryCount": lambda job, task: task.attempt,
    "correlationId": lambda job, task: job.correlation_id,
    "pollCount": lambda job, task: task.poll_count,
    "taskDefName": lambda job, task: task.name,
    "scheduledTime": lambda job, task: _milliseconds(task.scheduled_at),
    "startTime": lambda job, task: _milliseconds(task.started_at),
    "endTime": lambda job, task: _milliseconds(task.ended_at),
    "workflowInstanceId": lambda job, task: job.job_id,
    "taskId": lambda job, task: job.task_id(task.number),
    "reasonForIncompletion": lambda job, task: task.reason,
    "callbackAfterSeconds": lambda job, task: int(task.callback_seconds),
    "workerId": lambda job, task: task.worker,
    "iteration": lambda job, task: task.iteration,
}


def reader(path: Path) -> Resolver:
    """The function that reads ``path``."""
    match path.keys:
        case (str(root), *keys):
            return _workflow(keys) if root == WORKFLOW else _task(root, keys)
        case _:
            return lambda job, number: read(path, lookup(job))


def lookup(job: JobView) -> Lookup:
    """The document as the path evaluator asks for it, for paths that are not plain."""

    def value(name: str) -> Any:
        if name == WORKFLOW:
            return {field: of(job) for field, of in WORKFLOW_FIELDS.items()}
        task = job.latest(name)
        return MISSING if task is None else _whole(job, task)

    return value


def _whole(job: JobView, task: TaskView) -> dict[str, Any]:
    return {field: of(job, task) for field, of in TASK_FIELDS.items()}


def _workflow(keys: Sequence[str | int]) -> Resolver:
    match keys:
        case []:
            return lambda job, number: lookup(job)(WORKFLOW)
        case [str(field)] if field in WORKFLOW_FIELDS:
            of = WORKFLOW_FIELDS[field]
            return lambda job, number: of(job)
        case [str(field), *rest] if field in WORKFLOW_FIELDS:
            return _below(WORKFLOW_FIELDS[field], tuple(rest))
        case _:
            return _nothing


def _below(of: Callable[[JobView], Any], keys: tuple[str | int, ...]) -> Resolver:
    match keys:
        case (str(key),):
            return lambda job, number: _member(of(job), key)
    return lambda job, number: follow(of(job), keys)


def _task(ref: str, keys: Sequence[str | int]) -> Resolver:
    match keys:
        case []:
            return lambda job, number: (
                None if (task := job.latest(ref)) is None else _whole(job, task)
            )
        case ["input" | "output" as field, *rest] if rest:
            return _user_data(ref, field, tuple(rest))
        case [str(field), *rest] if field in TASK_FIELDS:
            return _of_task(ref, field, tuple(rest))
        case _:
            return _nothing


def _of_task(ref: str, field: str, keys: tuple[str | int, ...]) -> Resolver:
    of = TASK_FIELDS[field]

    def value(job: JobView, number: int | None) -> Any:
        task = job.latest(ref)
        return None if task is None else follow(of(job, task), keys)

    return value


def _user_data(ref: str, field: str, keys: tuple[str | int, ...]) -> Resolver:
    """What ``_of_task`` does, for the paths that nearly every template is made of."""
    of = attrgetter(field)
    match keys:
        case (str(key),):
            return _member_of(ref, of, key)

    def value(job: JobView, number: int | None) -> Any:
        task = job.latest(ref)
        return None if task is None else follow(of(task), keys)

    return value


def _member_of(ref: str, of: Callable[[TaskView], Any], key: str) -> Resolver:
    def value(job: JobView, number: int | None) -> Any:
        task = job.latest(ref)
        data = None if task is None else of(task)
        return data.get(key) if isinstance(data, dict) else None

    return value


def _member(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None


def _nothing(job: JobView, number: int | None) -> None:
    return None


def _milliseconds(microseconds: int | None) -> int:
    return 0 if microseconds is None else microseconds // 1000

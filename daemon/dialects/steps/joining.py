"""How the tasks of children and the task of their step follow one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from daemon.dialects.plan import (
    ChildEnd,
    ChildJob,
    EndTask,
    Fault,
    JobView,
    Move,
    TaskRules,
    TaskView,
)
from daemon.dialects.steps.children import Child, Children, Member, Owner
from eventstore.events import JobStatus, TaskStatus, Value

SHOWN_FAILURES: Final = 10


def next_moves(
    job: JobView,
    task: TaskView,
    children: Children,
    members: tuple[Member, ...],
    accept: Callable[[Value], Fault | None],
) -> tuple[Move, ...]:
    """What the open task of the step does now: start who is due, wait, or end."""
    due = [member for member in members if is_due(job, task, member)]
    if due:
        return tuple(children.schedule(member, task.iteration) for member in due)
    tasks = [found for member in members if (found := job.latest(member.ref)) is not None]
    if not all(is_final(one, children.rules) for one in tasks):
        return ()
    output = children.output(job, members)
    reason = failures(tasks)
    if reason is not None:
        return (_end(task, TaskStatus.FAILED, output, reason),)
    fault = accept(output)
    if fault is not None:
        return (_end(task, fault.status, output, fault.reason),)
    return (_end(task, TaskStatus.COMPLETED, output, None),)


def _end(task: TaskView, status: TaskStatus, output: Value, reason: str | None) -> EndTask:
    return EndTask(task=task.number, status=status, output=output, reason=reason)


def is_due(job: JobView, task: TaskView, member: Member) -> bool:
    """Whether the step's attempt ``task`` has to start ``member``: what an earlier attempt
    did well is not done again."""
    latest = job.latest(member.ref)
    if latest is None or latest.iteration != task.iteration:
        return True
    return latest.number < task.number and latest.status is not TaskStatus.COMPLETED


def is_final(task: TaskView, rules: TaskRules) -> bool:
    """It ended, and no retry of it is on its way."""
    if task.ended_at is None:
        return False
    return task.status is not TaskStatus.FAILED or task.attempt >= rules.retry_count


def job_of(job: JobView, task: TaskView, child: Child) -> ChildJob:
    return ChildJob(
        input=task.input,
        workflow=child.workflow,
        version_number=child.version_number,
        version_id=child.version_id,
        tag=child.tag,
        correlation_id=job.correlation_id,
    )


def end_of(task: TaskView, owner: Owner, end: ChildEnd) -> EndTask:
    """How the task of a child ends."""
    if end.status is JobStatus.COMPLETED:
        return EndTask(task=task.number, status=TaskStatus.COMPLETED, output=end.output)
    what = f"job {end.job_id} of workflow '{owner.child.workflow}'"
    told = "without a reason" if end.reason is None else f"because: {end.reason}"
    how = "could not start" if end.status is None else f"ended {end.status}"
    return EndTask(
        task=task.number,
        status=TaskStatus.FAILED,
        output=end.output,
        reason=f"{what} {how} {told}",
    )


def failures(tasks: list[TaskView]) -> str | None:
    """Why the step fails; None when every child ended well."""
    failed = [task for task in tasks if task.status is not TaskStatus.COMPLETED]
    if not failed:
        return None
    reasons = [str(task.reason or f"{task.ref} was {task.status}") for task in failed]
    more = len(failed) - SHOWN_FAILURES
    rest = f"; and {more} more" if more > 0 else ""
    return "; ".join(reasons[:SHOWN_FAILURES]) + rest

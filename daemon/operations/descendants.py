"""Which job of a family an operation on its root is really about (reference conductor.md §5)."""

from __future__ import annotations

from daemon.decider.state import JobState, TaskState
from daemon.reactor.jobs import Jobs
from eventstore.events import TaskStatus


def deepest_failed(jobs: Jobs, job_id: str) -> str:
    """From a job that failed because of a job that works for one of its tasks down to the
    one where it began. Raises Cold."""
    state = jobs.cell(job_id).tail
    while state is not None and state.has_ended:
        task = _failed_child(state)
        child = None if task is None else jobs.cell(task.child_job or "").tail
        if child is None or not child.has_ended or not child.unsuccessful_tasks():
            break
        job_id, state = child.job_id, child
    return job_id


def _failed_child(state: JobState) -> TaskState | None:
    """The task that the job failed because of, if another job works for it; behind a join,
    the first of those that failed."""
    failed = [task for task in state.unsuccessful_tasks() if task.child_job is not None]
    cause = state.failed_task
    chosen = [task for task in failed if task.number == cause]
    if cause is not None and not chosen and not _waits(state, cause):
        return None
    others = (task for task in failed if task.status is not TaskStatus.CANCELED)
    return next(iter((*chosen, *others)), None)


def _waits(state: JobState, number: int) -> bool:
    task = state.tasks.get(number)
    return task is not None and task.is_passive


def is_within(jobs: Jobs, job_id: str, root: str) -> bool:
    """Whether the job works for ``root``, at any depth. Raises Cold."""
    seen: str | None = job_id
    while seen is not None and seen != root:
        state = jobs.cell(seen).tail
        seen = None if state is None else state.parent_job
    return seen == root

"""How far the steps of a sequence have come, told from their newest tasks alone."""

from __future__ import annotations

from collections.abc import Callable

from daemon.dialects.plan import JobView, TaskRules, TaskView
from daemon.dialects.tasks.definition import FORKS, TERMINATE
from daemon.dialects.tasks.graph import after_in_sequence, first_waiting
from daemon.dialects.tasks.step import Place
from eventstore.events import TASK_SUCCESSFUL, TaskStatus

_RETRIED = (TaskStatus.FAILED, TaskStatus.TIMED_OUT)


def has_settled(rules: TaskRules, task: TaskView) -> bool:
    """Ended for good: no retry, no failure of the job comes from it."""
    if task.ended_at is None:
        return False
    if task.status in TASK_SUCCESSFUL:
        return True
    retried = task.status in _RETRIED and task.attempt < rules.retry_count
    return rules.permissive and not rules.optional and not retried


def _lets_others_come(place: Place, task: TaskView) -> bool:
    """Of a TERMINATE the end of the job follows, and nothing else may come before."""
    ends_job = place.step.task.type == TERMINATE and task.status is TaskStatus.COMPLETED
    return not ends_job and has_settled(place.step.rules, task)


def is_through(place: Place, job: JobView) -> bool:
    """The step and everything that it set going have ended."""
    task = place.task(job)
    if task is None or not _lets_others_come(place, task):
        return False
    heads = place.step.kind.set_going(place, task)
    return all(sequence_is_through(head, job) for head in heads)


def sequence_is_through(head: Place, job: JobView) -> bool:
    """Every step from ``head`` on has ended or is skipped."""
    return _all_from(head, job, is_through)


def is_passed(place: Place, job: JobView) -> bool:
    """What comes after the step had its turn: a fork leaves its branches to its join, which
    may not wait for all of them."""
    task = place.task(job)
    if task is None or not _lets_others_come(place, task):
        return False
    if place.step.task.type in FORKS:
        return True
    heads = place.step.kind.set_going(place, task)
    return all(_all_from(head, job, is_passed) for head in heads)


def _all_from(head: Place, job: JobView, holds: Callable[[Place, JobView], bool]) -> bool:
    here = first_waiting(head, job)
    while here is not None:
        if not holds(here, job):
            return False
        following = after_in_sequence(here)
        here = None if following is None else first_waiting(following, job)
    return True

"""What a job waits for. A job that is not finished and waits for nothing is a bug."""

from __future__ import annotations

from collections.abc import Container, Mapping

import msgspec

from daemon.decider.admission import Admission
from daemon.decider.state import JobState, TaskState
from eventstore.events import JobStatus, TaskStatus

EXECUTOR_WORKER = "executor:"
"""Beginning of the worker name under which the daemon's own executors take tasks."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One thing that is waited for. ``since`` and times are UTC microseconds; which other
    fields are set depends on ``kind`` (DESIGN §6)."""

    kind: str
    since: int
    task_id: str | None = None
    task_type: str | None = None
    domain: str | None = None
    worker_id: str | None = None
    until: int | None = None
    at: int | None = None
    why: str | None = None
    ids: tuple[str, ...] = ()
    job_id: str | None = None
    limit: str | None = None
    place: int | None = None


Places = Mapping[int, tuple[str, int]]
"""Task to the limit that it waits for a slot of, and its place among those that do; 0 stands
for the job itself."""

JOB_ITSELF = 0


def waiting_for(
    state: JobState, served_inside: Container[str] = (), places: Places | None = None
) -> list[Waiting]:
    """Empty only for a job that has ended. ``served_inside``: types that executors take.
    Joins and loops wait for other tasks of the job; only those are told."""
    if state.has_ended:
        return []
    if state.admission is not None and state.admission.awaits is not None:
        return [_admission(state.admission, state.admission.awaits, places or {})]
    computed = {evaluation.task for evaluation in state.evaluations.values()}
    found = [
        _slot(state, task, *places[task.number])
        if places and task.number in places
        else _task(state, task, served_inside)
        for task in state.open_tasks()
        if task.number in computed or not task.is_passive
    ]
    if state.status is JobStatus.PAUSED:
        why = state.reason if isinstance(state.reason, str) else "paused"
        found.insert(0, Waiting(kind="operator", since=state.paused_at, why=why))
    return found


def _admission(admission: Admission, limit: str, places: Places) -> Waiting:
    _, place = places.get(JOB_ITSELF, (limit, None))
    return Waiting(kind="slot", since=admission.since, limit=limit, place=place)


def _slot(state: JobState, task: TaskState, limit: str, place: int) -> Waiting:
    task_id = state.task_id(task.number)
    return Waiting(kind="slot", since=task.updated_at, task_id=task_id, limit=limit, place=place)


def _task(state: JobState, task: TaskState, served_inside: Container[str]) -> Waiting:
    task_id = state.task_id(task.number)
    since = task.updated_at
    if task.awaits:
        return Waiting(kind="outsideEvent", since=since, task_id=task_id, ids=task.awaits)
    if task.ready_at is not None:
        why = state.timer_reasons.get(f"ready/{task.number}", "callback")
        return Waiting(kind="timer", since=since, task_id=task_id, at=task.ready_at, why=why)
    if task.complete_at is not None:
        return Waiting(kind="timer", since=since, task_id=task_id, at=task.complete_at, why="wait")
    if task.child_job is not None:
        return Waiting(kind="job", since=since, task_id=task_id, job_id=task.child_job)
    if task.seeks:
        return Waiting(kind="executor", since=since, task_id=task_id)
    inside = task.task_type in served_inside
    if task.status is TaskStatus.SCHEDULED and not inside:
        return Waiting(
            kind="worker",
            since=since,
            task_id=task_id,
            task_type=task.task_type,
            domain=task.domain,
        )
    if inside or not task.offered or (task.worker or "").startswith(EXECUTOR_WORKER):
        return Waiting(kind="executor", since=since, task_id=task_id)
    return Waiting(
        kind="result", since=since, task_id=task_id, worker_id=task.worker, until=task.respond_by
    )

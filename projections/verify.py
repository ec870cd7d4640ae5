"""Whether the rows say what folding the log says, job by job and task by task."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

import msgspec
import orjson

from daemon.decider.evolve import fold
from daemon.decider.state import JobState, TaskState
from eventstore.store import Recorded
from projections.errors import UnknownJob
from projections.jobs import STREAMS
from projections.log import Log
from projections.replay import events_of
from projections.trail import Read

Row = dict[str, Any]
Difference = dict[str, Any]

_JOB = """SELECT job_id, status, workflow_id, workflow, version_id, version_number, tag,
    correlation_id, idempotency_key, masked, priority, cause_job, created_at, created_by,
    started_at, updated_at, ended_at, waits_for_slot, sequence, last_position
    FROM jobs WHERE job_id = ?"""
_TASKS = """SELECT number, status, ref, name, task_type, kind, attempt, iteration, retried,
    offered, awaits, domain, worker, poll_count, scheduled_at, started_at, updated_at, ended_at
    FROM tasks WHERE job_id = ?"""
_BETWEEN = "SELECT job_id FROM jobs WHERE position > ? AND position <= ?"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """How much is compared at once, and how many differences are listed."""

    page_events: int = 2_000
    max_differences: int = 1_000


class _Stored(NamedTuple):
    job: Row | None
    tasks: dict[int, Row]


async def verify(
    store: Log, read: Read, *, job_id: str | None = None, scope: Scope | None = None
) -> dict[str, Any]:
    """``{ok, jobs, differences, differencesFound}``: every job's rows against the fold of its
    events, or those of one job. ``read`` is ``Runner.read``. Raises UnknownJob. Has the rows
    of the jobs that one page of events begins in memory, and one fold."""
    walk = _Walk(store, read, scope or Scope())
    if job_id is not None:
        if await store.stream_row(f"{STREAMS}{job_id}") is None:
            raise UnknownJob(job_id)
        await walk.compare([job_id])
    else:
        await walk.compare_all()
    return {
        "ok": not walk.count,
        "jobs": walk.jobs,
        "differences": walk.differences,
        "differencesFound": walk.count,
    }


class _Walk:
    def __init__(self, store: Log, read: Read, scope: Scope) -> None:
        self._store = store
        self._read = read
        self._scope = scope
        self._through = store.head.position
        self.jobs = 0
        self.count = 0
        self.differences: list[Difference] = []

    async def compare_all(self) -> None:
        after = 0
        while after < self._through:
            page = await self._store.read_all(
                after=after, limit=self._scope.page_events, streams=STREAMS
            )
            upto = page[-1].position if page else self._through
            await self._compare_page(page, after, min(upto, self._through))
            after = upto

    async def _compare_page(self, page: list[Recorded], after: int, upto: int) -> None:
        """The jobs submitted there, and rows of jobs that were not."""
        begun = [one for one in page if one.sequence == 1 and one.position <= upto]
        submitted = {one.stream[len(STREAMS) :]: None for one in begun}
        rows = await self._read(lambda db: db.execute(_BETWEEN, (after, upto)).fetchall())
        for (job_id,) in rows:
            if job_id not in submitted:
                self._note({"jobId": job_id, "problem": "the log has no such job"})
        await self.compare(list(submitted))

    async def compare(self, jobs: list[str]) -> None:
        found = await self._read(lambda db: [_stored(db, job_id) for job_id in jobs])
        for job_id, stored in zip(jobs, found, strict=True):
            await self._compare_job(job_id, stored)

    async def _compare_job(self, job_id: str, stored: _Stored) -> None:
        """At the sequence that the rows claim, so that a job may go on meanwhile."""
        self.jobs += 1
        if stored.job is None:
            self._note({"jobId": job_id, "problem": "it has no row"})
            return
        state, newer = await self._folded(job_id, stored.job["sequence"])
        if newer is not None:
            self._note({"jobId": job_id, "problem": f"position {newer} is not in its row"})
        if state is None:
            self._note({"jobId": job_id, "problem": "its row has no events"})
            return
        self._differ({"jobId": job_id}, stored.job, _job_row(state))
        self._compare_tasks(state, stored.tasks)

    async def _folded(self, job_id: str, sequence: int) -> tuple[JobState | None, int | None]:
        """The state at ``sequence``, and the first later position the rows should have."""
        state: JobState | None = None
        async for page in events_of(self._store, job_id):
            state = fold((one for one in page if one.sequence <= sequence), state)
            later = (one.position for one in page if one.sequence > sequence)
            newer = next(later, None)
            if newer is not None:
                return state, newer if newer <= self._through else None
        return state, None

    def _compare_tasks(self, state: JobState, rows: dict[int, Row]) -> None:
        for number in sorted(rows.keys() | set(state.tasks)):
            place = {"jobId": state.job_id, "taskId": state.task_id(number)}
            task = state.tasks.get(number)
            if task is None:
                self._note({**place, "problem": "the fold has no such task"})
            elif number not in rows:
                self._note({**place, "problem": "it has no row"})
            else:
                self._differ(place, rows[number], _task_row(task))

    def _differ(self, place: Difference, row: Row, folded: Row) -> None:
        for field, value in folded.items():
            if row[field] != value:
                found = {"field": field, "projection": row[field], "fold": value}
                self._note({**place, **found})

    def _note(self, difference: Difference) -> None:
        self.count += 1
        if len(self.differences) < self._scope.max_differences:
            self.differences.append(difference)


def _stored(connection: sqlite3.Connection, job_id: str) -> _Stored:
    jobs = _rows(connection.execute(_JOB, (job_id,)))
    tasks = _rows(connection.execute(_TASKS, (job_id,)))
    return _Stored(jobs[0] if jobs else None, {row["number"]: row for row in tasks})


def _rows(cursor: sqlite3.Cursor) -> list[Row]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _job_row(state: JobState) -> Row:
    frame = state.frame
    return {
        "job_id": frame.job_id,
        "status": state.status.value,
        "workflow_id": frame.workflow_id,
        "workflow": frame.workflow,
        "version_id": frame.version_id,
        "version_number": frame.version_number,
        "tag": frame.tag,
        "correlation_id": frame.correlation_id,
        "idempotency_key": frame.idempotency_key,
        "masked": orjson.dumps(frame.masked).decode() if frame.masked else None,
        "priority": frame.priority,
        "cause_job": frame.cause_job,
        "created_at": frame.submitted_at,
        "created_by": frame.submitted_by,
        "started_at": state.started_at,
        "updated_at": state.updated_at,
        "ended_at": state.ended_at,
        "waits_for_slot": int(state.awaits_slot is not None),
        "sequence": state.sequence,
        "last_position": state.position,
    }


def _task_row(task: TaskState) -> Row:
    return {
        "status": task.status.value,
        "ref": task.ref,
        "name": task.name,
        "task_type": task.task_type,
        "kind": task.kind,
        "attempt": task.attempt,
        "iteration": task.iteration,
        "retried": int(task.retried),
        "offered": int(task.offered),
        "awaits": len(task.awaits) if task.is_open else 0,
        "domain": task.domain,
        "worker": task.worker,
        "poll_count": task.poll_count,
        "scheduled_at": task.scheduled_at,
        "started_at": task.started_at,
        "updated_at": task.updated_at,
        "ended_at": task.ended_at,
    }

"""Rows of tasks. A row says what folding the job's events says, without values; tasks that
a restart or rerun superseded have none. Asked by ``projections.task_queries``."""

from __future__ import annotations

from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    ChildRefused,
    ChildReopened,
    ChildRequested,
    ChildStarted,
    JobRerun,
    JobRestarted,
    LoopIterated,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskProgressed,
    TaskReopened,
    TaskReturned,
    TaskScheduled,
    TaskSkipped,
    TasksSuperseded,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
)
from eventstore.store import Recorded
from projections.jobs import job_of
from projections.model import ReadModel
from projections.rows import Key, Rows, Table

TASKS = Table(name="tasks", key=("job_id", "number"))

SCHEMA = """
CREATE TABLE tasks (
    position INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    ref TEXT NOT NULL,
    name TEXT NOT NULL,
    task_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    retried INTEGER NOT NULL,
    offered INTEGER NOT NULL,
    awaits INTEGER NOT NULL,
    domain TEXT,
    worker TEXT,
    poll_count INTEGER NOT NULL,
    scheduled_at INTEGER NOT NULL,
    started_at INTEGER,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (job_id, number)
);
CREATE INDEX tasks_by_status ON tasks (status, position);
CREATE INDEX tasks_by_type ON tasks (task_type, status, position);
"""


_SCHEDULED = TaskStatus.SCHEDULED.value
_IN_PROGRESS = TaskStatus.IN_PROGRESS.value
_COMPLETED = TaskStatus.COMPLETED.value
_TIMED_OUT = TaskStatus.TIMED_OUT.value
_CANCELED = TaskStatus.CANCELED.value
_SKIPPED = TaskStatus.SKIPPED.value


def _scheduled(recorded: Recorded, event: TaskScheduled, rows: Rows) -> None:
    job_id = job_of(recorded)
    if event.retry_of is not None:
        rows.at(TASKS, (job_id, event.retry_of))["retried"] = 1
    offered = event.offered
    columns = {
        "position": recorded.position,
        "status": _SCHEDULED if offered else _IN_PROGRESS,
        "ref": event.ref,
        "name": event.name,
        "task_type": event.task_type,
        "kind": event.kind,
        "attempt": event.attempt,
        "iteration": event.iteration,
        "retried": 0,
        "offered": int(offered),
        "awaits": len(event.awaits),
        "domain": event.domain,
        "worker": None,
        "poll_count": 0,
        "scheduled_at": recorded.at,
        "started_at": None if offered else recorded.at,
        "updated_at": recorded.at,
        "ended_at": None,
    }
    rows.put(TASKS, (job_id, event.task), columns)


def _skipped(recorded: Recorded, event: TaskSkipped, rows: Rows) -> None:
    columns = {
        "position": recorded.position,
        "status": _SKIPPED,
        "ref": event.ref,
        "name": event.name,
        "task_type": event.task_type,
        "kind": event.kind,
        "attempt": 0,
        "iteration": 0,
        "retried": 0,
        "offered": 0,
        "awaits": 0,
        "domain": None,
        "worker": None,
        "poll_count": 0,
        "scheduled_at": recorded.at,
        "started_at": None,
        "updated_at": recorded.at,
        "ended_at": recorded.at,
    }
    rows.put(TASKS, (job_of(recorded), event.task), columns)


def _started(recorded: Recorded, event: TaskStarted, rows: Rows) -> None:
    key = (job_of(recorded), event.task)
    row = rows.load(TASKS, key, rows.at(TASKS, key), ("poll_count", "started_at"))
    row["status"] = _IN_PROGRESS
    row["worker"] = event.worker
    row["poll_count"] = row.get("poll_count", 0) + 1
    row["started_at"] = row.get("started_at") or recorded.at
    row["updated_at"] = recorded.at


def _returned(recorded: Recorded, event: TaskReturned, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _SCHEDULED
    row["updated_at"] = recorded.at


def _extended(recorded: Recorded, event: TaskExtended, rows: Rows) -> None:
    rows.at(TASKS, (job_of(recorded), event.task))["updated_at"] = recorded.at


def _progressed(recorded: Recorded, event: TaskProgressed, rows: Rows) -> None:
    key = (job_of(recorded), event.task)
    row = rows.load(TASKS, key, rows.at(TASKS, key), ("offered", "awaits", "started_at"))
    if row.get("offered") and not row.get("awaits"):
        row["status"] = _SCHEDULED
    row["started_at"] = row.get("started_at") or recorded.at
    row["updated_at"] = recorded.at
    if event.worker:
        row["worker"] = event.worker


def _executed(recorded: Recorded, event: TaskExecuted, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _IN_PROGRESS
    row["awaits"] = len(event.awaits)
    row["updated_at"] = recorded.at
    if event.worker:
        row["worker"] = event.worker


def _reopened(recorded: Recorded, event: TaskReopened, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _IN_PROGRESS
    row["attempt"] = event.attempt
    row["ended_at"] = None
    row["updated_at"] = recorded.at


def _completed(recorded: Recorded, event: TaskCompleted, rows: Rows) -> None:
    _ends(recorded, rows, event.task, _COMPLETED, event.worker)


def _failed(recorded: Recorded, event: TaskFailed, rows: Rows) -> None:
    _ends(recorded, rows, event.task, event.status.value, event.worker)


def _decided(recorded: Recorded, event: TaskDecided, rows: Rows) -> None:
    _ends(recorded, rows, event.task, event.status.value)


def _timed_out(recorded: Recorded, event: TaskTimedOut, rows: Rows) -> None:
    _ends(recorded, rows, event.task, _TIMED_OUT)


def _canceled(recorded: Recorded, event: TaskCanceled, rows: Rows) -> None:
    _ends(recorded, rows, event.task, _CANCELED)


def _ends(
    recorded: Recorded, rows: Rows, number: int, status: str, worker: str | None = None
) -> None:
    row = rows.at(TASKS, (job_of(recorded), number))
    row["status"] = status
    row["awaits"] = 0
    row["ended_at"] = row["updated_at"] = recorded.at
    if worker:
        row["worker"] = worker


def _cached(recorded: Recorded, event: CachedOutputFound, rows: Rows) -> None:
    _ends(recorded, rows, event.task, _COMPLETED)
    rows.at(TASKS, (job_of(recorded), event.task))["started_at"] = recorded.at


def _not_cached(recorded: Recorded, event: CachedOutputMissed, rows: Rows) -> None:
    rows.at(TASKS, (job_of(recorded), event.task))["updated_at"] = recorded.at


def _iterated(recorded: Recorded, event: LoopIterated, rows: Rows) -> None:
    rows.at(TASKS, (job_of(recorded), event.task))["updated_at"] = recorded.at


def _child_requested(recorded: Recorded, event: ChildRequested, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _SCHEDULED
    row["updated_at"] = recorded.at


def _child_started(recorded: Recorded, event: ChildStarted, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _IN_PROGRESS
    row["updated_at"] = recorded.at


def _child_refused(recorded: Recorded, event: ChildRefused, rows: Rows) -> None:
    rows.at(TASKS, (job_of(recorded), event.task))["updated_at"] = recorded.at


def _child_reopened(recorded: Recorded, event: ChildReopened, rows: Rows) -> None:
    row = rows.at(TASKS, (job_of(recorded), event.task))
    row["status"] = _IN_PROGRESS
    row["ended_at"] = None
    row["updated_at"] = recorded.at


def _superseded(recorded: Recorded, event: TasksSuperseded, rows: Rows) -> None:
    job_id = job_of(recorded)
    _remove([(job_id, number) for number in event.tasks], rows)


def _restarted(recorded: Recorded, _: JobRestarted, rows: Rows) -> None:
    _remove(rows.keys(TASKS, (job_of(recorded),)), rows)


def _rerun(recorded: Recorded, event: JobRerun, rows: Rows) -> None:
    if event.task is None:
        _remove(rows.keys(TASKS, (job_of(recorded),)), rows)


def _remove(keys: list[Key], rows: Rows) -> None:
    for key in keys:
        rows.remove(TASKS, key)


MODEL = ReadModel(
    name="tasks",
    schema=SCHEMA,
    handlers={
        TaskScheduled: _scheduled,
        TaskStarted: _started,
        TaskCompleted: _completed,
        TaskFailed: _failed,
        CachedOutputFound: _cached,
        CachedOutputMissed: _not_cached,
        TaskDecided: _decided,
        TaskProgressed: _progressed,
        TaskReturned: _returned,
        TaskExtended: _extended,
        TaskTimedOut: _timed_out,
        TaskCanceled: _canceled,
        TaskExecuted: _executed,
        TaskReopened: _reopened,
        TaskSkipped: _skipped,
        TasksSuperseded: _superseded,
        LoopIterated: _iterated,
        ChildRequested: _child_requested,
        ChildStarted: _child_started,
        ChildRefused: _child_refused,
        ChildReopened: _child_reopened,
        JobRestarted: _restarted,
        JobRerun: _rerun,
    },
)

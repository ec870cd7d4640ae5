"""Rows of jobs, and how many there are in each status.

A row says what folding the job's events says (``daemon.decider.evolve``), without values.
Asked by ``projections.job_queries``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventstore.events import (
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobStatus,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
)
from eventstore.store import Recorded
from projections.model import Handler, ReadModel
from projections.rows import Rows, Table

JOBS = Table(name="jobs", key=("job_id",))
COUNTS = Table(name="job_counts", key=("workflow_id", "status"))
STREAMS = "job/"

SCHEMA = """
CREATE TABLE jobs (
    position INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    version_id TEXT NOT NULL,
    version_number INTEGER NOT NULL,
    tag TEXT,
    correlation_id TEXT,
    priority INTEGER NOT NULL,
    cause_job TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    sequence INTEGER NOT NULL,
    last_position INTEGER NOT NULL
);
CREATE INDEX jobs_by_status ON jobs (status, position);
CREATE INDEX jobs_of_workflow ON jobs (workflow_id, status, position);
CREATE INDEX jobs_by_correlation ON jobs (correlation_id, position)
    WHERE correlation_id IS NOT NULL;
CREATE TABLE job_counts (
    workflow_id TEXT NOT NULL,
    status TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (workflow_id, status)
) WITHOUT ROWID;
"""


def touch(latest: Sequence[Recorded], rows: Rows) -> None:
    """Say of each job where its last event stands. ``latest``: one event of each job."""
    for recorded in latest:
        columns = {
            "updated_at": recorded.at,
            "sequence": recorded.sequence,
            "last_position": recorded.position,
        }
        rows.change(JOBS, (job_of(recorded),), columns)


def job_of(recorded: Recorded) -> str:
    """The job whose stream the event stands in."""
    return recorded.stream[len(STREAMS) :]


def _submitted(recorded: Recorded, event: JobSubmitted, rows: Rows) -> None:
    columns = {
        "position": recorded.position,
        "status": JobStatus.RUNNING.value,
        "workflow_id": event.workflow_id,
        "workflow": event.workflow,
        "version_id": event.version_id,
        "version_number": event.version_number,
        "tag": event.tag,
        "correlation_id": event.correlation_id,
        "priority": event.priority,
        "cause_job": event.cause_job,
        "created_at": recorded.at,
        "created_by": recorded.actor,
        "started_at": recorded.at,
        "updated_at": recorded.at,
        "ended_at": None,
        "sequence": recorded.sequence,
        "last_position": recorded.position,
    }
    rows.put(JOBS, (event.job_id,), columns)
    _count(rows, event.workflow_id, JobStatus.RUNNING.value, 1)


def _ends(status: JobStatus) -> Handler:
    def ended(recorded: Recorded, _: Any, rows: Rows) -> None:
        _becomes(recorded, rows, status, ended_at=recorded.at)

    return ended


def _held_up(recorded: Recorded, _: JobPaused | JobHeld, rows: Rows) -> None:
    _becomes(recorded, rows, JobStatus.PAUSED)


def _resumed(recorded: Recorded, _: JobResumed, rows: Rows) -> None:
    _becomes(recorded, rows, JobStatus.RUNNING)


def _reopened(recorded: Recorded, _: JobRetried | JobRerun, rows: Rows) -> None:
    _becomes(recorded, rows, JobStatus.RUNNING, ended_at=None)


def _restarted(recorded: Recorded, event: JobRestarted, rows: Rows) -> None:
    _becomes(
        recorded,
        rows,
        JobStatus.RUNNING,
        ended_at=None,
        started_at=recorded.at,
        version_id=event.version_id,
        version_number=event.version_number,
    )


def _becomes(recorded: Recorded, rows: Rows, status: JobStatus, **columns: Any) -> None:
    key = (job_of(recorded),)
    workflow_id = rows.value(JOBS, key, "workflow_id")
    _count(rows, workflow_id, rows.value(JOBS, key, "status"), -1)
    _count(rows, workflow_id, status.value, 1)
    rows.change(JOBS, key, {"status": status.value, **columns})


def _count(rows: Rows, workflow_id: str, status: str, more: int) -> None:
    key = (workflow_id, status)
    jobs = (rows.value(COUNTS, key, "jobs") or 0) + more
    if jobs:
        rows.put(COUNTS, key, {"jobs": jobs})
    else:
        rows.remove(COUNTS, key)


MODEL = ReadModel(
    name="jobs",
    schema=SCHEMA,
    handlers={
        JobSubmitted: _submitted,
        JobCompleted: _ends(JobStatus.COMPLETED),
        JobFailed: _ends(JobStatus.FAILED),
        JobTimedOut: _ends(JobStatus.TIMED_OUT),
        JobTerminated: _ends(JobStatus.TERMINATED),
        JobPaused: _held_up,
        JobHeld: _held_up,
        JobResumed: _resumed,
        JobRetried: _reopened,
        JobRerun: _reopened,
        JobRestarted: _restarted,
    },
)

"""Rows of jobs, and how many there are in each status.

A row says what folding the job's events says (``daemon.decider.evolve``), without values.
Asked by ``projections.job_queries``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import orjson

from eventstore.events import (
    ChildReopened,
    Event,
    JobAdmitted,
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
from projections.rows import Key, Rows, Table

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
    idempotency_key TEXT,
    masked TEXT,
    priority INTEGER NOT NULL,
    cause_job TEXT,
    parent_job TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    waits_for_slot INTEGER NOT NULL,
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


_RUNNING = JobStatus.RUNNING.value
_PAUSED = JobStatus.PAUSED.value


def settle(latest: Iterable[Recorded], rows: Rows) -> dict[str, str]:
    """Say of each job where its last event stands, and count it under its status.
    ``latest`` is the last event of each job's stream; the workflow ids, by stream."""
    counted: Counter[Key] = Counter()
    workflows: dict[str, str] = {}
    for recorded in latest:
        key = (job_of(recorded),)
        workflows[recorded.stream] = _count(key, rows, counted)
        row = rows.at(JOBS, key)
        row["updated_at"] = recorded.at
        row["sequence"] = recorded.sequence
        row["last_position"] = recorded.position
    _write_counts(counted, rows)
    return workflows


def _count(key: Key, rows: Rows, counted: Counter[Key]) -> str:
    """Count the job once more under its new status and once less under the old."""
    new = rows.new(JOBS, key)
    if new is not None:
        counted[new["workflow_id"], new["status"]] += 1
        return str(new["workflow_id"])
    stored = rows.stored(JOBS, key, ("workflow_id", "status"))
    if stored is None:
        raise LookupError(f"job {key[0]} has events but was never submitted")
    workflow_id, before = stored
    counted[workflow_id, before] -= 1
    counted[workflow_id, rows.at(JOBS, key).get("status", before)] += 1
    return str(workflow_id)


def _write_counts(counted: Counter[Key], rows: Rows) -> None:
    for key, more in counted.items():
        if not more:
            continue
        (jobs,) = rows.stored(COUNTS, key, ("jobs",)) or (0,)
        if jobs + more:
            rows.put(COUNTS, key, {"jobs": jobs + more})
        else:
            rows.remove(COUNTS, key)


def job_of(recorded: Recorded) -> str:
    """The job whose stream the event stands in."""
    return recorded.stream[len(STREAMS) :]


def _submitted(recorded: Recorded, event: JobSubmitted, rows: Rows) -> None:
    columns = {
        "position": recorded.position,
        "status": _RUNNING,
        "workflow_id": event.workflow_id,
        "workflow": event.workflow,
        "version_id": event.version_id,
        "version_number": event.version_number,
        "tag": event.tag,
        "correlation_id": event.correlation_id,
        "idempotency_key": event.idempotency_key,
        "masked": _names(event.masked),
        "priority": event.priority,
        "cause_job": event.cause_job,
        "parent_job": None if event.parent_task is None else event.cause_job,
        "created_at": recorded.at,
        "created_by": recorded.actor,
        "started_at": recorded.at,
        "updated_at": recorded.at,
        "ended_at": None,
        "waits_for_slot": int(event.awaits is not None),
        "sequence": recorded.sequence,
        "last_position": recorded.position,
    }
    rows.put(JOBS, (event.job_id,), columns)


def _names(masked: tuple[str, ...]) -> str | None:
    return orjson.dumps(masked).decode() if masked else None


def _ends(status: JobStatus) -> Handler:
    word = status.value

    def ended(recorded: Recorded, _: Event, rows: Rows) -> None:
        row = rows.at(JOBS, (job_of(recorded),))
        row["status"] = word
        row["ended_at"] = recorded.at
        row["waits_for_slot"] = 0

    return ended


def _admitted(recorded: Recorded, event: JobAdmitted, rows: Rows) -> None:
    row = rows.at(JOBS, (job_of(recorded),))
    row["waits_for_slot"] = int(event.awaits is not None)
    if event.begins:
        row["started_at"] = recorded.at


def _held_up(recorded: Recorded, _: JobPaused | JobHeld, rows: Rows) -> None:
    rows.at(JOBS, (job_of(recorded),))["status"] = _PAUSED


def _resumed(recorded: Recorded, _: JobResumed, rows: Rows) -> None:
    rows.at(JOBS, (job_of(recorded),))["status"] = _RUNNING


def _reopened(recorded: Recorded, event: JobRetried | JobRerun, rows: Rows) -> None:
    _run_again(recorded, rows)
    rows.at(JOBS, (job_of(recorded),))["waits_for_slot"] = int(event.awaits is not None)


def _rerun(recorded: Recorded, event: JobRerun, rows: Rows) -> None:
    _reopened(recorded, event, rows)
    if event.correlation_id is not None:
        rows.at(JOBS, (job_of(recorded),))["correlation_id"] = event.correlation_id


def _run_again(recorded: Recorded, rows: Rows) -> None:
    row = rows.at(JOBS, (job_of(recorded),))
    row["status"] = _RUNNING
    row["ended_at"] = None


def _child_reopened(recorded: Recorded, event: ChildReopened, rows: Rows) -> None:
    if event.reopens_job:
        _run_again(recorded, rows)


def _restarted(recorded: Recorded, event: JobRestarted, rows: Rows) -> None:
    row = rows.at(JOBS, (job_of(recorded),))
    row["status"] = _RUNNING
    row["ended_at"] = None
    row["started_at"] = recorded.at
    row["version_id"] = event.version_id
    row["version_number"] = event.version_number
    row["waits_for_slot"] = int(event.awaits is not None)
    row["masked"] = _names(event.masked)


MODEL = ReadModel(
    name="jobs",
    schema=SCHEMA,
    handlers={
        JobSubmitted: _submitted,
        JobAdmitted: _admitted,
        JobCompleted: _ends(JobStatus.COMPLETED),
        JobFailed: _ends(JobStatus.FAILED),
        JobTimedOut: _ends(JobStatus.TIMED_OUT),
        JobTerminated: _ends(JobStatus.TERMINATED),
        JobPaused: _held_up,
        JobHeld: _held_up,
        JobResumed: _resumed,
        JobRetried: _reopened,
        JobRerun: _rerun,
        JobRestarted: _restarted,
        ChildReopened: _child_reopened,
    },
)

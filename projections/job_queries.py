"""Lists of jobs, the newest first, and their number by status."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any

import msgspec
import orjson

from eventstore.events import JobStatus
from projections.moments import Span
from projections.paging import NEWEST, Listing, Page, Row, newest_first
from projections.times import iso, iso_or_none
from projections.workflows import workflow_id_of

COLUMNS = """position, job_id, status, workflow_id, workflow, version_id, version_number, tag,
    correlation_id, idempotency_key, priority, cause_job, created_at, created_by, started_at,
    updated_at, ended_at, waits_for_slot"""


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """``workflow`` is a name or an id; no status means every status. Times are UTC
    microseconds: created at or after the one, before the other."""

    workflow: str | None = None
    statuses: tuple[JobStatus, ...] = ()
    correlation_id: str | None = None
    created_after: int | None = None
    created_before: int | None = None


def list_jobs(
    connection: sqlite3.Connection, asked: JobFilter, span: Span, page: Page
) -> dict[str, Any]:
    """``jobs``, the newest first, ``cursor``. ``span`` is that of the filter's times."""
    listing = Listing("job.list", msgspec.to_builtins(asked), page)
    before = min(span.before, listing.after(NEWEST))
    workflow_id = None if asked.workflow is None else workflow_id_of(connection, asked.workflow)
    sql, runs = _query(asked, workflow_id)
    parameters = [(*run, span.first, before, page.limit + 1) for run in runs]
    return listing.result("jobs", newest_first(connection, sql, parameters, page.limit), item)


def masks_of(connection: sqlite3.Connection, jobs: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The names of masked fields of those ``jobs`` that have any."""
    if not jobs:
        return {}
    marks = ", ".join("?" * len(jobs))
    found = connection.execute(
        f"SELECT job_id, masked FROM jobs WHERE job_id IN ({marks}) AND masked IS NOT NULL",
        tuple(jobs),
    )
    return {job_id: tuple(orjson.loads(names)) for job_id, names in found}


def count_jobs(connection: sqlite3.Connection, workflow: str | None) -> dict[str, int]:
    """How many jobs there are in each status, of one workflow or of all."""
    sql = "SELECT status, sum(jobs) FROM job_counts"
    if workflow is None:
        found = connection.execute(f"{sql} GROUP BY status")
    else:
        of = (workflow_id_of(connection, workflow),)
        found = connection.execute(f"{sql} WHERE workflow_id = ? GROUP BY status", of)
    counts = dict(found.fetchall())
    return {status.value: counts.get(status.value, 0) for status in JobStatus}


def _query(asked: JobFilter, workflow_id: str | None) -> tuple[str, list[tuple[Any, ...]]]:
    """A statement over one index, and the values for each of its runs."""
    statuses = asked.statuses or tuple(JobStatus)
    if asked.correlation_id is not None:
        return _correlated(asked, workflow_id)
    if workflow_id is not None:
        sql = _select("workflow_id = ? AND status = ?")
        return sql, [(workflow_id, status.value) for status in statuses]
    if asked.statuses:
        return _select("status = ?"), [(status.value,) for status in statuses]
    return _select(), [()]


def _correlated(asked: JobFilter, workflow_id: str | None) -> tuple[str, list[tuple[Any, ...]]]:
    conditions = ["correlation_id = ?"]
    values: list[Any] = [asked.correlation_id]
    if workflow_id is not None:
        conditions.append("+workflow_id = ?")
        values.append(workflow_id)
    if asked.statuses:
        conditions.append(f"+status IN ({', '.join('?' * len(asked.statuses))})")
        values += [status.value for status in asked.statuses]
    return _select(*conditions), [tuple(values)]


def _select(*conditions: str) -> str:
    where = " AND ".join((*conditions, "position >= ?", "position < ?"))
    return f"SELECT {COLUMNS} FROM jobs WHERE {where} ORDER BY position DESC LIMIT ?"


def item(row: Row) -> dict[str, Any]:
    position, job_id, status, workflow_id, workflow, version_id, version_number, tag, *rest = row
    correlation_id, key, priority, cause_job, created_at, created_by, started_at, *times = rest
    updated_at, ended_at, waits_for_slot = times
    return {
        "jobId": job_id,
        "position": position,
        "status": status,
        "workflow": workflow,
        "workflowId": workflow_id,
        "versionId": version_id,
        "versionNumber": version_number,
        "tag": tag,
        "correlationId": correlation_id,
        "idempotencyKey": key,
        "priority": priority,
        "causeJobId": cause_job,
        "createdAt": iso(created_at),
        "submittedBy": created_by,
        "startedAt": iso(started_at),
        "updatedAt": iso(updated_at),
        "endedAt": iso_or_none(ended_at),
        "waitsForSlot": bool(waits_for_slot),
    }

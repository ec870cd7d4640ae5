"""What jobs and tasks did over time, from their rows."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from projections.times import iso

MICROSECONDS = 1_000_000
BUCKETS = {"hour": 3_600 * MICROSECONDS, "day": 86_400 * MICROSECONDS}
AGGREGATIONS = {"count": "count(*)", "avg": "avg({value})", "max": "max({value})"}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that count, when they happened, and what is measured of each."""

    table: str
    at: str
    where: str = "1"
    value: str = "1"


_LASTED = f"(ended_at - started_at) / {MICROSECONDS}.0"
_FAILED = "status IN ('FAILED', 'FAILED_WITH_TERMINAL_ERROR', 'TIMED_OUT')"

METRICS = {
    "jobs_submitted": Source(table="jobs", at="created_at"),
    "jobs_completed_successfully": Source(
        table="jobs", at="ended_at", where="status = 'COMPLETED'"
    ),
    "jobs_failed": Source(table="jobs", at="ended_at", where=_FAILED),
    "job_timeout_count": Source(table="jobs", at="ended_at", where="status = 'TIMED_OUT'"),
    "job_duration_seconds": Source(
        table="jobs", at="ended_at", where="ended_at IS NOT NULL", value=_LASTED
    ),
    "step_failures": Source(table="tasks", at="ended_at", where=_FAILED),
    "step_retries": Source(table="tasks", at="scheduled_at", where="attempt > 0"),
    "step_duration_seconds": Source(
        table="tasks",
        at="ended_at",
        where="ended_at IS NOT NULL AND started_at IS NOT NULL",
        value=_LASTED,
    ),
}


def series(
    connection: sqlite3.Connection,
    metric: str,
    aggregation: str,
    bucket: str,
    since: int,
    until: int,
) -> list[dict[str, Any]]:
    """``timestamp`` (the begin of a bucket, UTC) and ``value``, for buckets with any rows.
    Times are microseconds: from ``since`` on, before ``until``."""
    source = METRICS[metric]
    width = BUCKETS[bucket]
    value = AGGREGATIONS[aggregation].format(value=source.value)
    rows = connection.execute(
        f"SELECT {source.at} / ? * ? AS begun, {value} FROM {source.table} "
        f"WHERE {source.where} AND {source.at} >= ? AND {source.at} < ? "
        "GROUP BY begun ORDER BY begun",
        (width, width, since, until),
    )
    return [{"timestamp": iso(begun), "value": measured} for begun, measured in rows]

"""Time series of what jobs and steps did (reference justworkflowit.md §3.6)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.errors import invalid
from daemon.gateway.justworkflowit.table import route

METRICS = (
    "jobs_submitted",
    "jobs_completed_successfully",
    "jobs_failed",
    "job_duration_seconds",
    "job_timeout_count",
    "step_failures",
    "step_duration_seconds",
    "step_retries",
)
PLATFORM = (
    "resource_utilization",
    "resource_utilization_used",
    "resource_utilization_available",
    "billable_transaction_units",
)
"""Of a cloud that bills; a daemon of one's own has none of it to show."""
AGGREGATIONS = ("avg", "count", "max")
BUCKETS = ("day", "hour")


@route(
    "GET",
    "/workflow-metrics/timeseries",
    "GetWorkflowMetricTimeSeries",
    "One metric over time",
    "metrics:read",
)
async def time_series(ask: Ask) -> dict[str, Any]:
    metric = _one_of(ask, "metric", (*METRICS, *PLATFORM))
    aggregation = _one_of(ask, "aggregation", AGGREGATIONS)
    bucket = _one_of(ask, "bucket", BUCKETS)
    if metric in PLATFORM:
        return {"results": []}
    return await ask.call(
        "metrics.series",
        metric=metric,
        aggregation=aggregation,
        bucket=bucket,
        since=_required(ask, "since"),
        until=_required(ask, "until"),
    )


def _one_of(ask: Ask, name: str, words: tuple[str, ...]) -> str:
    given = _required(ask, name)
    if given not in words:
        message = f"{name}: {given!r} is none of {', '.join(words)}"
        raise invalid(message, **{name: message})
    return given


def _required(ask: Ask, name: str) -> str:
    given = ask.text(name)
    if given is None:
        message = f"{name} is missing"
        raise invalid(message, **{name: message})
    return given

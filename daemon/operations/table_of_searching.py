"""Rows of the operations table: search and metrics."""

from __future__ import annotations

from daemon.operations import parameters as p
from daemon.operations import results as r
from daemon.operations import searching
from daemon.operations.answering import Operation


def of_searching() -> tuple[Operation, ...]:
    return (
        Operation(
            name="job.search",
            summary="Find jobs by conditions on their rows, in any order",
            parameters=p.Search,
            result=r.Hits,
            handler=searching.search_jobs,
        ),
        Operation(
            name="task.search",
            summary="Find tasks by conditions on their rows, in any order",
            parameters=p.Search,
            result=r.Hits,
            handler=searching.search_tasks,
        ),
        Operation(
            name="job.counts",
            summary="How many jobs there are in each status",
            parameters=p.JobCounts,
            result=r.Counts,
            handler=searching.job_counts,
        ),
        Operation(
            name="metrics.series",
            summary="What jobs and steps did, by the hour or by the day",
            parameters=p.MetricSeries,
            result=r.Series,
            handler=searching.metric_series,
        ),
    )

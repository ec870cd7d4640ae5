"""Rows of the operations table: jobs of definitions that no workflow has, waiting for a job,
and what it runs."""

from __future__ import annotations

from daemon.operations import of_jobs as jobs
from daemon.operations import of_waiting as waiting
from daemon.operations import parameters as p
from daemon.operations import results as r
from daemon.operations.answering import Operation


def of_waiting() -> tuple[Operation, ...]:
    return (
        Operation(
            name="job.submitDefinition",
            summary="Start a job of this definition, which no workflow has",
            parameters=p.JobSubmitDefinition,
            result=r.Submitted,
            handler=jobs.submit_definition,
            answer=jobs.submitted,
        ),
        Operation(
            name="environment.list",
            summary="The values of the environment that definitions may use",
            parameters=p.Nothing,
            result=r.EnvironmentValues,
            handler=waiting.environment,
        ),
        Operation(
            name="job.wait",
            summary="Wait until a job ended, or one of its tasks is as asked for",
            parameters=p.JobWait,
            result=r.Waited,
            handler=waiting.wait,
        ),
        Operation(
            name="job.definition",
            summary="The definition and the task type settings that a job is pinned to",
            parameters=p.JobDefinition,
            result=r.PinnedDefinition,
            handler=waiting.definition,
        ),
    )

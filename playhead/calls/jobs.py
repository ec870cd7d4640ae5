"""Typed calls about jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from playhead import documents as doc
from playhead.calls.caller import Caller, given, version_of


class JobCalls(Caller):
    """What runs, ran, and what an operator does about it."""

    async def submit_job(
        self,
        workflow: str,
        *,
        version: doc.Version | str | int | None = None,
        input: Any = None,
        correlation_id: str | None = None,
        priority: int | None = None,
        task_to_domain: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        idempotency_strategy: str | None = None,
        request_id: str | None = None,
    ) -> str:
        """The new job's id. Raises NoVersion, ContractBroken, NotFound. Where the workflow was
        started with the same ``idempotency_key`` before, ``idempotency_strategy`` says what to
        do: FAIL (raises Conflict), RETURN_EXISTING or FAIL_ON_RUNNING."""
        params = given(
            workflow=workflow,
            version=version_of(version),
            input=input,
            correlationId=correlation_id,
            priority=priority,
            taskToDomain=task_to_domain,
            idempotencyKey=idempotency_key,
            idempotencyStrategy=idempotency_strategy,
            requestId=request_id,
        )
        return str((await self.call("job.submit", params))["jobId"])

    async def get_job(
        self, job_id: str, *, at: doc.Moment | None = None, include_tasks: bool | None = None
    ) -> doc.JobDocument:
        """The job now, or as it was at ``at``. With ``include_tasks`` False its ``tasks`` is
        empty."""
        params = given(jobId=job_id, at=at, includeTasks=include_tasks)
        return cast(doc.JobDocument, await self.call("job.get", params))

    async def tasks_of_job(
        self,
        job_id: str,
        *,
        statuses: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """``tasks`` in the order of scheduling, ``total``, ``cursor``."""
        params = given(
            jobId=job_id,
            statuses=None if statuses is None else list(statuses),
            limit=limit,
            cursor=cursor,
        )
        return cast(dict[str, Any], await self.call("job.tasks", params))

    async def list_jobs(
        self,
        *,
        workflow: str | None = None,
        status: doc.JobStatus | None = None,
        correlation_id: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> doc.JobPage:
        params = given(
            workflow=workflow,
            status=status,
            correlationId=correlation_id,
            createdAfter=created_after,
            createdBefore=created_before,
            limit=limit,
            cursor=cursor,
        )
        return cast(doc.JobPage, await self.call("job.list", params))

    async def pause_job(self, job_id: str) -> doc.JobStanding:
        return await self._on_job("job.pause", job_id)

    async def resume_job(self, job_id: str) -> doc.JobStanding:
        return await self._on_job("job.resume", job_id)

    async def terminate_job(self, job_id: str, *, reason: str | None = None) -> doc.JobStanding:
        return await self._on_job("job.terminate", job_id, reason=reason)

    async def retry_job(
        self, job_id: str, *, resume_subworkflows: bool | None = None
    ) -> doc.JobStanding:
        return await self._on_job("job.retry", job_id, resumeSubworkflows=resume_subworkflows)

    async def restart_job(self, job_id: str, *, use_latest: bool | None = None) -> doc.JobStanding:
        return await self._on_job("job.restart", job_id, useLatest=use_latest)

    async def rerun_job(
        self,
        job_id: str,
        *,
        task_id: str | None = None,
        task_input: Mapping[str, Any] | None = None,
        input: Any = None,
        correlation_id: str | None = None,
    ) -> doc.JobStanding:
        return await self._on_job(
            "job.rerun",
            job_id,
            taskId=task_id,
            taskInput=task_input,
            input=input,
            correlationId=correlation_id,
        )

    async def skip_task(
        self, job_id: str, ref: str, *, input: Any = None, output: Any = None
    ) -> doc.JobStanding:
        return await self._on_job("job.skipTask", job_id, ref=ref, input=input, output=output)

    async def send_event(self, job_id: str, event_id: str, payload: Any = None) -> dict[str, Any]:
        params = given(jobId=job_id, eventId=event_id, payload=payload)
        return cast(dict[str, Any], await self.call("job.sendEvent", params))

    async def _on_job(self, method: str, job_id: str, **params: Any) -> doc.JobStanding:
        return cast(doc.JobStanding, await self.call(method, given(jobId=job_id, **params)))

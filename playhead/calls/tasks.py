"""Typed calls about tasks: the worker's side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from playhead import documents as doc
from playhead.calls.caller import Caller, given

POLL_MARGIN_SECONDS = 30.0
"""Beyond its own waiting time, how long a poll may take."""


class TaskCalls(Caller):
    """What workers ask for and answer."""

    async def poll_tasks(
        self,
        task_type: str,
        worker_id: str,
        *,
        count: int = 1,
        wait_seconds: float = 0,
        domain: str | None = None,
        session: str | None = None,
        request_id: str | None = None,
    ) -> list[doc.TaskDocument]:
        """Up to ``count`` tasks; with ``wait_seconds`` as soon as there is one."""
        params = given(
            taskType=task_type,
            workerId=worker_id,
            count=count,
            waitSeconds=wait_seconds,
            domain=domain,
            session=session,
            requestId=request_id,
        )
        answer = await self.call(
            "task.poll", params, timeout_seconds=wait_seconds + POLL_MARGIN_SECONDS
        )
        return cast(list[doc.TaskDocument], answer["tasks"])

    async def update_task(
        self,
        task_id: str,
        status: doc.TaskStatus | None = None,
        *,
        output: Any = None,
        reason: str | None = None,
        callback_after_seconds: float | None = None,
        logs: Iterable[Any] | None = None,
        extend_lease: bool | None = None,
        worker_id: str | None = None,
        request_id: str | None = None,
        once: bool = True,
    ) -> doc.Update:
        """``once`` False: without a request id. A result that arrives twice is taken once
        anyway; the second answer says ``accepted`` False."""
        params = given(
            taskId=task_id,
            status=status,
            output=output,
            reason=reason,
            callbackAfterSeconds=callback_after_seconds,
            logs=None if logs is None else list(logs),
            extendLease=extend_lease,
            workerId=worker_id,
            requestId=request_id,
        )
        return cast(doc.Update, await self.call("task.update", params, once=once))

    async def get_task(self, task_id: str) -> doc.TaskDocument:
        return cast(doc.TaskDocument, await self.call("task.get", {"taskId": task_id}))

    async def list_tasks(
        self,
        *,
        task_type: str | None = None,
        status: doc.TaskStatus | None = None,
        job_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> doc.TaskPage:
        params = given(taskType=task_type, status=status, jobId=job_id, limit=limit, cursor=cursor)
        return cast(doc.TaskPage, await self.call("task.list", params))

"""All read models behind one door: what operations ask for lists, search and audit.

Every read takes the durable head at its arrival and is answered from rows that have
reached it, so that whoever was told of a change finds it. Answers are plain camelCase
JSON; times are ISO 8601 in UTC. Every list takes ``limit`` and ``cursor`` and may raise
BadLimit, BadCursor, UnknownWorkflow, ProjectionsFailing and ProjectionsClosed.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from projections import messages, metrics, schedules, tags, task_types, versions, workflows
from projections.audit import AuditFilter
from projections.job_queries import JobFilter, count_jobs, list_jobs, masks_of
from projections.log import Log
from projections.moments import span_of
from projections.paging import Limits
from projections.runner import Pace, Runner, Told
from projections.search import Query, Searchable, search
from projections.task_queries import TaskFilter, list_tasks
from projections.trail import trail

Result = dict[str, Any]


class ReadModels:
    """Run ``run`` in a task, and ``close`` at the end; reads before that wait for it."""

    def __init__(
        self,
        path: Path,
        store: Log,
        *,
        inline: bool = False,
        pace: Pace | None = None,
        told: Told | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._runner = Runner(path, store, inline=inline, pace=pace, told=told)
        self._limits = limits or Limits()
        self.run = self._runner.run
        self.catch_up = self._runner.catch_up
        self.close = self._runner.close
        self.wait_for = self._runner.wait_for
        self.status = self._runner.status
        self.read = self._runner.read

    async def rebuild(self) -> Result:
        """Throw every row away, make them again, and say up to which position."""
        head = self._store.head.position
        self._runner.start_over("an operator asked for it")
        await self._runner.wait_for(head)
        return {"position": head}

    async def workflow_list(self, *, limit: int | None = None, cursor: str | None = None) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: workflows.list_workflows(db, page))

    async def version_list(
        self, workflow: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: versions.list_versions(db, workflow, page))

    async def tag_list(
        self, workflow: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: tags.list_tags(db, workflow, page))

    async def tag_history(
        self, workflow: str, tag: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: tags.tag_history(db, workflow, tag, page))

    async def task_type_list(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: task_types.list_task_types(db, page))

    async def message_list(
        self,
        asked: messages.MessageFilter,
        *,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: messages.list_messages(db, asked, page))

    async def schedule_list(
        self, workflow: str | None, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: schedules.list_schedules(db, workflow, page))

    async def job_list(
        self, asked: JobFilter, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        span = await span_of(self._store, asked.created_after, asked.created_before)
        return await self.read(lambda db: list_jobs(db, asked, span, page))

    async def job_counts(self, workflow: str | None = None) -> dict[str, int]:
        """How many jobs there are in each status."""
        return await self.read(lambda db: count_jobs(db, workflow))

    async def masks_of(self, jobs: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The names of masked fields of those ``jobs`` that have any."""
        return await self.read(lambda db: masks_of(db, jobs))

    async def task_list(
        self, asked: TaskFilter, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        page = self._limits.page(limit, cursor)
        return await self.read(lambda db: list_tasks(db, asked, page))

    async def search(self, what: Searchable, query: Query) -> tuple[list[Result], int]:
        """The items asked for, and how many there are in all."""
        return await self.read(lambda db: search(db, what, query))

    async def series(
        self, metric: str, aggregation: str, bucket: str, since: int, until: int
    ) -> list[Result]:
        """As ``projections.metrics.series``."""
        return await self.read(
            lambda db: metrics.series(db, metric, aggregation, bucket, since, until)
        )

    async def audit_query(
        self, asked: AuditFilter, *, limit: int | None = None, cursor: str | None = None
    ) -> Result:
        """``entries``, the newest first, ``cursor``. May also raise UnknownJob."""
        page = self._limits.page(limit, cursor)
        return await trail(self._store, self.read, asked, page)

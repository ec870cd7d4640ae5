"""Audit and replay of a log file without a daemon, for the command line.

The file is opened read-only; read models are built aside in a temporary folder, where they
are needed at all. ``path`` is a log file or a copy of one. Besides what each function
says, all raise FileNotFoundError, Damaged and LogNewer when the file is no log they know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from projections.audit import AuditFilter
from projections.log_file import LogFile, open_log
from projections.read_models import ReadModels
from projections.replay import Document, Point
from projections.replay import job_at as state_at
from projections.replay import replay_job as replayed
from projections.verify import verify

Result = dict[str, Any]


async def audit_query(
    path: Path, asked: AuditFilter, *, limit: int | None = None, cursor: str | None = None
) -> Result:
    """``entries``, ``cursor``, as the operation ``audit.query`` gives them. Raises
    UnknownWorkflow, UnknownJob, BadCursor, BadLimit."""
    async with open_log(path) as log, _read_models(log) as models:
        return await models.audit_query(asked, limit=limit, cursor=cursor)


async def audit_verify(path: Path) -> Result:
    """``ok``, ``events``, ``head``, ``brokenAt`` and ``problem``."""
    async with open_log(path) as log:
        verdict = await log.verify()
    return {
        "ok": verdict.ok,
        "events": verdict.events,
        "head": {"position": verdict.head.position, "hash": verdict.head.hash.hex()},
        "brokenAt": verdict.broken_at,
        "problem": verdict.problem,
    }


async def replay_verify(path: Path, job_id: str | None = None) -> Result:
    """``ok``, ``jobs``, ``differences``: fresh read models against the folds of the same
    log. Raises UnknownJob."""
    async with open_log(path) as log, _read_models(log) as models:
        return await verify(log, models.read, job_id=job_id)


async def replay_job(
    path: Path,
    job_id: str,
    document: Document,
    *,
    first: Point | None = None,
    last: Point | None = None,
    limit: int,
) -> Result:
    """``steps``, ``next``, as ``projections.replay.replay_job``. Raises UnknownJob,
    BeyondHead."""
    async with open_log(path) as log:
        return await replayed(log, job_id, document, first=first, last=last, limit=limit)


async def job_at(path: Path, job_id: str, document: Document, point: Point) -> Any:
    """The job's document as it was at ``point``. Raises UnknownJob, BeforeBeginning and
    BeyondHead."""
    async with open_log(path) as log:
        return document(await state_at(log, job_id, point))


@asynccontextmanager
async def _read_models(log: LogFile) -> AsyncIterator[ReadModels]:
    with TemporaryDirectory(prefix="playhead-") as folder:
        models = ReadModels(Path(folder) / "projections.sqlite", log)
        try:
            await models.catch_up()
            yield models
        finally:
            await models.close()

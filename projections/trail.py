"""Answers of the audit: entries that match, the newest first, read from the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from eventstore.events import TagMoved
from eventstore.store import Recorded
from projections.audit import AuditFilter, find_positions
from projections.entries import entry
from projections.errors import UnknownJob
from projections.jobs import JOBS, STREAMS
from projections.log import Log
from projections.moments import Span, span_of
from projections.paging import NEWEST, Listing, Page
from projections.workflows import workflow_id_of

T = TypeVar("T")

_WINDOW = 256
"""Events of a job's stream that are read at once, from its end backwards."""
_GAP = 32
"""Positions this close are read in one go: dearer events, fewer round trips."""


class Read(Protocol):
    """``Runner.read``: run a function on rows that have reached the head."""

    def __call__(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


async def trail(store: Log, read: Read, asked: AuditFilter, page: Page) -> dict[str, Any]:
    """``entries``, ``cursor``. Raises UnknownWorkflow, UnknownJob, BadCursor."""
    listing = Listing("audit.query", msgspec.to_builtins(asked), page)
    newest = listing.after(NEWEST)
    head = store.head.position
    span = await span_of(store, asked.since, asked.until)
    span = Span(span.first, min(span.before, newest, head + 1))
    if asked.job is not None:
        found = await _of_job(store, read, asked, span, page.limit + 1)
    else:
        found = await _of_all(store, read, asked, span, page.limit + 1)
    rows = [(recorded.position, recorded) for recorded in found]
    return listing.result("entries", rows, lambda row: entry(row[1]))


async def _of_all(
    store: Log, read: Read, asked: AuditFilter, span: Span, limit: int
) -> list[Recorded]:
    if not asked.is_of_groups:
        first = max(span.first, span.before - limit)
        return await events_at(store, range(span.before - 1, first - 1, -1))
    positions = await read(lambda db: find_positions(db, asked, span, limit))
    return await events_at(store, positions)


async def _of_job(
    store: Log, read: Read, asked: AuditFilter, span: Span, limit: int
) -> list[Recorded]:
    """From the job's own stream, the end first."""
    stream = f"{STREAMS}{asked.job}"
    row = await store.stream_row(stream)
    if row is None or asked.job is None:
        raise UnknownJob(str(asked.job))
    if asked.workflow is not None and not await _runs(read, asked.job, asked.workflow):
        return []
    found: list[Recorded] = []
    end = row.sequence
    while end > 0 and len(found) < limit:
        start = max(0, end - _WINDOW)
        window = await store.read(stream, after=start, limit=end - start)
        found += [one for one in reversed(window) if _matches(one, asked, span)]
        end = 0 if window and window[0].position < span.first else start
    return found[:limit]


async def _runs(read: Read, job_id: str, workflow: str) -> bool:
    sql = f"SELECT 1 FROM {JOBS.name} WHERE job_id = ? AND workflow_id = ?"

    def asked(db: sqlite3.Connection) -> bool:
        return db.execute(sql, (job_id, workflow_id_of(db, workflow))).fetchone() is not None

    return await read(asked)


def _matches(recorded: Recorded, asked: AuditFilter, span: Span) -> bool:
    event = recorded.event
    return (
        span.has(recorded.position)
        and (asked.actor is None or recorded.actor == asked.actor)
        and (not asked.types or recorded.type in asked.types)
        and (asked.tag is None or (isinstance(event, TagMoved) and event.tag == asked.tag))
    )


async def events_at(store: Log, positions: Sequence[int]) -> list[Recorded]:
    """The events at ``positions``, which fall, in that order."""
    found: list[Recorded] = []
    start = 0
    while start < len(positions):
        stop = start + 1
        while stop < len(positions) and positions[stop - 1] - positions[stop] <= _GAP:
            stop += 1
        found += await _run(store, positions[start:stop])
        start = stop
    return found


async def _run(store: Log, positions: Sequence[int]) -> list[Recorded]:
    first, last = positions[-1], positions[0]
    wanted = frozenset(positions)
    read = await store.read_all(after=first - 1, limit=last - first + 1)
    return [recorded for recorded in reversed(read) if recorded.position in wanted]

"""A job as it was after any of its events, and what each event changed.

Only folds: nothing is decided again and nothing outside is called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import msgspec

from daemon.decider.evolve import fold
from daemon.decider.state import JobState
from eventstore.store import Recorded
from projections.diff import diff
from projections.entries import entry
from projections.errors import BeforeBeginning, BeyondHead, UnknownJob
from projections.jobs import STREAMS
from projections.log import Log
from projections.times import iso

_PAGE = 500
"""Events of a job that are read at once."""

Document = Callable[[JobState], Any]
"""A job's document, plain JSON, from its state (``daemon.operations.documents``)."""


class AtPosition(msgspec.Struct, frozen=True, kw_only=True):
    """After the event at ``position`` of the log."""

    position: int


class AtSequence(msgspec.Struct, frozen=True, kw_only=True):
    """After the job's ``sequence``-th event."""

    sequence: int


class AtTime(msgspec.Struct, frozen=True, kw_only=True):
    """After everything that had happened at ``at``, in UTC microseconds."""

    at: int


Point = AtPosition | AtSequence | AtTime


class At(NamedTuple):
    """A job's state and the event that led to it."""

    state: JobState
    last: Recorded


async def job_at(store: Log, job_id: str, point: Point, *, now: int | None = None) -> JobState:
    """The job as it was at ``point``. Raises UnknownJob, BeforeBeginning and BeyondHead.
    A time after ``now`` is beyond the head; None: no time is."""
    await _refuse_beyond(store, job_id, point, now)
    found: JobState | None = None
    async for state, last in _states(store, job_id):
        if not _reaches(point, last):
            break
        found = state
    if found is None:
        first = await _first(store, job_id)
        raise BeforeBeginning(
            f"at: job {job_id} was not there yet; it was submitted at position"
            f" {first.position}, {iso(first.at)}"
        )
    return found


async def replay_job(
    store: Log,
    job_id: str,
    document: Document,
    *,
    first: Point | None = None,
    last: Point | None = None,
    limit: int,
) -> dict[str, Any]:
    """``steps``: the job's events from ``first`` to ``last``, each with the ``changes`` it
    made to the document. ``next``: the sequence of the first event that no longer fitted
    into ``limit`` steps, or None. Raises UnknownJob, BeyondHead."""
    for point in (first, last):
        await _refuse_beyond(store, job_id, point, None)
    steps: list[dict[str, Any]] = []
    before: Any = None
    previous: JobState | None = None
    async for state, event in _states(store, job_id):
        if last is not None and not _reaches(last, event):
            break
        if first is None or _starts(first, event):
            if len(steps) == limit:
                return {"steps": steps, "next": event.sequence}
            before = document(previous) if previous and not steps else before
            after = document(state)
            steps.append({**entry(event), "changes": diff(before, after)})
            before = after
        previous = state
    return {"steps": steps, "next": None}


async def events_of(store: Log, job_id: str) -> AsyncIterator[list[Recorded]]:
    """The job's durable events in pages. Raises UnknownJob."""
    page = await store.read(f"{STREAMS}{job_id}", limit=_PAGE)
    if not page:
        raise UnknownJob(job_id)
    yield page
    while len(page) == _PAGE:
        page = await store.read(f"{STREAMS}{job_id}", after=page[-1].sequence, limit=_PAGE)
        yield page


async def _states(store: Log, job_id: str) -> AsyncIterator[At]:
    state: JobState | None = None
    async for page in events_of(store, job_id):
        for recorded in page:
            state = fold((recorded,), state)
            if state is not None:
                yield At(state, recorded)


def _reaches(point: Point, recorded: Recorded) -> bool:
    """Whether ``recorded`` had happened at ``point``."""
    match point:
        case AtPosition(position=position):
            return recorded.position <= position
        case AtSequence(sequence=sequence):
            return recorded.sequence <= sequence
        case AtTime(at=at):
            return recorded.at <= at


def _starts(point: Point, recorded: Recorded) -> bool:
    """Whether ``recorded`` happened at ``point`` or later."""
    match point:
        case AtPosition(position=position):
            return recorded.position >= position
        case AtSequence(sequence=sequence):
            return recorded.sequence >= sequence
        case AtTime(at=at):
            return recorded.at >= at


async def _refuse_beyond(store: Log, job_id: str, point: Point | None, now: int | None) -> None:
    head = store.head.position
    match point:
        case AtPosition(position=position) if position > head:
            raise BeyondHead(f"at: position {position} is beyond the head of the log, {head}")
        case AtSequence(sequence=sequence):
            row = await store.stream_row(f"{STREAMS}{job_id}")
            if row is not None and sequence > row.sequence:
                raise BeyondHead(
                    f"at: sequence {sequence} is beyond the last event of job {job_id},"
                    f" {row.sequence}"
                )
        case AtTime(at=at) if now is not None and at > now:
            raise BeyondHead(f"at: {iso(at)} has not come yet; it is {iso(now)}")


async def _first(store: Log, job_id: str) -> Recorded:
    (first,) = await store.read(f"{STREAMS}{job_id}", limit=1)
    return first

"""What a commit group changes beside the events: one net change per stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from eventstore.pending import Erasure, Queued
from eventstore.store import Batch, Entry, StreamRow


class StreamChange(NamedTuple):
    """The last word on a stream after a commit group, in the order of the upsert's
    parameters."""

    stream: str
    sequence: int
    last_position: int
    open: bool | None
    """None leaves it as it is."""
    due_at: int | None
    clears_due: bool


class Gathered(msgspec.Struct, kw_only=True):
    """Everything that a commit group writes beside its events, in one pass over it."""

    batches: list[Batch]
    streams: dict[str, StreamChange]
    requests: list[tuple[str, str, str, bytes, int, int]]
    """(actor, request id, method, digest, first, last) of the ids that are indexed."""
    documents: dict[str, bytes]
    unchecked: list[Entry]
    """Entries that only the writer can compare, in their order."""
    erasures: list[tuple[Erasure, int]]
    """What to erase, and the position of the event that says so."""

    @property
    def created(self) -> set[str]:
        """Streams that begin with this group."""
        return {entry.stream for entry in self.unchecked if entry.expected == 0}


def gathered(group: Iterable[Queued]) -> Gathered:
    found = Gathered(batches=[], streams={}, requests=[], documents={}, unchecked=[], erasures=[])
    for queued in group:
        batch = queued.batch
        found.batches.append(batch)
        _move_streams(found.streams, batch.entries, queued.first - 1)
        request = batch.request
        if request is not None and request.indexed:
            key = (batch.actor, request.request_id)
            place = (queued.first, queued.last)
            found.requests.append((*key, request.method, request.digest, *place))
        if batch.documents:
            found.documents.update(batch.documents)
        if queued.unchecked:
            found.unchecked += queued.unchecked
        if queued.erasure is not None:
            found.erasures.append((queued.erasure, queued.first))
    return found


def _move_streams(
    streams: dict[str, StreamChange], entries: Iterable[Entry], position: int
) -> None:
    for entry in entries:
        count = len(entry.events)
        if not count:
            continue
        position += count
        stream, open, due, clears = entry.stream, entry.open, entry.due_at, entry.clear_due
        before = streams.get(stream)
        if before is not None:
            if open is None:
                open = before.open
            if not clears:
                due, clears = earliest(before.due_at, due), before.clears_due
        change = (stream, entry.expected + count, position, open, due, clears)
        streams[stream] = _tuple(StreamChange, change)


_tuple = tuple.__new__
"""A named tuple without the call of Python that its class makes of it."""


def changed_row(before: StreamRow | None, change: StreamChange) -> StreamRow:
    """What the upsert in ``sql/streams.sql`` does."""
    was_open = before is not None and before.open
    was_due = None if before is None or change.clears_due else before.due_at
    return StreamRow(
        change.stream,
        change.sequence,
        change.last_position,
        was_open if change.open is None else change.open,
        earliest(was_due, change.due_at),
    )


def earliest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)

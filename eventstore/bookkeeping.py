"""What a commit group changes beside the events: one net change per stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from eventstore.pending import Queued
from eventstore.store import StreamRow


class StreamChange(msgspec.Struct, kw_only=True):
    """The last word on a stream after a commit group; grows while a group is read."""

    sequence: int = 0
    last_position: int = 0
    open: bool | None = None
    """None leaves it as it is."""
    due_at: int | None = None
    clears_due: bool = False


def stream_changes(group: Sequence[Queued]) -> dict[str, StreamChange]:
    changes: dict[str, StreamChange] = {}
    for queued in group:
        position = queued.first - 1
        for entry in queued.batch.entries:
            if not entry.events:
                continue
            position += len(entry.events)
            change = changes.get(entry.stream)
            if change is None:
                change = changes[entry.stream] = StreamChange()
            change.sequence = entry.expected + len(entry.events)
            change.last_position = position
            if entry.open is not None:
                change.open = entry.open
            if entry.clear_due:
                change.clears_due, change.due_at = True, None
            change.due_at = earliest(change.due_at, entry.due_at)
    return changes


def changed_row(stream: str, before: StreamRow | None, change: StreamChange) -> StreamRow:
    """What the upsert in ``sql/streams.sql`` does."""
    was_open = before is not None and before.open
    was_due = None if before is None or change.clears_due else before.due_at
    return StreamRow(
        stream,
        change.sequence,
        change.last_position,
        was_open if change.open is None else change.open,
        earliest(was_due, change.due_at),
    )


def earliest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def documents_of(group: Iterable[Queued]) -> dict[str, bytes]:
    """Every document that the group's batches bring, by digest."""
    return {
        digest: content for queued in group for digest, content in queued.batch.documents.items()
    }


def requests_of(group: Iterable[Queued]) -> list[tuple[str, str, str, bytes, int, int]]:
    """(actor, request id, method, digest, first, last) of the ids that are indexed."""
    return [
        (queued.batch.actor, ask.request_id, ask.method, ask.digest, queued.first, queued.last)
        for queued in group
        if (ask := queued.batch.request) is not None and ask.indexed
    ]

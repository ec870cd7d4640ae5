"""Who did what, when, asked by which request and because of what.

The log itself is the audit trail. Here stands only where to look: for each combination
of actor, type, workflow and tag that occurred, the positions at which it did. An answer
takes the newest positions of the combinations that match and reads these events.

Positions are kept by blocks of the log, as offsets of two bytes in one value: a row for
every event would be most of what a job costs here.
"""

from __future__ import annotations

import heapq
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec

from eventstore.events import Event, NameTaken, TagMoved
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.moments import Span
from projections.rows import Key, Rows, Table
from projections.workflows import workflow_id_of

GROUPS = Table(name="audit_groups", key=("actor", "type", "workflow_id", "tag"))
ENTRIES = Table(name="audit_entries", key=("group_id", "block"))

BLOCK = 1_024
"""Positions that share a row of a combination."""

SCHEMA = """
CREATE TABLE audit_groups (
    group_id INTEGER PRIMARY KEY,
    actor TEXT NOT NULL,
    type TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    UNIQUE (actor, type, workflow_id, tag)
);
CREATE INDEX audit_groups_by_type ON audit_groups (type);
CREATE INDEX audit_groups_by_workflow ON audit_groups (workflow_id);
CREATE INDEX audit_groups_by_tag ON audit_groups (tag) WHERE tag <> '';
CREATE TABLE audit_entries (
    group_id INTEGER NOT NULL,
    block INTEGER NOT NULL,
    offsets BLOB NOT NULL,
    PRIMARY KEY (group_id, block)
) WITHOUT ROWID;
"""

_WORKFLOW_STREAMS = "workflow/"

_ENTRIES = """
SELECT block, offsets FROM audit_entries WHERE group_id = ? AND block BETWEEN ? AND ?
ORDER BY block DESC
"""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """``workflow`` is a name or an id and covers its versions, tags and jobs; ``tag`` means
    moves of that tag. Times are UTC microseconds: at or after ``since``, before ``until``."""

    actor: str | None = None
    workflow: str | None = None
    job: str | None = None
    tag: str | None = None
    types: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    @property
    def is_of_groups(self) -> bool:
        """Whether it narrows anything but the time."""
        return bool(self.actor or self.workflow or self.tag or self.types)


def find_positions(
    connection: sqlite3.Connection, asked: AuditFilter, span: Span, limit: int
) -> list[int]:
    """Where the newest ``limit`` entries stand that match all but ``asked.job``."""
    runs = (_positions(connection, group, span) for group in _groups(connection, asked))
    return list(islice(heapq.merge(*runs, reverse=True), limit))


def _groups(connection: sqlite3.Connection, asked: AuditFilter) -> list[int]:
    sql, values = _group_query(connection, asked)
    return [group_id for (group_id,) in connection.execute(sql, values)]


def _group_query(connection: sqlite3.Connection, asked: AuditFilter) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if asked.tag is not None:
        conditions.append("tag = ? AND tag <> ''")
        values.append(asked.tag)
    if asked.workflow is not None:
        conditions.append("workflow_id = ?")
        values.append(workflow_id_of(connection, asked.workflow))
    if asked.actor is not None:
        conditions.append("actor = ?")
        values.append(asked.actor)
    if asked.types:
        conditions.append(f"type IN ({', '.join('?' * len(asked.types))})")
        values += asked.types
    return f"SELECT group_id FROM audit_groups WHERE {' AND '.join(conditions)}", values


def _positions(connection: sqlite3.Connection, group_id: int, span: Span) -> Iterator[int]:
    """The positions of a combination within ``span``, the newest first."""
    blocks = (group_id, span.first // BLOCK, (span.before - 1) // BLOCK)
    for block, offsets in connection.execute(_ENTRIES, blocks):
        for offset in reversed(unpack(offsets)):
            if span.has(position := block * BLOCK + offset):
                yield position


def note(events: Sequence[Recorded], workflows: Mapping[str, str], rows: Rows) -> None:
    """Enter every event under its combination. ``events`` have no gap between them;
    ``workflows``: their ids by job stream."""
    first, after = events[0].position, events[-1].position + 1
    start = first
    while start < after:
        block = start // BLOCK
        end = min(after, (block + 1) * BLOCK)
        found = _combinations(events[start - first : end - first], workflows)
        for (actor, cls, workflow_id, tag), positions in found.items():
            key = (actor, cls.__name__, workflow_id, tag)
            offsets = [position - block * BLOCK for position in positions]
            _enter(_group(key, positions[0], rows), block, offsets, rows)
        start = end


def _combinations(
    events: Sequence[Recorded], workflows: Mapping[str, str]
) -> dict[tuple[str, type[Event], str, str], list[int]]:
    """The positions of each actor, class, workflow and tag."""
    found: defaultdict[tuple[str, type[Event], str, str], list[int]] = defaultdict(list)
    for position, stream, actor, event in map(_PLACE, events):
        cls = type(event)
        workflow_id = workflows.get(stream)
        if workflow_id is not None:
            found[actor, cls, workflow_id, ""].append(position)
        else:
            tag = event.tag if cls is TagMoved else ""
            found[actor, cls, _workflow_of(stream, event), tag].append(position)
    return found


_PLACE: Callable[[Recorded], tuple[int, str, str, Any]] = attrgetter(
    "position", "stream", "actor", "event"
)


def _enter(group: int, block: int, offsets: list[int], rows: Rows) -> None:
    (before,) = rows.stored(ENTRIES, (group, block), ("offsets",)) or (b"",)
    rows.put(ENTRIES, (group, block), {"offsets": before + pack(offsets)})


def pack(offsets: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(offsets)}H", *offsets)


def unpack(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed) // 2}H", packed)


def _group(key: Key, position: int, rows: Rows) -> int:
    """A group is called by the position of its first event."""
    new = rows.new(GROUPS, key)
    if new is not None:
        return int(new["group_id"])
    stored = rows.stored(GROUPS, key, ("group_id",))
    if stored is not None:
        return int(stored[0])
    rows.put(GROUPS, key, {"group_id": position})
    return position


def _workflow_of(stream: str, event: Event) -> str:
    """The id of the workflow that an event outside of jobs is about; empty for none."""
    if stream.startswith(_WORKFLOW_STREAMS):
        return stream[len(_WORKFLOW_STREAMS) :]
    return event.workflow_id if isinstance(event, NameTaken) else ""


MODEL = ReadModel(name="audit", schema=SCHEMA, handlers={})

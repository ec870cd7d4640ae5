"""One run of events into rows and checkpoint: one transaction, all or nothing.

A function of the events and of what is stored, without clock or I/O of its own; who calls
it, and when, is ``projections.runner``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2s
from operator import attrgetter
from typing import NamedTuple

from eventstore.events import Event
from eventstore.store import Recorded
from projections import (
    audit,
    jobs,
    messages,
    schedules,
    tags,
    task_types,
    tasks,
    versions,
    workflows,
)
from projections.model import Handler, ReadModel
from projections.rows import Rows

MODELS: tuple[ReadModel, ...] = (
    workflows.MODEL,
    versions.MODEL,
    tags.MODEL,
    task_types.MODEL,
    messages.MODEL,
    schedules.MODEL,
    jobs.MODEL,
    tasks.MODEL,
    audit.MODEL,
)

_CHECKPOINT = """
CREATE TABLE checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    version TEXT NOT NULL,
    log_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL
);
"""


class Checkpoint(NamedTuple):
    """The last event in the rows: of which log, where, and its hash."""

    version: str
    log_id: str
    position: int
    hash: bytes


def _version() -> str:
    said = [_CHECKPOINT, *(f"{model.name} {model.rules} {model.schema}" for model in MODELS)]
    return blake2s("\n".join(said).encode(), digest_size=8).hexdigest()


VERSION = _version()
"""Of tables and rules together; rows of another version are thrown away."""


def _handlers() -> dict[type[Event], tuple[Handler, ...]]:
    table: dict[type[Event], tuple[Handler, ...]] = {}
    for model in MODELS:
        for cls, handler in model.handlers.items():
            table[cls] = (*table.get(cls, ()), handler)
    return table


HANDLERS = _handlers()


def create(connection: sqlite3.Connection, log_id: str, start: bytes) -> Checkpoint:
    """Empty tables for a log from its beginning. ``start``: the hash before any event."""
    checkpoint = Checkpoint(VERSION, log_id, 0, start)
    connection.execute("BEGIN IMMEDIATE")
    for schema in (_CHECKPOINT, *(model.schema for model in MODELS)):
        for statement in schema.split(";"):
            connection.execute(statement)
    connection.execute("INSERT INTO checkpoint VALUES (1, ?, ?, ?, ?)", checkpoint)
    connection.execute("COMMIT")
    return checkpoint


def stored_checkpoint(connection: sqlite3.Connection) -> Checkpoint | None:
    """None when there are no tables yet."""
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'checkpoint'")
    if tables.fetchone() is None:
        return None
    row = connection.execute("SELECT version, log_id, position, hash FROM checkpoint").fetchone()
    return None if row is None else Checkpoint(*row)


def project(connection: sqlite3.Connection, events: Sequence[Recorded]) -> int:
    """Bring the rows from the checkpoint to the last of ``events``, which follow it without
    a gap; the position reached. On an error nothing has changed."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _changed(connection, events).write()
        last = events[-1]
        sql = "UPDATE checkpoint SET position = ?, hash = ?"
        connection.execute(sql, (last.position, last.hash))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return last.position


_STREAM: Callable[[Recorded], str] = attrgetter("stream")


def _changed(connection: sqlite3.Connection, events: Sequence[Recorded]) -> Rows:
    rows = Rows(connection)
    handlers_of = HANDLERS.get
    for recorded in events:
        event = recorded.event
        for handler in handlers_of(type(event), ()):
            handler(recorded, event, rows)
    last_of = dict(zip(map(_STREAM, events), events, strict=True))
    last_of_jobs = [one for stream, one in last_of.items() if stream.startswith(jobs.STREAMS)]
    audit.note(events, jobs.settle(last_of_jobs, rows), rows)
    return rows

"""Where tags point now, and every move that brought them there."""

from __future__ import annotations

import sqlite3
from typing import Any

from eventstore.events import TagMoved
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.paging import NEWEST, Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso
from projections.workflows import workflow_id_of

TAGS = Table(name="tags", key=("workflow_id", "tag"))
MOVES = Table(name="tag_moves", key=("position",))

SCHEMA = """
CREATE TABLE tags (
    workflow_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    version_id TEXT NOT NULL,
    version_number INTEGER NOT NULL,
    moved_at INTEGER NOT NULL,
    moved_by TEXT NOT NULL,
    PRIMARY KEY (workflow_id, tag)
) WITHOUT ROWID;
CREATE TABLE tag_moves (
    position INTEGER PRIMARY KEY,
    workflow_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    version_id TEXT NOT NULL,
    version_number INTEGER NOT NULL,
    previous_version_id TEXT,
    previous_version_number INTEGER,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    request TEXT
);
CREATE INDEX tag_moves_of_tag ON tag_moves (workflow_id, tag, position);
"""

_LIST = """
SELECT tag, version_id, version_number, moved_at, moved_by FROM tags
WHERE workflow_id = ? AND tag > ? ORDER BY tag LIMIT ?
"""

_HISTORY = """
SELECT position, tag, version_id, version_number, previous_version_id, previous_version_number,
    at, actor, request
FROM tag_moves WHERE workflow_id = ? AND tag = ? AND position < ?
ORDER BY position DESC LIMIT ?
"""


def list_tags(connection: sqlite3.Connection, workflow: str, page: Page) -> dict[str, Any]:
    """``tags`` of ``workflow`` (a name or an id) by name, ``cursor``."""
    workflow_id = workflow_id_of(connection, workflow)
    listing = Listing("tag.list", {"workflow": workflow_id}, page)
    parameters = (workflow_id, listing.after(""), page.limit + 1)
    return listing.result("tags", connection.execute(_LIST, parameters).fetchall(), _tag)


def tag_history(
    connection: sqlite3.Connection, workflow: str, tag: str, page: Page
) -> dict[str, Any]:
    """``history``: the moves of ``tag``, the newest first, ``cursor``."""
    workflow_id = workflow_id_of(connection, workflow)
    listing = Listing("tag.history", {"workflow": workflow_id, "tag": tag}, page)
    parameters = (workflow_id, tag, listing.after(NEWEST), page.limit + 1)
    return listing.result("history", connection.execute(_HISTORY, parameters).fetchall(), _move)


def _moved(recorded: Recorded, event: TagMoved, rows: Rows) -> None:
    target = {"version_id": event.version_id, "version_number": event.version_number}
    now = {**target, "moved_at": recorded.at, "moved_by": recorded.actor}
    rows.put(TAGS, (event.workflow_id, event.tag), now)
    move = {
        "workflow_id": event.workflow_id,
        "tag": event.tag,
        **target,
        "previous_version_id": event.previous_version_id,
        "previous_version_number": event.previous_version_number,
        "at": recorded.at,
        "actor": recorded.actor,
        "request": recorded.request,
    }
    rows.put(MOVES, (recorded.position,), move)


def _tag(row: Row) -> dict[str, Any]:
    tag, version_id, version_number, moved_at, moved_by = row
    return {
        "tag": tag,
        "versionId": version_id,
        "versionNumber": version_number,
        "movedAt": iso(moved_at),
        "movedBy": moved_by,
    }


def _move(row: Row) -> dict[str, Any]:
    position, tag, version_id, number, previous_id, previous_number, at, actor, request = row
    return {
        "tag": tag,
        "versionId": version_id,
        "versionNumber": number,
        "previousVersionId": previous_id,
        "previousVersionNumber": previous_number,
        "at": iso(at),
        "actor": actor,
        "request": request,
        "position": position,
    }


MODEL = ReadModel(name="tags", schema=SCHEMA, handlers={TagMoved: _moved})

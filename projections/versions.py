"""Versions of workflows, the newest first."""

from __future__ import annotations

import sqlite3
from typing import Any

from eventstore.events import VersionAdded, VersionRetired
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.paging import NEWEST, Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso
from projections.workflows import workflow_id_of

VERSIONS = Table(name="versions", key=("version_id",))

SCHEMA = """
CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    version_id TEXT NOT NULL UNIQUE,
    workflow_id TEXT NOT NULL,
    version_number INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    definition TEXT NOT NULL,
    revision INTEGER NOT NULL,
    retired INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX versions_of_workflow ON versions (workflow_id, position);
CREATE INDEX versions_by_number ON versions (workflow_id, version_number, position);
"""

_LIST = """
SELECT position, workflow_id, version_id, version_number, dialect, definition, revision,
    created_at, created_by,
    NOT retired AND position = (SELECT max(position) FROM versions n
        WHERE n.workflow_id = v.workflow_id AND n.version_number = v.version_number)
FROM versions v WHERE workflow_id = ? AND position < ? ORDER BY position DESC LIMIT ?
"""


def list_versions(connection: sqlite3.Connection, workflow: str, page: Page) -> dict[str, Any]:
    """``versions`` of ``workflow`` (a name or an id), the newest first, ``cursor``.
    ``current``: the version number means this version, not a later revision of it, and
    was not retired."""
    workflow_id = workflow_id_of(connection, workflow)
    listing = Listing("version.list", {"workflow": workflow_id}, page)
    parameters = (workflow_id, listing.after(NEWEST), page.limit + 1)
    return listing.result("versions", connection.execute(_LIST, parameters).fetchall(), _item)


def _added(recorded: Recorded, event: VersionAdded, rows: Rows) -> None:
    columns = {
        "position": recorded.position,
        "workflow_id": event.workflow_id,
        "version_number": event.version_number,
        "dialect": event.dialect,
        "definition": event.definition,
        "revision": int(event.revision),
        "retired": 0,
        "created_at": recorded.at,
        "created_by": recorded.actor,
    }
    rows.put(VERSIONS, (event.version_id,), columns)


def _retired(recorded: Recorded, event: VersionRetired, rows: Rows) -> None:
    rows.at(VERSIONS, (event.version_id,))["retired"] = 1


def _item(row: Row) -> dict[str, Any]:
    _, workflow_id, version_id, number, dialect, definition, revision, at, by, current = row
    return {
        "workflowId": workflow_id,
        "versionId": version_id,
        "versionNumber": number,
        "dialect": dialect,
        "definitionDigest": definition,
        "revision": bool(revision),
        "current": bool(current),
        "createdAt": iso(at),
        "createdBy": by,
    }


MODEL = ReadModel(
    name="versions", schema=SCHEMA, handlers={VersionAdded: _added, VersionRetired: _retired}
)

"""Registered workflows, by name."""

from __future__ import annotations

import sqlite3
from typing import Any

from eventstore.events import WorkflowRegistered
from eventstore.store import Recorded
from projections.errors import UnknownWorkflow
from projections.model import ReadModel
from projections.paging import Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso

WORKFLOWS = Table(name="workflows", key=("workflow_id",))

SCHEMA = """
CREATE TABLE workflows (
    workflow_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    position INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) WITHOUT ROWID;
"""

_LIST = """
SELECT name, workflow_id, description, created_at, created_by,
    (SELECT max(version_number) FROM versions v WHERE v.workflow_id = w.workflow_id)
FROM workflows w WHERE name > ? ORDER BY name LIMIT ?
"""


def list_workflows(connection: sqlite3.Connection, page: Page) -> dict[str, Any]:
    """``workflows`` by name, ``cursor``."""
    listing = Listing("workflow.list", {}, page)
    rows = connection.execute(_LIST, (listing.after(""), page.limit + 1)).fetchall()
    return listing.result("workflows", rows, _item)


def workflow_id_of(connection: sqlite3.Connection, workflow: str) -> str:
    """The id of a workflow by its name or id. Raises UnknownWorkflow."""
    for column in ("workflow_id", "name"):
        sql = f"SELECT workflow_id FROM workflows WHERE {column} = ?"
        row = connection.execute(sql, (workflow,)).fetchone()
        if row is not None:
            return str(row[0])
    raise UnknownWorkflow(workflow)


def _registered(recorded: Recorded, event: WorkflowRegistered, rows: Rows) -> None:
    columns = {
        "name": event.name,
        "description": event.description,
        "position": recorded.position,
        "created_at": recorded.at,
        "created_by": recorded.actor,
    }
    rows.put(WORKFLOWS, (event.workflow_id,), columns)


def _item(row: Row) -> dict[str, Any]:
    name, workflow_id, description, created_at, created_by, latest = row
    return {
        "workflowId": workflow_id,
        "name": name,
        "description": description,
        "latestVersionNumber": latest,
        "createdAt": iso(created_at),
        "createdBy": created_by,
    }


MODEL = ReadModel(name="workflows", schema=SCHEMA, handlers={WorkflowRegistered: _registered})

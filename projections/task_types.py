"""Registered task types, by name."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from eventstore.events import TaskTypeDefined, TaskTypeDeleted
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.paging import Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso

TASK_TYPES = Table(name="task_types", key=("name",))

SCHEMA = """
CREATE TABLE task_types (
    name TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) WITHOUT ROWID;
"""

_LIST = """
SELECT name, settings, created_at, created_by, updated_at, updated_by FROM task_types
WHERE name > ? ORDER BY name LIMIT ?
"""


def list_task_types(connection: sqlite3.Connection, page: Page) -> dict[str, Any]:
    """``taskTypes`` by name, each with its ``definition`` as registered, ``cursor``."""
    listing = Listing("taskType.list", {}, page)
    rows = connection.execute(_LIST, (listing.after(""), page.limit + 1)).fetchall()
    return listing.result("taskTypes", rows, _item)


_CREATED = ("created_at", "created_by")


def _defined(recorded: Recorded, event: TaskTypeDefined, rows: Rows) -> None:
    key = (event.name,)
    before = rows.load(TASK_TYPES, key, dict(rows.new(TASK_TYPES, key) or {}), _CREATED)
    created_at = before.get("created_at", recorded.at)
    created_by = before.get("created_by", recorded.actor)
    columns = {
        "settings": orjson.dumps(event.settings).decode(),
        "created_at": created_at,
        "created_by": created_by,
        "updated_at": recorded.at,
        "updated_by": recorded.actor,
    }
    rows.put(TASK_TYPES, key, columns)


def _deleted(_: Recorded, event: TaskTypeDeleted, rows: Rows) -> None:
    rows.remove(TASK_TYPES, (event.name,))


def _item(row: Row) -> dict[str, Any]:
    name, settings, created_at, created_by, updated_at, updated_by = row
    return {
        "name": name,
        "definition": orjson.loads(settings),
        "createdAt": iso(created_at),
        "createdBy": created_by,
        "updatedAt": iso(updated_at),
        "updatedBy": updated_by,
    }


MODEL = ReadModel(
    name="task_types",
    schema=SCHEMA,
    handlers={TaskTypeDefined: _defined, TaskTypeDeleted: _deleted},
)

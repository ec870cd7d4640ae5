"""Every row of the read models, to compare live ones with rebuilt ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'checkpoint'
    AND name NOT LIKE 'sqlite_%' ORDER BY name
"""


def dump(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table, in the order of all their columns."""
    return {table: list(_rows(connection, table)) for table in _tables(connection)}


def digests(connection: sqlite3.Connection) -> dict[str, str]:
    """A SHA-256 over the rows of each table, in constant memory."""
    found: dict[str, str] = {}
    for table in _tables(connection):
        digest = sha256()
        for row in _rows(connection, table):
            digest.update(orjson.dumps(row, default=bytes.hex) + b"\n")
        found[table] = digest.hexdigest()
    return found


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES)]


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    width = len(connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
    order = ", ".join(str(column + 1) for column in range(width))
    yield from connection.execute(f"SELECT * FROM {table} ORDER BY {order}")

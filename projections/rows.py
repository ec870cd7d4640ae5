"""Rows that a run of events changes, folded by key in memory and written at once.

Ten events of one task become one INSERT. What is written depends on the events alone,
never on how they were cut into batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

Key = tuple[Any, ...]
Columns = dict[str, Any]


class Table(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A table and the columns that name a row of it. One constant for each table."""

    name: str
    key: tuple[str, ...]


class _Changes:
    """What happens to one table. A key stands in at most one of them."""

    __slots__ = ("changed", "put", "removed")

    def __init__(self) -> None:
        self.put: dict[Key, Columns] = {}
        self.changed: dict[Key, Columns] = {}
        self.removed: dict[Key, None] = {}


class _Tables(dict[Table, _Changes]):
    def __missing__(self, table: Table) -> _Changes:
        changes = self[table] = _Changes()
        return changes


class Rows:
    """Changes over the rows that ``connection`` has. Nothing is written before ``write``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tables = _Tables()

    def put(self, table: Table, key: Key, columns: Columns) -> None:
        """A whole new row, or a whole row instead of the old one."""
        changes = self._tables[table]
        changes.put[key] = columns
        changes.changed.pop(key, None)
        changes.removed.pop(key, None)

    def at(self, table: Table, key: Key) -> Columns:
        """Where to write other columns of a row: the new row itself, or what will be updated
        of a stored one. What is written for a row that is gone, or never was, is nothing."""
        changes = self._tables[table]
        row = changes.put.get(key)
        if row is not None:
            return row
        if key in changes.removed:
            return {}
        row = changes.changed.get(key)
        if row is None:
            row = changes.changed[key] = {}
        return row

    def remove(self, table: Table, key: Key) -> None:
        changes = self._tables[table]
        changes.put.pop(key, None)
        changes.changed.pop(key, None)
        changes.removed[key] = None

    def load(self, table: Table, key: Key, row: Columns, columns: tuple[str, ...]) -> Columns:
        """``row``, as ``at`` gave it, with these columns in it as they stand; they stay
        missing when there is no such row."""
        if columns[0] in row:
            return row
        stored = self.stored(table, key, columns)
        if stored is not None and key not in self._tables[table].removed:
            for column, value in zip(columns, stored, strict=True):
                row.setdefault(column, value)
        return row

    def new(self, table: Table, key: Key) -> Columns | None:
        """The whole row, when it was put."""
        return self._tables[table].put.get(key)

    def stored(self, table: Table, key: Key, columns: tuple[str, ...]) -> Key | None:
        """Columns as they stood before; None without such a row."""
        row: Key | None = self._connection.execute(_select(table, columns), key).fetchone()
        return row

    def keys(self, table: Table, prefix: Key) -> list[Key]:
        """The keys that begin with ``prefix``, after what was said so far."""
        changes = self._tables[table]
        sql = f"SELECT {', '.join(table.key)} FROM {table.name} {_where(table.key[: len(prefix)])}"
        found = dict.fromkeys(self._connection.execute(sql, prefix))
        found |= dict.fromkeys(key for key in changes.put if key[: len(prefix)] == prefix)
        return [key for key in found if key not in changes.removed]

    def write(self) -> None:
        """One ``executemany`` for each table, kind of change and set of columns."""
        for table, changes in self._tables.items():
            if changes.removed:
                self._many(f"DELETE FROM {table.name} {_where(table.key)}", changes.removed)
            for columns, rows in _alike(changes.put).items():
                values = [(*key, *row.values()) for key, row in rows]
                self._many(_insert(table, columns), values)
            written = {key: row for key, row in changes.changed.items() if row}
            for columns, rows in _alike(written).items():
                values = [(*row.values(), *key) for key, row in rows]
                self._many(_update(table, columns), values)

    def _many(self, sql: str, values: Iterable[Key]) -> None:
        self._connection.executemany(sql, values)


def _alike(rows: dict[Key, Columns]) -> dict[tuple[str, ...], list[tuple[Key, Columns]]]:
    groups: dict[tuple[str, ...], list[tuple[Key, Columns]]] = {}
    for key, row in rows.items():
        groups.setdefault(tuple(row), []).append((key, row))
    return groups


def _where(key: tuple[str, ...]) -> str:
    return "WHERE " + " AND ".join(f"{column} = ?" for column in key)


@lru_cache(maxsize=256)
def _select(table: Table, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table.name} {_where(table.key)}"


@lru_cache(maxsize=256)
def _insert(table: Table, columns: tuple[str, ...]) -> str:
    names = (*table.key, *columns)
    marks = ", ".join("?" * len(names))
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"{sql} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {changes}"


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> str:
    changes = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {table.name} SET {changes} {_where(table.key)}"

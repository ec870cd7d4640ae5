"""Search over jobs and tasks: conditions joined by AND, any order, any part of the result.

Unlike lists, which seek in an index, a search may look at every row; what it costs is bound
by the size of its page and by the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
import orjson

from projections import job_queries, schedules, task_queries
from projections.paging import Row


class Test(StrEnum):
    EQUALS = "="
    BELOW = "<"
    ABOVE = ">"
    AT_MOST = "<="
    AT_LEAST = ">="
    IN = "in"
    NOT_IN = "not in"
    LIKE = "like"
    """``*`` stands for anything; upper and lower case are the same."""
    CONTAINS = "contains"
    """Upper and lower case are the same."""
    MISSING = "missing"
    PRESENT = "present"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """``values``: one, several for IN, none for MISSING and PRESENT. Times are UTC
    microseconds."""

    field: str
    test: Test
    values: tuple[str | int, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """``any_text``: some text of the row contains it. ``size`` 0 only counts."""

    conditions: tuple[Condition, ...] = ()
    any_text: str | None = None
    also: tuple[str, ...] = ()
    """Rows, by their identity, that have the text elsewhere."""
    order: tuple[Order, ...] = ()
    start: int = 0
    size: int = 100


class Searchable(msgspec.Struct, frozen=True, kw_only=True):
    """``fields``: name to column; ``texts``: the columns that free text looks in."""

    table: str
    columns: str
    fields: Mapping[str, str]
    texts: tuple[str, ...]
    identity: str
    item: Callable[[Row], dict[str, Any]]


TIMES = {
    "createdAt": "created_at",
    "scheduledAt": "scheduled_at",
    "startedAt": "started_at",
    "updatedAt": "updated_at",
    "endedAt": "ended_at",
    "dueAt": "due_at",
    "firedAt": "fired_at",
}

JOBS = Searchable(
    table="jobs",
    columns=job_queries.COLUMNS,
    fields={
        "position": "position",
        "jobId": "job_id",
        "status": "status",
        "phase": "CASE WHEN waits_for_slot THEN 'WAITING' ELSE status END",
        "workflow": "workflow",
        "workflowId": "workflow_id",
        "versionId": "version_id",
        "versionNumber": "version_number",
        "tag": "tag",
        "correlationId": "correlation_id",
        "idempotencyKey": "idempotency_key",
        "priority": "priority",
        "causeJobId": "cause_job",
        "parentJobId": "parent_job",
        "submittedBy": "created_by",
        **{name: TIMES[name] for name in ("createdAt", "startedAt", "updatedAt", "endedAt")},
    },
    texts=("job_id", "status", "workflow", "correlation_id", "idempotency_key", "created_by"),
    identity="job_id",
    item=job_queries.item,
)

TASKS = Searchable(
    table="tasks",
    columns=f"position, {task_queries.COLUMNS}",
    fields={
        "position": "position",
        "taskId": "job_id || '.' || number",
        "jobId": "job_id",
        "workflow": "(SELECT workflow FROM jobs WHERE jobs.job_id = tasks.job_id)",
        "status": "status",
        "ref": "ref",
        "name": "name",
        "taskType": "task_type",
        "attempt": "attempt",
        "domain": "domain",
        "workerId": "worker",
        **{name: TIMES[name] for name in ("scheduledAt", "startedAt", "updatedAt", "endedAt")},
    },
    texts=("job_id", "status", "ref", "name", "task_type", "worker"),
    identity="job_id || '.' || number",
    item=task_queries.item,
)


SCHEDULES = Searchable(
    table="schedules",
    columns=schedules.COLUMNS,
    fields={
        "position": "position",
        "name": "name",
        "workflow": "workflow",
        "paused": "paused",
        **{name: TIMES[name] for name in ("createdAt", "updatedAt")},
    },
    texts=("name", "workflow"),
    identity="name",
    item=schedules.item,
)

RUNS = Searchable(
    table="schedule_runs",
    columns=schedules.RUN_COLUMNS,
    fields={
        "position": "position",
        "schedule": "schedule",
        "workflow": "workflow",
        "state": "state",
        "jobId": "job_id",
        **{name: TIMES[name] for name in ("dueAt", "firedAt")},
    },
    texts=("schedule", "workflow", "state", "job_id"),
    identity="job_id",
    item=schedules.run_item,
)


def search(
    connection: sqlite3.Connection, what: Searchable, query: Query
) -> tuple[list[dict[str, Any]], int]:
    """The items asked for, the newest first unless ordered, and how many there are in all."""
    where, values = _where(what, query)
    (total,) = connection.execute(
        f"SELECT count(*) FROM {what.table} WHERE {where}", values
    ).fetchone()
    if not query.size:
        return [], total
    rows = connection.execute(
        f"SELECT {what.columns} FROM {what.table} WHERE {where} "
        f"ORDER BY {_order(what, query.order)} LIMIT ? OFFSET ?",
        (*values, query.size, query.start),
    )
    return [what.item(row) for row in rows], total


def _where(what: Searchable, query: Query) -> tuple[str, list[str | int]]:
    parts = ["1"]
    values: list[str | int] = []
    for condition in query.conditions:
        part, more = _tested(what.fields[condition.field], condition)
        parts.append(part)
        values += more
    if query.any_text is not None:
        like = f"%{_escaped(query.any_text)}%"
        tests = [f"{one} LIKE ? ESCAPE '\\'" for one in what.texts]
        values += [like] * len(what.texts)
        if query.also:
            tests.append(f"{what.identity} IN (SELECT value FROM json_each(?))")
            values.append(orjson.dumps(query.also).decode())
        parts.append(f"({' OR '.join(tests)})")
    return " AND ".join(parts), values


def _tested(column: str, condition: Condition) -> tuple[str, Sequence[str | int]]:
    values = condition.values
    match condition.test:
        case Test.MISSING:
            return f"{column} IS NULL", ()
        case Test.PRESENT:
            return f"{column} IS NOT NULL", ()
        case Test.NOT_IN:
            return f"{column} NOT IN ({', '.join('?' * len(values))})", values
        case Test.IN:
            return f"{column} IN ({', '.join('?' * len(values))})", values
        case Test.LIKE:
            return f"{column} LIKE ? ESCAPE '\\'", (_like(str(values[0])),)
        case Test.CONTAINS:
            return f"{column} LIKE ? ESCAPE '\\'", (f"%{_escaped(str(values[0]))}%",)
    return f"{column} {condition.test.value} ?", values


def _like(pattern: str) -> str:
    return _escaped(pattern).replace("*", "%")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _order(what: Searchable, order: tuple[Order, ...]) -> str:
    named = [f"{what.fields[one.field]} {'DESC' if one.descending else 'ASC'}" for one in order]
    return ", ".join((*named, "position DESC"))

"""Lists of tasks, the newest first."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from eventstore.events import TaskStatus
from projections.paging import NEWEST, Listing, Page, Row, newest_first
from projections.times import iso, iso_or_none

COLUMNS = """job_id, number, status, ref, name, task_type, kind, attempt, iteration, retried,
    domain, worker, poll_count, scheduled_at, started_at, updated_at, ended_at"""


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """No status means every status."""

    task_type: str | None = None
    statuses: tuple[TaskStatus, ...] = ()
    job_id: str | None = None


def list_tasks(connection: sqlite3.Connection, asked: TaskFilter, page: Page) -> dict[str, Any]:
    """``tasks``, the newest first, ``cursor``."""
    listing = Listing("task.list", msgspec.to_builtins(asked), page)
    sql, runs = _query(asked)
    parameters = [(*run, listing.after(NEWEST), page.limit + 1) for run in runs]
    return listing.result("tasks", newest_first(connection, sql, parameters, page.limit), item)


def _query(asked: TaskFilter) -> tuple[str, list[tuple[Any, ...]]]:
    """A statement over one index, and the values for each of its runs."""
    statuses = asked.statuses or tuple(TaskStatus)
    if asked.job_id is not None:
        return _of_job(asked)
    if asked.task_type is not None:
        sql = _select("position", "task_type = ?", "status = ?")
        return sql, [(asked.task_type, status.value) for status in statuses]
    if asked.statuses:
        return _select("position", "status = ?"), [(status.value,) for status in statuses]
    return _select("position"), [()]


def _of_job(asked: TaskFilter) -> tuple[str, list[tuple[Any, ...]]]:
    conditions = ["job_id = ?"]
    values: list[Any] = [asked.job_id]
    if asked.task_type is not None:
        conditions.append("+task_type = ?")
        values.append(asked.task_type)
    if asked.statuses:
        conditions.append(f"+status IN ({', '.join('?' * len(asked.statuses))})")
        values += [status.value for status in asked.statuses]
    return _select("number", *conditions), [tuple(values)]


def _select(order: str, *conditions: str) -> str:
    where = " AND ".join((*conditions, f"{order} < ?"))
    return f"SELECT {order}, {COLUMNS} FROM tasks WHERE {where} ORDER BY {order} DESC LIMIT ?"


def item(row: Row) -> dict[str, Any]:
    _, job_id, number, status, ref, name, task_type, kind, attempt, iteration, *rest = row
    retried, domain, worker, poll_count, *times = rest
    scheduled_at, started_at, updated_at, ended_at = times
    return {
        "taskId": f"{job_id}.{number}",
        "jobId": job_id,
        "ref": ref,
        "name": name,
        "taskType": task_type,
        "kind": kind,
        "status": status,
        "attempt": attempt,
        "iteration": iteration,
        "retried": bool(retried),
        "domain": domain,
        "workerId": worker,
        "pollCount": poll_count,
        "scheduledAt": iso(scheduled_at),
        "startedAt": iso_or_none(started_at),
        "updatedAt": iso(updated_at),
        "endedAt": iso_or_none(ended_at),
    }

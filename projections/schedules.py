"""Schedules by name, and what they started."""

from __future__ import annotations

import sqlite3
from typing import Any

from eventstore.events import (
    ScheduleDeleted,
    ScheduleFired,
    ScheduleJobRefused,
    ScheduleJobStarted,
    SchedulePaused,
    ScheduleResumed,
    ScheduleSaved,
)
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.paging import Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso

SCHEDULES = Table(name="schedules", key=("name",))
RUNS = Table(name="schedule_runs", key=("job_id",))
STREAMS = "schedule/"

ASKED, STARTED, REFUSED = "ASKED", "STARTED", "REFUSED"

SCHEMA = """
CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    paused INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE schedule_runs (
    job_id TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    workflow TEXT NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    fired_at INTEGER NOT NULL,
    answered_at_position INTEGER,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX schedule_runs_by_position ON schedule_runs (position);
CREATE INDEX schedule_runs_by_schedule ON schedule_runs (schedule, position);
"""

COLUMNS = "position, name, workflow, paused, created_at, updated_at"
RUN_COLUMNS = (
    "position, job_id, schedule, workflow, zone, state, due_at, fired_at, answered_at_position"
)


_LIST = """
SELECT name, workflow, paused, created_at, updated_at FROM schedules
WHERE name > ?1 AND (?2 IS NULL OR workflow = ?2) ORDER BY name LIMIT ?3
"""


def list_schedules(
    connection: sqlite3.Connection, workflow: str | None, page: Page
) -> dict[str, Any]:
    """``schedules`` by name, ``cursor``."""
    listing = Listing("schedule.list", {"workflow": workflow}, page)
    parameters = (listing.after(""), workflow, page.limit + 1)
    rows = connection.execute(_LIST, parameters).fetchall()
    return listing.result("schedules", rows, lambda row: item((0, *row)))


def item(row: Row) -> dict[str, Any]:
    _, name, workflow, paused, created_at, updated_at = row
    return {
        "name": name,
        "workflow": workflow,
        "paused": bool(paused),
        "createdAt": iso(created_at),
        "updatedAt": iso(updated_at),
    }


def run_item(row: Row) -> dict[str, Any]:
    """``answerPosition``: of the event that says whether a job was started, and why not."""
    position, job_id, schedule, workflow, zone, state, due_at, fired_at, answered = row
    return {
        "schedule": schedule,
        "workflow": workflow,
        "zone": zone,
        "state": state,
        "dueAt": iso(due_at),
        "firedAt": iso(fired_at),
        "jobId": job_id,
        "position": position,
        "answerPosition": answered,
    }


def _name(recorded: Recorded) -> str:
    return recorded.stream.removeprefix(STREAMS)


def _saved(recorded: Recorded, event: ScheduleSaved, rows: Rows) -> None:
    key = (event.name,)
    before = rows.load(
        SCHEDULES, key, dict(rows.new(SCHEDULES, key) or {}), ("created_at", "position")
    )
    columns = {
        "workflow": event.workflow,
        "paused": int(event.paused),
        "created_at": before.get("created_at", recorded.at),
        "updated_at": recorded.at,
        "position": before.get("position", recorded.position),
    }
    rows.put(SCHEDULES, key, columns)


def _paused(recorded: Recorded, _: SchedulePaused, rows: Rows) -> None:
    row = rows.at(SCHEDULES, (_name(recorded),))
    row.update(paused=1, updated_at=recorded.at)


def _resumed(recorded: Recorded, _: ScheduleResumed, rows: Rows) -> None:
    row = rows.at(SCHEDULES, (_name(recorded),))
    row.update(paused=0, updated_at=recorded.at)


def _deleted(recorded: Recorded, _: ScheduleDeleted, rows: Rows) -> None:
    rows.remove(SCHEDULES, (_name(recorded),))


def _fired(recorded: Recorded, event: ScheduleFired, rows: Rows) -> None:
    columns = {
        "schedule": _name(recorded),
        "workflow": event.workflow,
        "zone": event.zone,
        "state": ASKED,
        "due_at": event.due_at,
        "fired_at": recorded.at,
        "answered_at_position": None,
        "position": recorded.position,
    }
    rows.put(RUNS, (event.job_id,), columns)


def _started(recorded: Recorded, event: ScheduleJobStarted, rows: Rows) -> None:
    row = rows.at(RUNS, (event.job_id,))
    row.update(state=STARTED, answered_at_position=recorded.position)


def _refused(recorded: Recorded, event: ScheduleJobRefused, rows: Rows) -> None:
    row = rows.at(RUNS, (event.job_id,))
    row.update(state=REFUSED, answered_at_position=recorded.position)


MODEL = ReadModel(
    name="schedules",
    schema=SCHEMA,
    handlers={
        ScheduleSaved: _saved,
        SchedulePaused: _paused,
        ScheduleResumed: _resumed,
        ScheduleDeleted: _deleted,
        ScheduleFired: _fired,
        ScheduleJobStarted: _started,
        ScheduleJobRefused: _refused,
    },
)

"""Messages and how much of each is left to do."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from eventstore.events import ActionEnded, HandlerMatched, HandlerPassedOver, MessagePublished
from eventstore.store import Recorded
from projections.model import ReadModel
from projections.paging import NEWEST, Listing, Page, Row
from projections.rows import Rows, Table
from projections.times import iso

MESSAGES = Table(name="messages", key=("message_id",))
STREAMS = "message/"

SCHEMA = """
CREATE TABLE messages (
    message_id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    event TEXT NOT NULL,
    job_id TEXT,
    handlers INTEGER NOT NULL,
    left INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX messages_by_position ON messages (position);
CREATE INDEX messages_by_event ON messages (event, position);
CREATE INDEX messages_open ON messages (position) WHERE left > 0;
"""


class MessageFilter(msgspec.Struct, frozen=True, kw_only=True):
    event: str | None = None
    open_only: bool = False


def list_messages(
    connection: sqlite3.Connection, asked: MessageFilter, page: Page
) -> dict[str, Any]:
    """``messages``, the newest first, without their payloads, ``cursor``."""
    listing = Listing("message.list", msgspec.to_builtins(asked), page)
    conditions = ["position < ?"]
    values: list[Any] = [listing.after(NEWEST)]
    if asked.event is not None:
        conditions.append("event = ?")
        values.append(asked.event)
    if asked.open_only:
        conditions.append("left > 0")
    sql = (
        "SELECT position, message_id, event, job_id, handlers, left, published_at, published_by"
        f" FROM messages WHERE {' AND '.join(conditions)} ORDER BY position DESC LIMIT ?"
    )
    rows = connection.execute(sql, (*values, page.limit + 1)).fetchall()
    return listing.result("messages", rows, _item)


def _published(recorded: Recorded, event: MessagePublished, rows: Rows) -> None:
    columns = {
        "position": recorded.position,
        "event": event.event,
        "job_id": event.job,
        "handlers": len(event.handlers),
        "left": len(event.handlers),
        "published_at": recorded.at,
        "published_by": recorded.actor,
    }
    rows.put(MESSAGES, (event.message_id,), columns)


def _matched(recorded: Recorded, event: HandlerMatched, rows: Rows) -> None:
    """What was one handler to decide about is its actions to carry out."""
    _count(recorded, rows, event.actions - 1)


def _done(recorded: Recorded, _: HandlerPassedOver | ActionEnded, rows: Rows) -> None:
    _count(recorded, rows, -1)


def _count(recorded: Recorded, rows: Rows, more: int) -> None:
    key = (recorded.stream.removeprefix(STREAMS),)
    row = rows.load(MESSAGES, key, rows.at(MESSAGES, key), ("left",))
    row["left"] += more


def _item(row: Row) -> dict[str, Any]:
    position, message_id, event, job_id, handlers, left, at, by = row
    return {
        "messageId": message_id,
        "event": event,
        "jobId": job_id,
        "handlers": handlers,
        "open": left > 0,
        "publishedAt": iso(at),
        "publishedBy": by,
        "position": position,
    }


MODEL = ReadModel(
    name="messages",
    schema=SCHEMA,
    handlers={
        MessagePublished: _published,
        HandlerMatched: _matched,
        HandlerPassedOver: _done,
        ActionEnded: _done,
    },
)

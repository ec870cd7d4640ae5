"""Reading a SQLite log: every function runs on a read-only connection, in one snapshot."""

from __future__ import annotations

import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import orjson

from eventstore.chain import Row
from eventstore.codec import NOTHING_SPILLED, decode_stored, document_digest
from eventstore.connection import Connection
from eventstore.events import ValuesErased
from eventstore.sql import statements
from eventstore.store import Damaged, Head, Recorded, StreamRow
from eventstore.verify import Page, Problem, erasure_of

T = TypeVar("T")

_READ = statements("read")
_VERIFY = statements("verify")
_DOCUMENTS_PER_STEP = 64
_FEW_STREAMS = 1_000
_ALL = -1
_LAST_CHARACTER = chr(sys.maxunicode)


class SqliteReads(ABC):
    """The reading half of the port, over one read-only connection."""

    _reads: Connection

    @abstractmethod
    def _last_readable(self) -> int:
        """The last position that readers may see."""

    async def read(
        self, stream: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        some = (stream, after, self._last_readable(), _ALL if limit is None else limit)
        return await self._run(lambda raw: _recorded(raw, _READ["stream"], some))

    async def read_all(
        self, *, after: int = 0, limit: int, streams: str | None = None
    ) -> list[Recorded]:
        through = self._last_readable()
        if streams is None:
            every = (after, through, limit)
            return await self._run(lambda raw: _recorded(raw, _READ["all"], every))
        span = _span(streams)
        some = (after, through, *span, limit)
        return await self._run(lambda raw: _recorded(raw, _of_streams(raw, span), some))

    async def stream_row(self, stream: str) -> StreamRow | None:
        def look_up(raw: sqlite3.Connection) -> StreamRow | None:
            row = raw.execute(_READ["stream_row"], (stream,)).fetchone()
            return None if row is None else _stream_row(row)

        return await self._run(look_up)

    async def open_streams(self, *, prefix: str) -> list[StreamRow]:
        return await self._run(
            lambda raw: [
                _stream_row(row) for row in raw.execute(_READ["open_streams"], _span(prefix))
            ]
        )

    async def document(self, digest: str) -> bytes:
        def look_up(raw: sqlite3.Connection) -> bytes:
            row = raw.execute(_READ["document"], (digest,)).fetchone()
            if row is None:
                raise LookupError(f"the log has no document {digest}")
            content: bytes = row[0]
            if document_digest(content) != digest:
                raise Damaged(0, f"document {digest} is not what was stored")
            return content

        return await self._run(look_up)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def in_snapshot(raw: sqlite3.Connection) -> T:
            with snapshot(raw):
                return work(raw)

        try:
            return await self._reads.run(in_snapshot)
        except sqlite3.DatabaseError as error:
            raise Damaged(0, f"the log cannot be read: {error}") from error


class SqliteEvidence:
    """What ``verify`` walks. Takes a page at a time, so that the WAL can be reset between."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def ends(self) -> tuple[Head, int]:
        def look_up(raw: sqlite3.Connection) -> tuple[Head, int]:
            *head, end = raw.execute(_VERIFY["head"]).fetchone()
            return Head(*head), end

        return await self._connection.run(look_up)

    async def hash_at(self, position: int) -> bytes | None:
        def look_up(raw: sqlite3.Connection) -> bytes | None:
            row = raw.execute(_VERIFY["hash"], (position,)).fetchone()
            return None if row is None else row[0]

        return await self._connection.run(look_up)

    async def page(self, after: int, through: int, limit: int) -> Page:
        def look_up(raw: sqlite3.Connection) -> Page:
            with snapshot(raw):
                rows = _rows(raw, after, through, limit)
                last = rows[-1][0].position if rows else after
                references = raw.execute(_VERIFY["references"], (after, last)).fetchall()
                return Page(rows, set(references))

        return await self._connection.run(look_up)

    async def erasure(self, position: int) -> ValuesErased | None:
        def look_up(raw: sqlite3.Connection) -> ValuesErased | None:
            row = raw.execute(_VERIFY["erasure"], (position,)).fetchone()
            return None if row is None else erasure_of(*row)

        return await self._connection.run(look_up)

    async def bookkeeping(self) -> Problem | None:
        def look_up(raw: sqlite3.Connection) -> Problem | None:
            with snapshot(raw):
                return _first_difference(raw)

        return await self._connection.run(look_up) or await self._changed_document()

    async def _changed_document(self) -> Problem | None:
        step = _DocumentStep()
        while not step.done:
            if (problem := await self._connection.run(step)) is not None:
                return problem
        return None


class _DocumentStep:
    """Checks a few documents against their names at each call."""

    def __init__(self) -> None:
        self.done = False
        self._last = ""

    def __call__(self, raw: sqlite3.Connection) -> Problem | None:
        page = raw.execute(_VERIFY["documents"], (self._last, _DOCUMENTS_PER_STEP)).fetchall()
        for digest, content in page:
            if not isinstance(content, bytes) or document_digest(content) != digest:
                position = raw.execute(_VERIFY["referrer"], (digest,)).fetchone()[0]
                return Problem(position, f"document {digest} is not what was stored")
            self._last = digest
        self.done = not page
        return None


def _rows(
    raw: sqlite3.Connection, after: int, through: int, limit: int
) -> list[tuple[Row, bytes | None]]:
    try:
        rows = raw.execute(_VERIFY["page"], (after, through, limit)).fetchall()
    except sqlite3.DatabaseError as error:
        if limit > 1:  # what comes before the unreadable row can be walked
            return _rows(raw, after, through, limit // 2)
        raise Damaged(after + 1, f"the row cannot be read: {error}") from error
    return [(Row._make(row[:-1]), row[-1]) for row in rows]


@contextmanager
def snapshot(raw: sqlite3.Connection) -> Iterator[None]:
    """Everything read within is of one moment."""
    raw.execute("BEGIN")
    try:
        yield
    finally:
        raw.execute("ROLLBACK")


def _span(prefix: str) -> tuple[str, str]:
    return prefix, prefix + _LAST_CHARACTER


def _of_streams(raw: sqlite3.Connection, span: tuple[str, str]) -> str:
    """Few streams are read stream by stream; many are most of the log and read along it."""
    found = raw.execute(_READ["count_streams"], (*span, _FEW_STREAMS + 1)).fetchone()[0]
    return _READ["few_streams"] if found <= _FEW_STREAMS else _READ["many_streams"]


def _recorded(raw: sqlite3.Connection, sql: str, parameters: tuple[object, ...]) -> list[Recorded]:
    return [_decoded(raw, Row._make(row)) for row in raw.execute(sql, parameters).fetchall()]


def _decoded(raw: sqlite3.Connection, row: Row) -> Recorded:
    spilled = NOTHING_SPILLED if row.refs is None else _contents(raw, row, row.refs)
    event = decode_stored(row.position, row.type, row.shape, row.payload, row.values, spilled)
    return Recorded(
        row.position,
        row.stream,
        row.sequence,
        event,
        row.at,
        row.actor,
        row.request,
        row.cause,
        row.trace,
        row.epoch,
        row.decider,
        row.hash,
    )


def _contents(raw: sqlite3.Connection, row: Row, refs: str) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for field, digest in orjson.loads(refs).items():
        found = raw.execute(_READ["content"], (digest,)).fetchone()
        if found is None:
            raise Damaged(row.position, f"the {field} that lies apart is missing")
        contents[field] = found[0]
    return contents


def _stream_row(row: tuple[str, int, int, int, int | None]) -> StreamRow:
    stream, sequence, last_position, is_open, due_at = row
    return StreamRow(stream, sequence, last_position, bool(is_open), due_at)


def _first_difference(raw: sqlite3.Connection) -> Problem | None:
    checks = ("streams_without_row", "rows_without_stream", "requests", "missing_contents")
    found = [raw.execute(_VERIFY[check]).fetchone() for check in checks]
    return min((Problem(*row) for row in found if row is not None), default=None)

"""One commit group, one transaction: what runs on the writing connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import orjson

from eventstore.bookkeeping import Gathered, gathered
from eventstore.chain import Chained, rows_of
from eventstore.codec import erased_values
from eventstore.pending import Erasure, Queued
from eventstore.salts import RandomBytes, Salts
from eventstore.sql import statements
from eventstore.store import Conflict, Entry, Head, RequestTaken

_WRITE = statements("write")
_READ = statements("read")
_ERASE = statements("erase")


class GroupWriter:
    """Writes groups one after another. What it remembers moves on with the commit only."""

    def __init__(
        self, head: Head, *, spill_above: int, known_streams: int, random_bytes: RandomBytes
    ) -> None:
        self._head = head
        self._spill_above = spill_above
        self._known_streams = known_streams
        self._salts = Salts(random_bytes, known_streams=known_streams)
        self._forms: set[tuple[str, int]] = set()
        self._documents: set[str] = set()
        """Stored ones that stay: the same few come with every submit."""

    def commit(self, raw: sqlite3.Connection, group: Sequence[Queued]) -> Chained:
        """Raises Conflict and RequestTaken, and what SQLite raises; nothing is written then,
        unless SQLite says that it failed to write."""
        found = gathered(group)
        raw.execute("BEGIN IMMEDIATE")
        try:
            _compare(raw, (one for one in found.unchecked if one.expected or not one.events))
            chained = self._write(raw, found)
            raw.execute("COMMIT")
        except BaseException:
            self._salts.lost()
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        self._remember(found, chained)
        return chained

    def _write(self, raw: sqlite3.Connection, found: Gathered) -> Chained:
        self._salts.begin(lambda stream: _stored_salt(raw, stream), found.created)
        chained = rows_of(found.batches, self._head, self._salts, spill_above=self._spill_above)
        _write_events(raw, found, chained)
        raw.executemany(_WRITE["salt"], self._salts.new.items())
        raw.executemany(_WRITE["stream"], found.streams.values())
        _write_requests(raw, found)
        self._write_documents(raw, found, chained)
        if not chained.forms <= self._forms:
            raw.executemany(_WRITE["form"], chained.forms - self._forms)
        for erasure, position in found.erasures:
            _erase(raw, erasure, position)
        raw.execute(_WRITE["head"], chained.head)
        return chained

    def _write_documents(self, raw: sqlite3.Connection, found: Gathered, chained: Chained) -> None:
        new = [
            (digest, content, 1)
            for digest, content in found.documents.items()
            if digest not in self._documents
        ]
        raw.executemany(_WRITE["document"], new)
        if chained.contents:
            raw.executemany(
                _WRITE["document"],
                [(digest, content, 0) for digest, content in chained.contents.items()],
            )
            raw.executemany(_WRITE["reference"], chained.references)

    def _remember(self, found: Gathered, chained: Chained) -> None:
        self._head = chained.head
        self._forms |= chained.forms
        if len(self._documents) > self._known_streams:
            self._documents.clear()
        self._documents |= found.documents.keys()
        self._salts.settled()
        for erasure, _ in found.erasures:
            self._salts.pop(erasure.stream, None)


def _compare(raw: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Streams that ``append`` did not know. One that an earlier batch of the group changed
    was known to it, so the table says what to compare with."""
    for entry in entries:
        row = raw.execute(_READ["sequence"], (entry.stream,)).fetchone()
        actual = 0 if row is None else row[0]
        if actual != entry.expected:
            raise Conflict(entry.stream, entry.expected, actual)


def _stored_salt(raw: sqlite3.Connection, stream: str) -> bytes | None:
    row = raw.execute(_READ["salt"], (stream,)).fetchone()
    return None if row is None else row[0]


def _write_events(raw: sqlite3.Connection, found: Gathered, chained: Chained) -> None:
    """That a stream which is to begin does not exist yet is compared by the events' own
    index: most groups begin many, and each lookup would cost as much as an event."""
    try:
        raw.executemany(_WRITE["event"], chained.rows)
    except sqlite3.IntegrityError:
        _compare(raw, found.unchecked)
        raise
    if chained.refs:
        raw.executemany(_WRITE["refs"], [(refs, at) for at, refs in chained.refs.items()])


def _write_requests(raw: sqlite3.Connection, found: Gathered) -> None:
    try:
        raw.executemany(_WRITE["request"], found.requests)
    except sqlite3.IntegrityError:
        for actor, request_id, *_, first, _ in found.requests:
            row = raw.execute(_READ["request"], (actor, request_id)).fetchone()
            if row is not None and row[2] != first:
                raise RequestTaken(actor, request_id) from None
        raise


def _erase(raw: sqlite3.Connection, erasure: Erasure, position: int) -> None:
    """Bytes, salt, and what no other event refers to."""
    digests: set[str] = set()
    for erased, values, refs in raw.execute(_ERASE["values"], erasure).fetchall():
        spilled = {} if refs is None else orjson.loads(refs)
        digests.update(spilled.values())
        marks = erased_values(values, spilled, position)
        raw.execute(_ERASE["event"], (marks, position, erased))
        raw.execute(_ERASE["references"], (erased,))
    raw.executemany(_ERASE["content"], [(digest,) for digest in sorted(digests)])
    raw.execute(_ERASE["salt"], (erasure.stream,))

"""One commit group, one transaction: what runs on the writing connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import orjson

from eventstore.bookkeeping import documents_of, requests_of, stream_changes
from eventstore.chain import SALT_BYTES, Chained, rows_of, streams_with_values
from eventstore.codec import erased_values
from eventstore.pending import Erasure, Queued
from eventstore.sql import statements
from eventstore.store import Conflict, Head, RequestTaken

RandomBytes = Callable[[int], bytes]

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
        self._random_bytes = random_bytes
        self._salts: dict[str, bytes] = {}
        self._forms: set[tuple[str, int]] = set()

    def commit(self, raw: sqlite3.Connection, group: Sequence[Queued]) -> Chained:
        """Raises Conflict and RequestTaken, and what SQLite raises; nothing is written then,
        unless SQLite says that it failed to write."""
        raw.execute("BEGIN IMMEDIATE")
        try:
            _check_unchecked(raw, group)
            salts = self._salts_for(raw, group)
            chained = self._write(raw, group, salts)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        self._remember(group, salts, chained)
        return chained

    def _write(
        self, raw: sqlite3.Connection, group: Sequence[Queued], salts: dict[str, bytes]
    ) -> Chained:
        batches = [queued.batch for queued in group]
        chained = rows_of(batches, self._head, salts, spill_above=self._spill_above)
        raw.executemany(_WRITE["event"], chained.rows)
        raw.executemany(_WRITE["refs"], [(refs, at) for at, refs in chained.refs.items()])
        raw.executemany(
            _WRITE["stream"],
            [
                (stream, to.sequence, to.last_position, to.open, to.due_at, to.clears_due)
                for stream, to in stream_changes(group).items()
            ],
        )
        _write_requests(raw, group)
        _write_documents(raw, group, chained)
        raw.executemany(_WRITE["form"], _forms_of(chained) - self._forms)
        for queued in group:
            if queued.erasure is not None:
                _erase(raw, queued.erasure, queued.first)
        raw.execute(_WRITE["head"], chained.head)
        return chained

    def _salts_for(self, raw: sqlite3.Connection, group: Sequence[Queued]) -> dict[str, bytes]:
        """The salt of each stream that may get user data; missing ones are drawn at once."""
        streams = streams_with_values([queued.batch for queued in group])
        salts = {stream: self._salts[stream] for stream in streams & self._salts.keys()}
        for stream in streams - salts.keys() - _created(group):
            row = raw.execute(_READ["salt"], (stream,)).fetchone()
            if row is not None:
                salts[stream] = row[0]
        missing = sorted(streams - salts.keys())
        drawn = self._random_bytes(SALT_BYTES * len(missing))
        for place, stream in enumerate(missing):
            salts[stream] = drawn[place * SALT_BYTES : (place + 1) * SALT_BYTES]
        raw.executemany(_WRITE["salt"], [(stream, salts[stream]) for stream in missing])
        return salts

    def _remember(self, group: Sequence[Queued], salts: dict[str, bytes], chained: Chained) -> None:
        self._head = chained.head
        self._forms |= _forms_of(chained)
        if len(self._salts) > self._known_streams:
            self._salts.clear()
        self._salts |= salts
        for queued in group:
            if queued.erasure is not None:
                self._salts.pop(queued.erasure.stream, None)


def _created(group: Iterable[Queued]) -> set[str]:
    """Streams that the comparisons found to begin with this group: they have no salt yet."""
    return {entry.stream for queued in group for entry in queued.unchecked if entry.expected == 0}


def _forms_of(chained: Chained) -> set[tuple[str, int]]:
    return {row[3:5] for row in chained.rows}


def _check_unchecked(raw: sqlite3.Connection, group: Iterable[Queued]) -> None:
    """Compare the streams that ``append`` did not know. A stream that an earlier batch of
    the group changed was known to it, so the table says what to compare with."""
    for queued in group:
        for entry in queued.unchecked:
            row = raw.execute(_READ["sequence"], (entry.stream,)).fetchone()
            actual = 0 if row is None else row[0]
            if actual != entry.expected:
                raise Conflict(entry.stream, entry.expected, actual)


def _write_requests(raw: sqlite3.Connection, group: Sequence[Queued]) -> None:
    requests = requests_of(group)
    try:
        raw.executemany(_WRITE["request"], requests)
    except sqlite3.IntegrityError:
        for actor, request_id, *_, first, _ in requests:
            row = raw.execute(_READ["request"], (actor, request_id)).fetchone()
            if row is not None and row[2] != first:
                raise RequestTaken(actor, request_id) from None
        raise


def _write_documents(raw: sqlite3.Connection, group: Sequence[Queued], chained: Chained) -> None:
    documents = documents_of(group)
    if documents:
        raw.executemany(
            _WRITE["document"], [(digest, content, 1) for digest, content in documents.items()]
        )
    if chained.contents:
        raw.executemany(
            _WRITE["document"],
            [(digest, content, 0) for digest, content in chained.contents.items()],
        )
        raw.executemany(_WRITE["reference"], chained.references)


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

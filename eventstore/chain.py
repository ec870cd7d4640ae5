"""The hash chain: from queued batches to rows, and from rows back to a verdict on each.

    hash   = SHA-256(hash before + envelope + payload + digest)
    digest = SHA-256(salt + values + refs), absent when the event carries no user data

``envelope`` is the JSON array, without spaces, of position, stream, sequence, type,
shape, at, actor, request, cause, trace, epoch and decider; ``payload``, ``values`` and
``refs`` (field to content digest of what lies in ``documents``) are the stored texts.
Because user data enters through its digest alone, erasing it and its salt later leaves
the chain whole, and the salt keeps anybody from guessing short values.

Whoever can write the file can compute the whole chain anew. Only a head kept elsewhere
shows that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from orjson import dumps

from eventstore.codec import SPLITTERS, document_digest, spill
from eventstore.events import Event
from eventstore.store import Batch, Head, Recorded

GENESIS = Head(0, bytes(32), 1)
"""The head of an empty log."""


class Row(NamedTuple):
    """One row of ``events``, in the order of its columns."""

    position: int
    stream: str
    sequence: int
    type: str
    shape: int
    at: int
    actor: str
    request: str | None
    cause: int | None
    trace: str | None
    epoch: int
    decider: int
    payload: str
    values: str | None
    refs: str | None
    digest: bytes | None
    erased: int | None
    """Position of the ``ValuesErased`` that took the user data; not part of the chain."""
    hash: bytes


NewRow = tuple[
    int, str, int, str, int, int, str, str | int, int, str | int, int, int,
    str, str | int, bytearray | int, bytearray,
]  # fmt: skip
"""A row about to be written: envelope, payload, values, digest and hash, as sqlite3 binds
them fastest. It takes text, numbers and bytearrays as they are, but asks for an adapter for
each None and each bytes, at more than the cost of all the rest; so ``ABSENT`` stands for
NULL, and what is nearly always NULL is not in it."""

ABSENT = 0
"""In a ``NewRow`` for NULL; no text, no blob and no position is equal to it."""


class Chained(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit group writes beside its bookkeeping."""

    rows: list[NewRow]
    refs: dict[int, str]
    """The column ``refs`` of the few rows that have it, by position."""
    recorded: list[Recorded]
    head: Head
    contents: dict[str, bytes]
    """User data too large for its row, by content digest."""
    references: list[tuple[int, str]]
    """(position, content digest) of what the rows of this group refer to."""
    forms: set[tuple[str, int]]
    """(type, shape) of the events."""

    def whole_rows(self) -> list[Row]:
        return [self._whole(row) for row in self.rows]

    def _whole(self, row: NewRow) -> Row:
        whole: list[Any] = list(row)
        for place in _MAY_BE_ABSENT:
            if whole[place] == ABSENT:
                whole[place] = None
        digest = whole[14] and bytes(whole[14])
        whole[14:] = (self.refs.get(row[0]), digest, None, bytes(row[15]))
        return Row._make(whole)


_MAY_BE_ABSENT = (7, 8, 9, 13, 14)


def rows_of(
    batches: Iterable[Batch], head: Head, salts: Mapping[str, bytes], *, spill_above: int
) -> Chained:
    """The rows that follow ``head``. ``salts`` is asked for the salt of each stream that
    gets user data. Raises TypeError or ValueError for an event that cannot be stored."""
    chain = _Chain(head, salts, spill_above)
    chain.add(batches)
    return chain.chained()


class _Chain:
    def __init__(self, head: Head, salts: Mapping[str, bytes], spill_above: int) -> None:
        self._head = head
        self._salts = salts
        self._spill_above = spill_above
        self._rows: list[NewRow] = []
        self._refs: dict[int, str] = {}
        self._recorded: list[Recorded] = []
        self._contents: dict[str, bytes] = {}
        self._references: list[tuple[int, str]] = []

    def chained(self) -> Chained:
        return Chained(
            rows=self._rows,
            refs=self._refs,
            recorded=self._recorded,
            head=self._head,
            contents=self._contents,
            references=self._references,
            forms=set(map(_FORM, self._rows)),
        )

    def add(self, batches: Iterable[Batch]) -> None:
        """One loop over all events of a group and no call of our own per event but
        ``split``: this runs for every event there is."""
        salts, spill_above = self._salts, self._spill_above
        add_row, add_recorded = self._rows.append, self._recorded.append
        position, hash, epoch = self._head
        for batch in batches:
            at, actor, trace, decider = batch.at, batch.actor, batch.trace, batch.decider
            request = None if batch.request is None else batch.request.request_id
            kept_request = ABSENT if request is None else request
            kept_trace = ABSENT if trace is None else trace
            fact, cause = position + 1, batch.cause
            for entry in batch.entries:
                stream, sequence = entry.stream, entry.expected
                for event in entry.events:
                    position += 1
                    sequence += 1
                    name, shape, split = SPLITTERS[type(event)]
                    payload, values = split(event)
                    envelope = (
                        position, stream, sequence, name, shape, at,
                        actor, request, cause, trace, epoch, decider,
                    )  # fmt: skip
                    kept: str | int = ABSENT
                    stored: bytearray | int = ABSENT
                    if values is None:
                        hash = sha256(hash + dumps(envelope) + payload).digest()
                    else:
                        refs = b""
                        if len(values) > spill_above:
                            values, refs = self._spilled(position, event)
                        digest = sha256(salts[stream] + values + refs).digest()
                        hash = sha256(hash + dumps(envelope) + payload + digest).digest()
                        kept, stored = values.decode(), bytearray(digest)
                    row: NewRow = (
                        position, stream, sequence, name, shape, at, actor,
                        kept_request, cause or ABSENT, kept_trace, epoch, decider,
                        payload.decode(), kept, stored, bytearray(hash),
                    )  # fmt: skip
                    add_row(row)
                    recorded = Recorded(
                        position, stream, sequence, event, at, actor,
                        request, cause, trace, epoch, decider, hash,
                    )  # fmt: skip
                    add_recorded(recorded)
                    cause = fact
        self._head = Head(position, hash, epoch)

    def _spilled(self, position: int, event: Event) -> tuple[bytes, bytes]:
        """The values that stay in the row, and the column ``refs`` for those that do not."""
        values, spilled = spill(event, self._spill_above)
        if not spilled:
            return values, b""
        digests = {field: document_digest(content) for field, content in spilled.items()}
        for field, digest in digests.items():
            self._contents[digest] = spilled[field]
        self._references += [(position, digest) for digest in set(digests.values())]
        refs = dumps(digests)
        self._refs[position] = refs.decode()
        return values, refs


_FORM = itemgetter(3, 4)


def values_digest(salt: bytes, values: bytes, refs: bytes | None) -> bytes:
    return sha256(salt + values + (refs or b"")).digest()


def link(
    previous: bytes, envelope: tuple[object, ...], payload: bytes, digest: bytes | None
) -> bytes:
    """The hash of the event that follows the one whose hash is ``previous``."""
    return sha256(previous + dumps(envelope) + payload + (digest or b"")).digest()

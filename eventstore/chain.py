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

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import orjson

from eventstore.codec import document_digest, encode
from eventstore.events import Event
from eventstore.store import Batch, Head, Recorded

GENESIS = Head(0, bytes(32), 1)
"""The head of an empty log."""

SALT_BYTES = 16


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
    int, str, int, str, int, int, str, str | None, int | None, str | None, int, int,
    str, str | None, bytearray | None, bytearray,
]  # fmt: skip
"""A row about to be written: envelope, payload, values, digest and hash, as sqlite3 binds
them fastest. It takes text, numbers and bytearrays as they are, but asks for an adapter for
each None and each bytes, at more than the cost of all the rest; so what is nearly always
NULL is not in it."""


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

    def whole_rows(self) -> list[Row]:
        return [self._whole(row) for row in self.rows]

    def _whole(self, row: NewRow) -> Row:
        digest = None if row[14] is None else bytes(row[14])
        return Row(*row[:14], self.refs.get(row[0]), digest, None, bytes(row[15]))


def streams_with_values(batches: Sequence[Batch]) -> set[str]:
    """The streams for which ``rows_of`` needs a salt."""
    return {
        entry.stream
        for batch in batches
        for entry in batch.entries
        if any(event.values for event in entry.events)
    }


def rows_of(
    batches: Sequence[Batch], head: Head, salts: Mapping[str, bytes], *, spill_above: int
) -> Chained:
    """The rows that follow ``head``. Raises TypeError or ValueError for an event that
    cannot be stored."""
    chain = _Chain(head, salts, spill_above)
    for batch in batches:
        chain.add(batch)
    return chain.chained()


class _Chain:
    def __init__(self, head: Head, salts: Mapping[str, bytes], spill_above: int) -> None:
        self._position = head.position
        self._hash = head.hash
        self._epoch = head.epoch
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
            head=Head(self._position, self._hash, self._epoch),
            contents=self._contents,
            references=self._references,
        )

    def add(self, batch: Batch) -> None:
        fact = self._position + 1
        request = None if batch.request is None else batch.request.request_id
        for entry in batch.entries:
            for sequence, event in enumerate(entry.events, entry.expected + 1):
                self._position += 1
                cause = batch.cause if self._position == fact else fact
                self._link(batch, request, cause, entry.stream, sequence, event)

    def _link(
        self,
        batch: Batch,
        request: str | None,
        cause: int | None,
        stream: str,
        sequence: int,
        event: Event,
    ) -> None:
        name = type(event).__name__
        payload, values, spilled = encode(event, spill_above=self._spill_above)
        refs = self._refer(spilled) if spilled else None
        digest = None
        if values is not None:
            digest = values_digest(self._salts[stream], values, refs)
        envelope = (
            self._position,
            stream,
            sequence,
            name,
            event.shape,
            batch.at,
            batch.actor,
            request,
            cause,
            batch.trace,
            self._epoch,
            batch.decider,
        )
        self._hash = link(self._hash, envelope, payload, digest)
        self._rows.append(
            (
                *envelope,
                payload.decode(),
                None if values is None else values.decode(),
                None if digest is None else bytearray(digest),
                bytearray(self._hash),
            )
        )
        self._recorded.append(
            Recorded(
                self._position,
                stream,
                sequence,
                event,
                batch.at,
                batch.actor,
                request,
                cause,
                batch.trace,
                self._epoch,
                batch.decider,
                self._hash,
            )
        )

    def _refer(self, spilled: Mapping[str, bytes]) -> bytes:
        digests = {field: document_digest(content) for field, content in spilled.items()}
        for field, digest in digests.items():
            self._contents[digest] = spilled[field]
        self._references += [(self._position, digest) for digest in set(digests.values())]
        refs = orjson.dumps(digests)
        self._refs[self._position] = refs.decode()
        return refs


def values_digest(salt: bytes, values: bytes, refs: bytes | None) -> bytes:
    return sha256(salt + values + (refs or b"")).digest()


def link(
    previous: bytes, envelope: tuple[object, ...], payload: bytes, digest: bytes | None
) -> bytes:
    """The hash of the event that follows the one whose hash is ``previous``."""
    return sha256(previous + orjson.dumps(envelope) + payload + (digest or b"")).digest()

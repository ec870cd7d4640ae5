"""The walk through the chain: does the log say what was written?

It finds a changed, deleted, inserted or moved event, damaged or swapped user data, user
data that is gone without a ``ValuesErased``, a head row or bookkeeping that differs from
the events. It cannot find a chain that somebody computed anew to its end, nor events cut
off the end together with head and bookkeeping: compare the head with one kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec
import orjson

from eventstore.chain import GENESIS, Row, link, values_digest
from eventstore.codec import erased_values
from eventstore.events import ValuesErased
from eventstore.store import Damaged, Head, Verdict


class Problem(NamedTuple):
    position: int
    says: str


class Page(NamedTuple):
    """A stretch of the log, by position."""

    rows: Sequence[tuple[Row, bytes | None]]
    """With the salt of their stream."""
    references: set[tuple[int, str]]
    """(position, content digest) of the user data that lies apart."""


class Evidence(Protocol):
    """What a back end shows to the walk."""

    async def ends(self) -> tuple[Head, int]:
        """The head row and the position of the last event."""

    async def hash_at(self, position: int) -> bytes | None: ...

    async def page(self, after: int, through: int, limit: int) -> Page:
        """Of one moment. Raises Damaged for a row that cannot even be read."""

    async def erasure(self, position: int) -> ValuesErased | None: ...

    async def bookkeeping(self) -> Problem | None:
        """The first thing beside the chain that is not what the events say."""


async def verify(
    evidence: Evidence, *, after: int, page_events: int, chain_only: bool = False
) -> Verdict:
    """``after`` must be 0 or a position of the log, whose hash is then taken on trust; the
    bookkeeping is compared when it is 0, unless ``chain_only``."""
    head, end = await evidence.ends()
    start = GENESIS.hash if after == 0 else await evidence.hash_at(after)
    if start is None:
        raise LookupError(f"the log has no position {after} to verify from")
    walk = Walk(after, start)
    try:
        problem = await _walk(evidence, walk, head, page_events) or walk.missed(head, end)
        problem = problem or await _unproved(evidence, walk)
        if problem is None and after == 0 and not chain_only:
            problem = await evidence.bookkeeping()
    except Damaged as error:
        problem = Problem(error.position, error.problem)
    return Verdict(
        ok=problem is None,
        events=walk.position - after,
        head=head,
        broken_at=None if problem is None else problem.position,
        problem=None if problem is None else problem.says,
    )


async def _walk(evidence: Evidence, walk: Walk, head: Head, limit: int) -> Problem | None:
    while (page := await evidence.page(walk.position, head.position, limit)).rows:
        unclaimed = set(page.references)
        for row, salt in page.rows:
            if (problem := walk.step(row, salt, unclaimed)) is not None:
                return problem
        if unclaimed:
            return Problem(min(unclaimed)[0], "a reference that no event makes")
    return None


async def _unproved(evidence: Evidence, walk: Walk) -> Problem | None:
    """An event that says its user data was erased by what is no such erasure."""
    for position, claims in walk.erasures.items():
        erased = await evidence.erasure(position)
        for claim in claims:
            if erased is None or erased.stream != claim.stream or claim.sequence > erased.through:
                return Problem(claim.position, f"no erasure stands at position {position}")
    return None


class _Claim(NamedTuple):
    """An event says that its user data was erased."""

    position: int
    stream: str
    sequence: int


class Walk:
    """Where the chain stands, link by link."""

    def __init__(self, after: int, start: bytes) -> None:
        self.position = after
        self.erasures: dict[int, list[_Claim]] = {}
        self._hash = start

    def step(self, row: Row, salt: bytes | None, known: set[tuple[int, str]]) -> Problem | None:
        """What is wrong with ``row``; its references are taken out of ``known``."""
        expected = self.position + 1
        if row.position != expected:
            return Problem(expected, f"position {expected} is missing")
        try:
            says = self._link(row) or self._values(row, salt, known)
        except (TypeError, ValueError, AttributeError) as error:
            says = f"a column holds what no writer puts there: {error}"
        return None if says is None else Problem(expected, says)

    def _link(self, row: Row) -> str | None:
        if row.hash != link(self._hash, row[:12], row.payload.encode(), row.digest):
            return "the event is not the one that was chained"
        self.position, self._hash = row.position, row.hash
        return None

    def _values(self, row: Row, salt: bytes | None, known: set[tuple[int, str]]) -> str | None:
        if row.digest is None:
            kept = (row.values, row.refs, row.erased)
            return None if kept == (None, None, None) else "user data that was never chained"
        if row.values is None:
            return "the user data is gone without an erasure"
        if row.erased is not None:
            return self._erased(row, row.values)
        if salt is None:
            return "the salt of the user data is missing"
        refs = None if row.refs is None else row.refs.encode()
        if row.digest != values_digest(salt, row.values.encode(), refs):
            return "the user data is not what was chained"
        return _take_references(row, known)

    def _erased(self, row: Row, values: str) -> str | None:
        assert row.erased is not None
        self.erasures.setdefault(row.erased, []).append(
            _Claim(row.position, row.stream, row.sequence)
        )
        try:
            marks = erased_values(values, {}, row.erased)
        except ValueError:
            return "the erased user data is not marked as erased"
        if values != marks or row.refs is not None:
            return "the erased user data is not marked as erased"
        return None

    def missed(self, head: Head, end: int) -> Problem | None:
        """Whether the walk ended where head row and events say that the log ends."""
        if self.position < head.position:
            return Problem(self.position + 1, f"position {self.position + 1} is missing")
        if end > head.position:
            return Problem(head.position + 1, "an event stands behind the head of the log")
        if self._hash != head.hash:
            return Problem(head.position, "the head row does not have the hash of the last event")
        return None


def _take_references(row: Row, known: set[tuple[int, str]]) -> str | None:
    if row.refs is None:
        return None
    for digest in set(orjson.loads(row.refs).values()):
        if (row.position, digest) not in known:
            return "the reference to user data that lies apart is missing"
        known.remove((row.position, digest))
    return None


def erasure_of(name: str, shape: int, payload: str) -> ValuesErased | None:
    """The ``ValuesErased`` that a stored event is, if it is one."""
    if name != ValuesErased.__name__ or shape != ValuesErased.shape:
        return None
    return msgspec.json.decode(payload, type=ValuesErased)

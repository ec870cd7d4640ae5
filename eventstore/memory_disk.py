"""What a store in memory keeps: the tables of ``sql/schema.sql`` as plain containers."""

from __future__ import annotations

from eventstore.chain import GENESIS, Row
from eventstore.codec import document_digest
from eventstore.events import ValuesErased
from eventstore.store import AnsweredRequest, Head, Recorded, StreamRow
from eventstore.verify import Page, Problem, erasure_of


class MemoryDisk:
    """What outlives a store."""

    def __init__(self) -> None:
        self.log_id = ""
        self.created = 0
        self.head = GENESIS
        self.rows: list[Row] = []
        self.recorded: list[Recorded] = []
        self.places: dict[str, list[int]] = {}
        """Indexes into ``rows`` by stream: sequence n is at place n - 1."""
        self.streams: dict[str, StreamRow] = {}
        self.requests: dict[tuple[str, str], AnsweredRequest] = {}
        self.salts: dict[str, bytes] = {}
        self.documents: dict[str, bytes] = {}
        self.kept: set[str] = set()
        """Documents that a batch brought; they stay."""
        self.references: set[tuple[int, str]] = set()


class MemoryEvidence:
    """What ``verify`` walks."""

    def __init__(self, disk: MemoryDisk) -> None:
        self._disk = disk

    async def ends(self) -> tuple[Head, int]:
        return self._disk.head, self._disk.rows[-1].position if self._disk.rows else 0

    async def hash_at(self, position: int) -> bytes | None:
        rows = self._disk.rows
        return rows[position - 1].hash if position <= len(rows) else None

    async def page(self, after: int, through: int, limit: int) -> Page:
        rows = self._disk.rows[after : min(through, after + limit)]
        last = after + len(rows)
        references = {one for one in self._disk.references if after < one[0] <= last}
        return Page([(row, self._disk.salts.get(row.stream)) for row in rows], references)

    async def erasure(self, position: int) -> ValuesErased | None:
        row = self._disk.rows[position - 1]
        return erasure_of(row.type, row.shape, row.payload)

    async def bookkeeping(self) -> Problem | None:
        for digest, content in self._disk.documents.items():
            if document_digest(content) != digest:
                return Problem(0, f"document {digest} is not what was stored")
        for stream, places in self._disk.places.items():
            last = self._disk.rows[places[-1]]
            row = self._disk.streams.get(stream)
            if row is None or row[1:3] != (last.sequence, last.position):
                says = f"stream {stream}: its row is not what its events say"
                return Problem(last.position, says)
        return None

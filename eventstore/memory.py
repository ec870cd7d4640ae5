"""The log in memory: the same promises without a file, for tests and simulations.

What a disk would keep is a ``MemoryDisk``; hand it to a second store to see what a
restart sees.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import orjson

from eventstore.bookkeeping import Gathered, changed_row, gathered
from eventstore.chain import Chained, rows_of
from eventstore.codec import decode_stored, erased_values
from eventstore.grouped import Clock, GroupCommit, Opened
from eventstore.memory_backup import write_log
from eventstore.memory_disk import MemoryDisk, MemoryEvidence
from eventstore.pending import Erasure, Queued
from eventstore.salts import RandomBytes, Salts
from eventstore.settings import StoreSettings
from eventstore.store import (
    AnsweredRequest,
    Conflict,
    Head,
    Recorded,
    RequestTaken,
    StreamRow,
    Verdict,
)
from eventstore.verify import verify


class MemoryEventStore(GroupCommit):
    def __init__(
        self,
        *,
        clock: Clock,
        disk: MemoryDisk | None = None,
        settings: StoreSettings | None = None,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        super().__init__(clock=clock, settings=settings or StoreSettings())
        self.disk = disk or MemoryDisk()
        self._random_bytes = random_bytes

    async def _open(self) -> Opened:
        disk = self.disk
        if not disk.log_id:
            disk.log_id, disk.created = self._random_bytes(16).hex(), self._clock()
        return Opened(disk.log_id, disk.head, disk.rows[-1].at if disk.rows else 0)

    async def _release(self) -> None:
        pass

    async def _scrub(self) -> None:
        pass

    async def _commit(self, group: Sequence[Queued]) -> Chained:
        await asyncio.sleep(0)
        chained = self._write(group)
        await asyncio.sleep(0)
        return chained

    def _write(self, group: Sequence[Queued]) -> Chained:
        """Everything that can fail comes before the first change."""
        disk = self.disk
        found = gathered(group)
        self._check(found)
        salts = Salts(self._random_bytes, known_streams=self.settings.known_streams)
        salts.begin(disk.salts.get, found.created)
        chained = rows_of(
            found.batches, disk.head, salts, spill_above=self.settings.spill_above_bytes
        )
        disk.salts |= salts.new
        rows = chained.whole_rows()
        for place, row in enumerate(rows, len(disk.rows)):
            disk.places.setdefault(row.stream, []).append(place)
        disk.rows += rows
        disk.recorded += chained.recorded
        disk.head = chained.head
        self._write_bookkeeping(found, chained)
        for erasure, position in found.erasures:
            self._erase(erasure, position)
        return chained

    def _check(self, found: Gathered) -> None:
        for entry in found.unchecked:
            actual = self._stored_sequence(entry.stream)
            if actual != entry.expected:
                raise Conflict(entry.stream, entry.expected, actual)
        for actor, request_id, *_ in found.requests:
            if (actor, request_id) in self.disk.requests:
                raise RequestTaken(actor, request_id)

    def _write_bookkeeping(self, found: Gathered, chained: Chained) -> None:
        disk = self.disk
        for stream, change in found.streams.items():
            disk.streams[stream] = changed_row(disk.streams.get(stream), change)
        for actor, request_id, method, digest, first, last in found.requests:
            answered = AnsweredRequest(method, digest, first, last, True)
            disk.requests[actor, request_id] = answered
        disk.documents |= chained.contents | found.documents
        disk.kept |= found.documents.keys()
        disk.references |= set(chained.references)

    def _erase(self, erasure: Erasure, position: int) -> None:
        disk = self.disk
        for place in disk.places[erasure.stream][: erasure.through]:
            row = disk.rows[place]
            if row.values is None or row.erased is not None:
                continue
            spilled = {} if row.refs is None else orjson.loads(row.refs)
            marks = erased_values(row.values, spilled, position)
            disk.rows[place] = row._replace(values=marks, refs=None, erased=position)
            self._drop_references(row.position, set(spilled.values()))
            event = decode_stored(row.position, row.type, row.shape, row.payload, marks)
            disk.recorded[place] = msgspec.structs.replace(disk.recorded[place], event=event)
        disk.salts.pop(erasure.stream, None)

    def _drop_references(self, position: int, digests: set[str]) -> None:
        disk = self.disk
        disk.references -= {(position, digest) for digest in digests}
        for digest in digests - disk.kept - {digest for _, digest in disk.references}:
            del disk.documents[digest]

    def _stored_request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        return self.disk.requests.get((actor, request_id))

    def _stored_sequence(self, stream: str) -> int:
        row = self.disk.streams.get(stream)
        return 0 if row is None else row.sequence

    async def read(
        self, stream: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        places = self.disk.places.get(stream, [])[after:]
        events = (self.disk.recorded[place] for place in places[:limit])
        return [event for event in events if event.position <= self.head.position]

    async def read_all(
        self, *, after: int = 0, limit: int, streams: str | None = None
    ) -> list[Recorded]:
        found: list[Recorded] = []
        for event in self.disk.recorded[after : self.head.position]:
            if len(found) == limit:
                break
            if streams is None or event.stream.startswith(streams):
                found.append(event)
        return found

    async def stream_row(self, stream: str) -> StreamRow | None:
        return self.disk.streams.get(stream)

    async def open_streams(self, *, prefix: str) -> list[StreamRow]:
        rows = [
            row for row in self.disk.streams.values() if row.open and row.stream.startswith(prefix)
        ]
        return sorted(rows, key=lambda row: row.last_position)

    async def document(self, digest: str) -> bytes:
        if digest not in self.disk.kept:
            raise LookupError(f"the log has no document {digest}")
        return self.disk.documents[digest]

    async def backup(self, path: Path) -> Head:
        """Writes a log file, as the SQLite store would."""
        return await write_log(self.disk, path)

    async def verify(self, *, after: int = 0) -> Verdict:
        evidence = MemoryEvidence(self.disk)
        return await verify(evidence, after=after, page_events=self.settings.page_events)

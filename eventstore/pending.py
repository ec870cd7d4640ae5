"""What is decided but not durable: the queue before the writer, and the tails it makes.

No loop, no clock, no disk: ``GroupCommit`` drives it. Undoing a failed group is one
function here, ``lose_all``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from eventstore.codec import document_digest
from eventstore.store import (
    AnsweredRequest,
    Appended,
    Batch,
    Conflict,
    Entry,
    Head,
    RequestTaken,
)


class Erasure(NamedTuple):
    """Erase the user data of ``stream`` up to the sequence ``through``."""

    stream: str
    through: int


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """One batch on its way to the disk."""

    batch: Batch
    first: int
    last: int
    unchecked: tuple[Entry, ...] = ()
    """Entries whose stream's tail was not known; the writer compares them."""
    erasure: Erasure | None = None


class _Tail(msgspec.Struct, frozen=True):
    sequence: int
    last_position: int


class Pending:
    """The tail of the log in memory, ahead of its durable head."""

    def __init__(self, head: Head, last_at: int, *, known_streams: int) -> None:
        self.head = head
        self.last_at = last_at
        self.next_position = head.position + 1
        self.queued_bytes = 0
        self._known_streams = known_streams
        self._waiting: deque[Queued] = deque()
        self._in_flight: list[Queued] = []
        self._tails: dict[str, _Tail] = {}
        self._requests: dict[tuple[str, str], AnsweredRequest] = {}
        self._checked_documents: set[str] = set()

    def __bool__(self) -> bool:
        """Whether something waits for a commit."""
        return bool(self._waiting)

    def sequence(self, stream: str) -> int | None:
        """The last sequence of ``stream``; None when it is not known here."""
        tail = self._tails.get(stream)
        return None if tail is None else tail.sequence

    def learn(self, stream: str, sequence: int) -> None:
        """``stream`` durably stands at ``sequence``."""
        self._tails[stream] = _Tail(sequence, self.head.position)

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        return self._requests.get((actor, request_id))

    def add(self, batch: Batch, erasure: Erasure | None = None) -> Appended:
        """Queue ``batch``. Raises Conflict, RequestTaken, or ValueError for a batch that no
        state of the log could take; nothing has changed then."""
        first = self.next_position
        last, tails, unchecked = self._moved(batch.entries, first - 1)
        self._check(batch, last - first + 1)
        self._remember_request(batch, first, last)
        self._tails.update(tails)
        self._waiting.append(
            Queued(batch=batch, first=first, last=last, unchecked=unchecked, erasure=erasure)
        )
        self.next_position = last + 1
        self.queued_bytes += batch.weight
        self.last_at = batch.at
        return Appended(first, last)

    def _moved(
        self, entries: tuple[Entry, ...], position: int
    ) -> tuple[int, dict[str, _Tail], tuple[Entry, ...]]:
        """The last position of events that follow ``position``, the tails that they make,
        and the entries that only the writer can compare."""
        known = self._tails
        tails: dict[str, _Tail] = {}
        unchecked: tuple[Entry, ...] = ()
        for entry in entries:
            stream = entry.stream
            tail = known.get(stream)
            if tail is None:
                unchecked += (entry,)
            elif tail.sequence != entry.expected:
                raise Conflict(stream, entry.expected, tail.sequence)
            if count := len(entry.events):
                position += count
                tails[stream] = _Tail(entry.expected + count, position)
        return position, tails, unchecked

    def _check(self, batch: Batch, count: int) -> None:
        if count == 0:
            raise ValueError("a batch needs at least one event")
        if batch.at < self.last_at:
            raise ValueError(f"a batch at {batch.at} after an event at {self.last_at}")
        if len(batch.entries) > 1:
            _check_together(batch.entries)
        if batch.documents:
            for digest, content in batch.documents.items():
                self._check_document(digest, content)

    def _check_document(self, digest: str, content: bytes) -> None:
        """Once per document: the same few come with every submit."""
        if digest in self._checked_documents:
            return
        if digest != document_digest(content):
            raise ValueError(f"{digest} is not the digest of the document given for it")
        if len(self._checked_documents) >= self._known_streams:
            self._checked_documents.clear()
        self._checked_documents.add(digest)

    def _remember_request(self, batch: Batch, first: int, last: int) -> None:
        request = batch.request
        if request is None or not request.indexed:
            return
        key = (batch.actor, request.request_id)
        if key in self._requests:
            raise RequestTaken(*key)
        self._requests[key] = AnsweredRequest(request.method, request.digest, first, last, False)

    def take(self, *, events: int, weight: int) -> list[Queued]:
        """The next commit group: at least one batch, about ``events`` and ``weight`` at most.
        A batch that erases ends its group, so that nothing behind it shares its salts."""
        group = self._in_flight
        start = self.next_position if not self._waiting else self._waiting[0].first
        room = weight
        while self._waiting:
            queued = self._waiting[0]
            room -= queued.batch.weight
            if group and (queued.last - start >= events or room < 0):
                break
            group.append(self._waiting.popleft())
            if queued.erasure is not None:
                break
        return group

    def settle(self, head: Head) -> None:
        """The group in flight is durable."""
        for queued in self._in_flight:
            self.queued_bytes -= queued.batch.weight
            request = queued.batch.request
            if request is not None and request.indexed:
                del self._requests[queued.batch.actor, request.request_id]
        self._in_flight = []
        self.head = head
        if len(self._tails) > self._known_streams:
            self._forget(lambda tail: tail.last_position <= head.position)

    def lose_all(self) -> int:
        """The group in flight failed, and with it everything decided on top of it: the log
        stands at its durable head again. Returns the first position that was lost."""
        first_lost = self.head.position + 1
        self._in_flight = []
        self._waiting.clear()
        self._requests.clear()
        self._checked_documents.clear()
        self.queued_bytes = 0
        self.next_position = first_lost
        self._forget(lambda tail: tail.last_position >= first_lost)
        return first_lost

    def _forget(self, gone: Callable[[_Tail], bool]) -> None:
        self._tails = {stream: tail for stream, tail in self._tails.items() if not gone(tail)}


def _check_together(entries: tuple[Entry, ...]) -> None:
    if len({entry.stream for entry in entries}) != len(entries):
        raise ValueError("a batch names each of its streams once")
    for entry in entries:
        if not entry.events and (entry.open is not None or entry.due_at or entry.clear_due):
            raise ValueError(f"a guard ({entry.stream}) cannot say what is open or due")

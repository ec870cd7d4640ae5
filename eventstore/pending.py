"""What is decided but not durable: the queue before the writer, and the tails it makes.

No loop, no clock, no disk: ``GroupCommit`` drives it. Undoing a failed group is one
function here, ``lose_all``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
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
    Request,
    RequestTaken,
)


class Erasure(NamedTuple):
    """Erase the user data of ``stream`` up to the sequence ``through``."""

    stream: str
    through: int


class Queued(msgspec.Struct, frozen=True):
    """One batch on its way to the disk."""

    batch: Batch
    first: int
    last: int
    unchecked: tuple[Entry, ...] = ()
    """Entries whose stream's tail was not known; the writer compares them."""
    erasure: Erasure | None = None


_Tail = tuple[int, int]
"""(sequence, last position) of a stream."""


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
        self._erasing = 0
        """How many waiting batches erase."""
        self._tails: dict[str, _Tail] = {}
        self._requests: dict[tuple[str, str], AnsweredRequest] = {}
        self._checked_documents: set[str] = set()

    def __bool__(self) -> bool:
        """Whether something waits for a commit."""
        return bool(self._waiting)

    def sequence(self, stream: str) -> int | None:
        """The last sequence of ``stream``; None when it is not known here."""
        tail = self._tails.get(stream)
        return None if tail is None else tail[0]

    def learn(self, stream: str, sequence: int) -> None:
        """``stream`` durably stands at ``sequence``."""
        self._tails[stream] = (sequence, self.head.position)

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        return self._requests.get((actor, request_id))

    def add(self, batch: Batch, erasure: Erasure | None = None) -> Appended:
        """Queue ``batch``. Raises Conflict, RequestTaken, or ValueError for a batch that no
        state of the log could take; nothing has changed then."""
        entries = batch.entries
        if len(entries) > 1:
            _check_together(entries)
        first = self.next_position
        last, tails, unchecked = self._moved(entries, first - 1)
        if last < first:
            raise ValueError("a batch needs at least one event")
        if batch.at < self.last_at:
            raise ValueError(f"a batch at {batch.at} after an event at {self.last_at}")
        if batch.documents:
            self._check_documents(batch.documents)
        if batch.request is not None:
            self._remember_request(batch.actor, batch.request, first, last)
        self._tails.update(tails)
        self._waiting.append(Queued(batch, first, last, unchecked, erasure))
        self.next_position = last + 1
        self.queued_bytes += batch.weight
        self._erasing += erasure is not None
        self.last_at = batch.at
        return Appended(first, last)

    def _moved(
        self, entries: tuple[Entry, ...], position: int
    ) -> tuple[int, list[tuple[str, _Tail]], tuple[Entry, ...]]:
        """The last position of events that follow ``position``, the tails that they make,
        and the entries that only the writer can compare."""
        known = self._tails
        tails: list[tuple[str, _Tail]] = []
        unchecked: tuple[Entry, ...] = ()
        for entry in entries:
            stream, expected = entry.stream, entry.expected
            tail = known.get(stream)
            if tail is None:
                unchecked += (entry,)
            elif tail[0] != expected:
                raise Conflict(stream, expected, tail[0])
            if count := len(entry.events):
                position += count
                tails.append((stream, (expected + count, position)))
        return position, tails, unchecked

    def _check_documents(self, documents: Mapping[str, bytes]) -> None:
        """Once per document: the same few come with every submit."""
        if documents.keys() <= self._checked_documents:
            return
        for digest, content in documents.items():
            self._check_document(digest, content)

    def _check_document(self, digest: str, content: bytes) -> None:
        if digest != document_digest(content):
            raise ValueError(f"{digest} is not the digest of the document given for it")
        if len(self._checked_documents) >= self._known_streams:
            self._checked_documents.clear()
        self._checked_documents.add(digest)

    def _remember_request(self, actor: str, request: Request, first: int, last: int) -> None:
        if not request.indexed:
            return
        key = (actor, request.request_id)
        if key in self._requests:
            raise RequestTaken(*key)
        self._requests[key] = AnsweredRequest(request.method, request.digest, first, last, False)

    def take(self, *, events: int, weight: int) -> list[Queued]:
        """The next commit group: at least one batch, about ``events`` and ``weight`` at most.
        A batch that erases ends its group, so that nothing behind it shares its salts."""
        waiting = self._waiting
        if not waiting:
            return self._in_flight
        start = waiting[0].first
        many = self.next_position - start > events or self.queued_bytes > weight
        if many or self._erasing:
            self._in_flight = self._taken(start, events, weight)
        else:
            self._in_flight = list(waiting)
            waiting.clear()
        return self._in_flight

    def _taken(self, start: int, events: int, room: int) -> list[Queued]:
        waiting = self._waiting
        group: list[Queued] = []
        while waiting:
            queued = waiting[0]
            room -= queued.batch.weight
            if group and (queued.last - start >= events or room < 0):
                break
            group.append(waiting.popleft())
            if queued.erasure is not None:
                self._erasing -= 1
                break
        return group

    def settle(self, head: Head) -> None:
        """The group in flight is durable."""
        weight = 0
        for queued in self._in_flight:
            batch = queued.batch
            weight += batch.weight
            request = batch.request
            if request is not None and request.indexed:
                del self._requests[batch.actor, request.request_id]
        self.queued_bytes -= weight
        self._in_flight = []
        self.head = head
        if len(self._tails) > self._known_streams:
            self._forget(lambda tail: tail[1] <= head.position)

    def lose_all(self) -> int:
        """The group in flight failed, and with it everything decided on top of it: the log
        stands at its durable head again. Returns the first position that was lost."""
        first_lost = self.head.position + 1
        self._in_flight = []
        self._waiting.clear()
        self._erasing = 0
        self._requests.clear()
        self._checked_documents.clear()
        self.queued_bytes = 0
        self.next_position = first_lost
        self._forget(lambda tail: tail[1] >= first_lost)
        return first_lost

    def _forget(self, gone: Callable[[_Tail], bool]) -> None:
        self._tails = {stream: tail for stream, tail in self._tails.items() if not gone(tail)}


def _check_together(entries: tuple[Entry, ...]) -> None:
    if len({entry.stream for entry in entries}) != len(entries):
        raise ValueError("a batch names each of its streams once")
    for entry in entries:
        if not entry.events and (entry.open is not None or entry.due_at or entry.clear_due):
            raise ValueError(f"a guard ({entry.stream}) cannot say what is open or due")

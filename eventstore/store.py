"""The port of the log: what every back end promises, on one screen.

``append`` is synchronous: it checks, takes the next positions, queues the batch and
returns at once, so that deciding never waits for the disk (DESIGN §1.6). The writer
commits what is queued in groups, one transaction and one fsync each. What is durable is
announced to listeners in commit order; nothing else may tell anybody about an event.

A group that cannot be committed fails together with everything queued behind it:
listeners get ``on_failed`` with the first position that is not in the log, and the next
``append`` takes that position again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from eventstore.events import Event


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch appends to one stream. Without events it is a guard: the batch is
    refused unless the stream still stands at ``expected``."""

    stream: str
    expected: int
    """The sequence of the stream's last event; 0 creates the stream."""
    events: tuple[Event, ...] = ()
    open: bool | None = None
    """Whether something is still to happen in the stream; None leaves it as it is."""
    due_at: int | None = None
    """A time, in UTC microseconds, not after the first timer the stream now waits for;
    the index keeps the smallest given since it was last cleared."""
    clear_due: bool = False
    """Forget the indexed due time before ``due_at`` is taken."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's request id. Indexed ones are unique per actor as long as the log lives."""

    request_id: str
    method: str = ""
    digest: bytes = b""
    """Of the method's parameters, to tell a repeat from a reuse."""
    indexed: bool = True


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """All or nothing. The first event of the first entry is the fact; every other event
    of the batch gets its position as cause. Positions run through the entries in order."""

    entries: tuple[Entry, ...]
    at: int
    """UTC microseconds, as given by ``EventStore.now`` (monotonic per log)."""
    actor: str
    cause: int | None = None
    """Position of the event that led to the fact."""
    request: Request | None = None
    trace: str | None = None
    decider: int = 0
    """The rule version that decided the consequences; 0 where no decider was asked."""
    documents: Mapping[str, bytes] = {}
    """Content-addressed documents that the events name, by digest; stored once."""
    weight: int = 512
    """About how many bytes this will take in the queue."""


class Recorded(msgspec.Struct, frozen=True):
    """An event as it stands in the log."""

    position: int
    stream: str
    sequence: int
    event: Event
    at: int
    actor: str
    request: str | None
    cause: int | None
    trace: str | None
    epoch: int
    decider: int
    hash: bytes

    @property
    def type(self) -> str:
        return type(self.event).__name__


class Appended(msgspec.Struct, frozen=True):
    """The positions that a batch took."""

    first: int
    last: int


class Head(NamedTuple):
    position: int
    hash: bytes
    epoch: int


class StreamRow(NamedTuple):
    stream: str
    sequence: int
    last_position: int
    open: bool
    due_at: int | None


class AnsweredRequest(NamedTuple):
    """Where the events of an earlier request stand. ``durable`` False: still queued."""

    method: str
    digest: bytes
    first: int
    last: int
    durable: bool


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk through the chain found. ``broken_at`` is the first bad position."""

    ok: bool
    events: int
    head: Head
    broken_at: int | None = None
    problem: str | None = None


class StoreState(msgspec.Struct, frozen=True, kw_only=True):
    """``mode`` is ``ok``, ``read-only`` or ``disk-full``; ``why`` says more for people."""

    mode: str = "ok"
    why: str | None = None


class Listener(Protocol):
    """Called on the event loop, in commit order; must not await and must not raise."""

    def on_durable(self, events: Sequence[Recorded]) -> None:
        """A whole commit group is on disk."""

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        """Nothing from ``first_lost`` on was written."""


class EventStore(Protocol):
    """One log. Start it before use and close it on every path."""

    before_flush: Callable[[], None]
    """Called before a group is taken from the queue; may append."""

    @property
    def log_id(self) -> str: ...
    @property
    def state(self) -> StoreState: ...
    @property
    def head(self) -> Head:
        """The last durable event; position 0 and 32 zero bytes for an empty log."""

    @property
    def next_position(self) -> int:
        """The position the next append will take, queued ones counted."""

    @property
    def queued_bytes(self) -> int: ...

    async def start(self) -> None: ...
    async def close(self) -> None:
        """Commit what is queued, then close. Safe to repeat, and before ``start``."""

    def now(self) -> int:
        """The store's clock, never before the last event's ``at``, queued ones counted."""

    def append(self, batch: Batch) -> Appended:
        """Queue ``batch``. Raises Conflict, RequestTaken, ReadOnly; nothing is queued then.

        A stream that the store has not met since its start is compared in the commit only,
        and a Conflict found there fails the group. ``sequence`` makes it known before."""

    def sequence(self, stream: str) -> int:
        """The stream's last sequence, queued ones counted; 0 when it does not exist. A
        point lookup; does not block on a commit."""

    def listen(self, listener: Listener) -> None: ...

    async def durable(self, position: int) -> None:
        """Return when ``position`` is durable; raise the error that lost it."""

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        """Durable and queued ones. A point lookup; does not block on a commit."""

    async def read(
        self, stream: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        """Durable events of ``stream`` with a sequence above ``after``, in order."""

    async def read_all(
        self, *, after: int = 0, limit: int, streams: str | None = None
    ) -> list[Recorded]:
        """Durable events above position ``after``; ``streams`` is a prefix to keep."""

    def follow(self, *, after: int) -> AsyncIterator[Sequence[Recorded]]:
        """History above ``after``, then live groups, without a seam. Raises Lagging, with
        the position to resume from, when the reader falls too far behind."""

    async def stream_row(self, stream: str) -> StreamRow | None: ...
    async def open_streams(self, *, prefix: str) -> list[StreamRow]:
        """Streams that are open, by last position."""

    async def document(self, digest: str) -> bytes:
        """Raises LookupError when no batch ever stored it."""

    async def erase(self, stream: str, *, actor: str, why: str) -> Appended:
        """Erase the user data of every event of ``stream``, append ``ValuesErased``."""

    async def backup(self, path: Path) -> Head:
        """A consistent copy at ``path`` (which must not exist) while appends go on."""

    async def verify(self, *, after: int = 0) -> Verdict:
        """Walk every link of the chain, the digests and the head row."""


class EventStoreError(Exception):
    """Base of what a store raises on purpose."""


class Conflict(EventStoreError):
    """Somebody else appended to the stream first, or it exists already."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} stands at {actual}, not at {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class RequestTaken(EventStoreError):
    """The actor's request id stands in the log already; ``request`` says where."""

    def __init__(self, actor: str, request_id: str) -> None:
        super().__init__(f"{actor} has used the request id {request_id} before")
        self.actor = actor
        self.request_id = request_id


class ReadOnly(EventStoreError):
    """The log takes no more events; ``why`` says what happened and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class DiskFull(EventStoreError):
    """The group was not written for want of room; appends work again once there is some."""


class NotWritten(EventStoreError):
    """The group was refused before anything of it was written; later appends work."""


class WriteFailed(EventStoreError):
    """A write or sync failed; the log is read-only from now on. Whether the group is in the
    log is unknown until the next start."""


class Lagging(EventStoreError):
    """A follower was cut off. Resume with ``follow(after=resume_after)``."""

    def __init__(self, resume_after: int) -> None:
        super().__init__(f"the reader fell behind; resume after position {resume_after}")
        self.resume_after = resume_after


class LogLocked(EventStoreError):
    """Another daemon has this log open."""


class NotLocal(EventStoreError):
    """The log would lie on a file system of another machine."""


class LogNewer(EventStoreError):
    """The log was written by a later release with forms this one does not know."""


class Damaged(EventStoreError):
    """What is stored is not what was written. ``position`` 0: no event in particular."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"position {position}: {problem}" if position else problem)
        self.position = position
        self.problem = problem

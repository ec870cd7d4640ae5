"""Group commit: the half of an event store that every back end shares.

    append ──► Pending ──► writer task ──► back end: one transaction ──► listeners
                  ▲             │ fails
                  └─ lose_all ◄─┘

Idle, an append is taken up in the next turn of the loop; while a group is being committed,
whatever is queued goes with the next one. There is no timer, no future per append and one
task in all.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, ParamSpec

import anyio

from eventstore.chain import GENESIS, Chained
from eventstore.events import ValuesErased
from eventstore.following import Follower
from eventstore.pending import Erasure, Pending, Queued
from eventstore.settings import StoreSettings
from eventstore.store import (
    AnsweredRequest,
    Appended,
    Batch,
    DiskFull,
    Entry,
    EventStoreError,
    Head,
    Listener,
    NotWritten,
    ReadOnly,
    Recorded,
    StoreState,
    WriteFailed,
)
from eventstore.waiting import Waiters

Clock = Callable[[], int]
"""UTC microseconds."""


P = ParamSpec("P")


class Opened(NamedTuple):
    """What a back end finds when it opens its log."""

    log_id: str
    head: Head
    last_at: int


class GroupCommit(ABC):
    """An event store without its disk. A back end supplies the abstract methods."""

    def __init__(self, *, clock: Clock, settings: StoreSettings) -> None:
        self.before_flush: Callable[[], None] = _nothing
        self.settings = settings
        self._clock = clock
        self._log_id = ""
        self._state = StoreState(mode="read-only", why="the log is not started")
        self._pending = Pending(GENESIS, 0, known_streams=settings.known_streams)
        self._listeners: list[Listener] = []
        self._followers: list[Follower] = []
        self._waiters = Waiters()
        self._arrived = asyncio.Event()
        self._idle = True
        """Nothing was appended since the writer last looked."""
        self._writer: asyncio.Task[None] | None = None
        self._lifetime = asyncio.Lock()

    @abstractmethod
    async def _open(self) -> Opened:
        """Open the log; after an error nothing stays open."""

    @abstractmethod
    async def _release(self) -> None:
        """Give back what ``_open`` took. Safe to repeat."""

    @abstractmethod
    async def _commit(self, group: Sequence[Queued]) -> Chained:
        """Write ``group`` in one transaction. Raises an EventStoreError, having written
        nothing or, with WriteFailed, not knowing."""

    @abstractmethod
    def _stored_request(self, actor: str, request_id: str) -> AnsweredRequest | None: ...

    @abstractmethod
    def _stored_sequence(self, stream: str) -> int: ...

    @abstractmethod
    async def _scrub(self) -> None:
        """Remove what an erasure left in logs and caches of the back end."""

    @abstractmethod
    async def read_all(
        self, *, after: int = 0, limit: int, streams: str | None = None
    ) -> list[Recorded]: ...

    @property
    def log_id(self) -> str:
        return self._log_id

    @property
    def state(self) -> StoreState:
        return self._state

    @property
    def head(self) -> Head:
        return self._pending.head

    @property
    def next_position(self) -> int:
        return self._pending.next_position

    @property
    def queued_bytes(self) -> int:
        return self._pending.queued_bytes

    async def start(self) -> None:
        async with self._lifetime:
            if self._writer is not None:
                raise RuntimeError("the log is started already")
            opened = await self._open()
            self._log_id = opened.log_id
            self._pending = Pending(
                opened.head, opened.last_at, known_streams=self.settings.known_streams
            )
            self._state = StoreState()
            self._writer = asyncio.create_task(self._write_until_closed(), name="log writer")

    async def close(self) -> None:
        with anyio.CancelScope(shield=True):
            async with self._lifetime:
                try:
                    await self._stop_writer()
                finally:
                    await self._release()

    async def abandon(self) -> None:
        """Close as a killed process would: what is queued is lost without a word."""
        self._pending.lose_all()
        self._listeners.clear()
        if self._writer is not None:
            self._writer.cancel()
        await self.close()

    async def _stop_writer(self) -> None:
        if self._state.mode != "read-only":
            self._state = StoreState(mode="read-only", why="the log is closed")
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._arrived.set()
        await asyncio.wait([writer])
        for follower in self._followers:
            follower.end()
        if not writer.cancelled():
            writer.result()

    def now(self) -> int:
        return max(self._clock(), self._pending.last_at)

    def append(self, batch: Batch) -> Appended:
        return self._enqueue(batch, None)

    def _enqueue(self, batch: Batch, erasure: Erasure | None) -> Appended:
        if self._state.mode == "read-only":
            raise ReadOnly(self._state.why or "")
        appended = self._pending.add(batch, erasure)
        if self._idle:
            self._idle = False
            self._arrived.set()
        return appended

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def durable(self, position: int) -> Coroutine[Any, Any, None]:
        """Waits from the call on, not from the first ``await``: after a failure the same
        position may belong to another batch."""
        if position <= self.head.position:
            return _at_once()
        if position >= self.next_position:
            raise ValueError(f"position {position} is not queued")
        return self._waiters.wait(position)

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        queued = self._pending.request(actor, request_id)
        return queued or self._stored_request(actor, request_id)

    def sequence(self, stream: str) -> int:
        known = self._pending.sequence(stream)
        if known is None:
            known = self._stored_sequence(stream)
            self._pending.learn(stream, known)
        return known

    async def erase(self, stream: str, *, actor: str, why: str) -> Appended:
        through = self.sequence(stream)
        if through == 0:
            raise LookupError(f"the log has no stream {stream}")
        told = f"erasure/{stream}"
        fact = ValuesErased(stream=stream, through=through, why=why)
        entry = Entry(stream=told, expected=self.sequence(told), events=(fact,))
        batch = Batch(entries=(entry,), at=self.now(), actor=actor)
        appended = self._enqueue(batch, Erasure(stream, through))
        await self.durable(appended.last)
        try:
            await self._scrub()
        except WriteFailed as error:
            self._state = StoreState(mode="read-only", why=str(error))
            raise
        return appended

    async def follow(self, *, after: int) -> AsyncIterator[Sequence[Recorded]]:
        while after < self.head.position:
            page = await self.read_all(after=after, limit=self.settings.page_events)
            yield page
            after = page[-1].position
        # No await since the head was compared: the next group is the follower's first.
        follower = Follower(after=after, limit_events=self.settings.follow_events)
        self._followers.append(follower)
        if self._writer is None:
            follower.end()
        try:
            while group := await follower.take():
                if group[-1].position > after:
                    yield [event for event in group if event.position > after]
        finally:
            self._followers.remove(follower)

    async def _write_until_closed(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            self._idle = True
            while self._pending:
                await self._flush()
            if self._writer is None:
                return

    async def _flush(self) -> None:
        self._tell(self.before_flush)
        group = self._pending.take(
            events=self.settings.group_events, weight=self.settings.group_bytes
        )
        try:
            chained = await self._commit(group)
        except EventStoreError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a defect must not leave callers waiting
            self._fail(NotWritten(f"the events could not be written: {error!r}"), error)
        else:
            self._settle(chained)

    def _settle(self, chained: Chained) -> None:
        self._pending.settle(chained.head)
        if self._state.mode == "disk-full":
            self._state = StoreState()
        self._waiters.release(chained.head.position)
        for follower in self._followers:
            follower.push(chained.recorded)
        for listener in tuple(self._listeners):
            self._tell(listener.on_durable, chained.recorded)

    def _fail(self, error: EventStoreError, cause: Exception | None = None) -> None:
        """The group in flight is lost, and everything queued behind it."""
        error.__cause__ = cause or error.__cause__
        first_lost = self._pending.lose_all()
        match error:
            case WriteFailed():
                self._state = StoreState(mode="read-only", why=str(error))
            case DiskFull():
                self._state = StoreState(mode="disk-full", why=str(error))
            case _:
                pass
        self._waiters.fail(error)
        for listener in tuple(self._listeners):
            self._tell(listener.on_failed, first_lost, error)

    def _tell(self, call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """A listener's defect is reported to the loop; it must not stop the log."""
        try:
            call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever a listener does wrong
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a listener of the log failed", "exception": error}
            )


def _nothing() -> None:
    pass


async def _at_once() -> None:
    pass

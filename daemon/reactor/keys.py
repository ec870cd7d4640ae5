"""Idempotency keys of starts: each is a stream of its own, so that it stands for one job
whoever asks (DESIGN §2). Those asked for lately are kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice

import msgspec

from daemon.reactor.cell import Cell
from daemon.reactor.cold import Cold
from daemon.reactor.ledger import Ledger
from eventstore.events import IdempotencyKeyTaken
from eventstore.store import Appended, Entry, EventStoreError, Recorded

STREAMS = "name/idempotency/"


class Holder(msgspec.Struct, frozen=True):
    """The job that a key stands for, and how often the key was taken."""

    job_id: str
    sequence: int


class Keys:
    def __init__(self, ledger: Ledger, *, cached_keys: int) -> None:
        self._ledger = ledger
        self._room = cached_keys
        self._cells: OrderedDict[str, Cell[Holder]] = OrderedDict()

    def cell(self, workflow: str, key: str) -> Cell[Holder]:
        """``tail`` None: nobody has used the key. Raises Cold."""
        stream = stream_of(workflow, key)
        cell = self._cells.get(stream)
        if cell is None:
            raise Cold(f"idempotency key {key!r}", lambda: self._load(stream))
        self._cells.move_to_end(stream)
        return cell

    async def _load(self, stream: str) -> None:
        store = self._ledger.store
        # Makes the stream known to the store, so that a conflict shows before the commit.
        store.sequence(stream)
        holder = _fold(await store.read(stream))
        if stream not in self._cells:
            self._cells[stream] = Cell(stream, holder)
            self._evict()

    def taken(self, cell: Cell[Holder], job_id: str, position: Appended) -> None:
        """The batch at ``position`` took it for ``job_id``."""
        sequence = 1 if cell.tail is None else cell.tail.sequence + 1
        holder = Holder(job_id, sequence)
        cell.decided(holder)
        self._ledger.when_durable(position.last, _Taking(self, cell, holder))

    def undo(self, cell: Cell[Holder]) -> None:
        """The log lost it: the next who asks reads it anew."""
        if self._cells.get(cell.stream) is cell:
            del self._cells[cell.stream]

    def _evict(self) -> None:
        for stream in list(islice(self._cells, max(0, len(self._cells) - self._room))):
            if self._cells[stream].on_the_way == 0:
                del self._cells[stream]


def stream_of(workflow: str, key: str) -> str:
    named = f"{len(workflow)}:{workflow}{key}"
    return STREAMS + sha256(named.encode()).hexdigest()


def entry(cell: Cell[Holder], workflow: str, key: str, job_id: str) -> Entry:
    """What takes the key for ``job_id``, in the batch of its submit."""
    expected = 0 if cell.tail is None else cell.tail.sequence
    event = IdempotencyKeyTaken(workflow=workflow, key=key, job_id=job_id)
    return Entry(stream=cell.stream, expected=expected, events=(event,))


def _fold(records: Iterable[Recorded]) -> Holder | None:
    holder = None
    for one in records:
        if isinstance(one.event, IdempotencyKeyTaken):
            holder = Holder(one.event.job_id, one.sequence)
    return holder


class _Taking:
    """Waits for the commit of the submit that takes a key."""

    __slots__ = ("cell", "holder", "keys")

    def __init__(self, keys: Keys, cell: Cell[Holder], holder: Holder) -> None:
        self.keys = keys
        self.cell = cell
        self.holder = holder

    def durable(self) -> None:
        self.cell.committed(self.holder)

    def lost(self, error: EventStoreError) -> None:
        self.keys.undo(self.cell)

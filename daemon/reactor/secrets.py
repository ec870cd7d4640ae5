"""Secrets: what there is stands in the log, their values in the vault.

A change first puts its value into the vault, then writes the event that names it, and drops
what is named no more once that event is durable. So nothing is half done after a crash: a
value without its event is dropped at the start, and an event always finds its value.
"""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Awaitable, Callable, Hashable, Iterator

import anyio
import structlog
from anyio.abc import TaskGroup

from daemon.clock import Entropy
from daemon.decider.commands import Command
from daemon.decider.secrets import Secret, evolve_secret
from daemon.decider.turn import Pinned
from daemon.executors.handoff import Sources, texts_of, texts_within
from daemon.executors.masking import Mask, masked
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed, batch_of
from daemon.reactor.cold import Cold
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.vault import Vault, VaultError
from eventstore.events import Event
from eventstore.store import Entry, EventStoreError

_log = structlog.get_logger("secrets")

STREAMS = "secret/"
VAULT = "vault"
"""The stream about the vault itself."""
VALUE_ID_BYTES = 16
KEPT_MASKS = 1_000


class Secrets:
    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        environment: Sources,
        *,
        entropy: Entropy,
        page_events: int,
        masked_values: int,
    ) -> None:
        """``masked_values``: how many values that a secret had before are still masked."""
        self.vault = vault
        self._ledger = ledger
        self._entropy = entropy
        self._page = page_events
        self._environment = environment
        self._cells: dict[str, Cell[Secret]] = {}
        self._current: dict[str, str] = {}
        self._earlier: dict[str, deque[str]] = {}
        self._kept_earlier = masked_values
        self._masks: dict[Hashable, Mask] = {}
        self._preparing: dict[Hashable, anyio.Event] = {}
        self._prepared: dict[Hashable, str] = {}
        self._underway: set[str] = set()
        """Values in the vault, or on their way to it, whose event is still to be written."""
        self._tasks: TaskGroup
        self.sources = Sources(
            secrets=ChainMap(self._current, dict(environment.secrets)), env=environment.env
        )
        """What tasks may be given: a stored secret comes before one of the environment."""

    # At the start

    async def load(self, tasks: TaskGroup) -> None:
        """Open the vault and fold every secret of the log. Raises VaultError, OSError."""
        self._tasks = tasks
        self.vault.open()
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=STREAMS):
            for one in events:
                cell = self._cell(one.stream.removeprefix(STREAMS))
                cell.tail = cell.durable = evolve_secret(cell.tail, one.event, one.at, one.actor)
            after = events[-1].position
        for cell in self._cells.values():
            self._publish(cell)
        await self._tidy()

    # Looking

    def find(self, secret: str) -> Secret | None:
        """By key or id; durable."""
        return next((one for one in self._named(secret) if one is not None), None)

    def all(self) -> list[Secret]:
        """Durable ones, by key."""
        found = (cell.durable for _, cell in sorted(self._cells.items()))
        return [one for one in found if one is not None and not one.deleted]

    def has_value(self, secret: Secret) -> bool:
        return secret.value_id in self.vault.values

    def cell(self, secret: str) -> Cell[Secret] | None:
        """By key or id, as decided so far; None when it is not there or deleted."""
        cell = self._cells.get(secret) or next(
            (one for one in self._cells.values() if one.tail and one.tail.secret_id == secret), None
        )
        return None if cell is None or cell.tail is None or cell.tail.deleted else cell

    def cell_of_key(self, key: str) -> Cell[Secret]:
        """Also where there is no such secret."""
        return self._cell(key)

    def _named(self, secret: str) -> Iterator[Secret | None]:
        cell = self._cells.get(secret)
        yield None if cell is None or cell.durable is None or cell.durable.deleted else cell.durable
        yield from (one for one in self.all() if one.secret_id == secret)

    # What waits for the vault

    def stored(self, asked: Hashable, value: str) -> str:
        """The id under which the value of this request lies in the vault. Raises Cold until
        it does; the second call takes it."""
        return self._ready(asked, "the value of a secret", lambda: self._store(value))

    def rotated(self, asked: Hashable) -> None:
        """As ``stored``: the vault has a new key."""
        self._ready(asked, "the new key of the vault", self._rotate)

    def _ready(self, asked: Hashable, what: str, work: Callable[[], Awaitable[str]]) -> str:
        if asked in self._prepared:
            return self._prepared.pop(asked)
        raise Cold(what, lambda: self._prepare(asked, work))

    async def _prepare(self, asked: Hashable, work: Callable[[], Awaitable[str]]) -> None:
        """A copy of a request that comes meanwhile waits for the first."""
        going = self._preparing.get(asked)
        if going is not None:
            await going.wait()
            return
        self._preparing[asked] = going = anyio.Event()
        try:
            self._prepared[asked] = await work()
        finally:
            del self._preparing[asked]
            going.set()

    async def _store(self, value: str) -> str:
        value_id = self._entropy(VALUE_ID_BYTES).hex()
        self._underway.add(value_id)
        try:
            await self.vault.put(value_id, value)
        except VaultError:
            self._underway.discard(value_id)
            raise
        return value_id

    async def _rotate(self) -> str:
        await self.vault.rotate_key()
        return ""

    def unused(self, value_id: str) -> None:
        """No event will name the value."""
        self._underway.discard(value_id)
        self._tidy_soon()

    # Changing

    def change(self, cell: Cell[Secret], event: Event, context: Context) -> Changed:
        now = self._ledger.store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        entry = Entry(stream=cell.stream, expected=expected, events=(event,))
        changed = self._append(entry, event, context, now)
        state = evolve_secret(cell.tail, event, now, context.actor)
        self._underway.discard(state.value_id)
        cell.decided(state)
        self._ledger.when_durable(changed.position.last, _Change(self, cell, state))
        return changed

    def note_rotation(self, event: Event, context: Context) -> Changed:
        store = self._ledger.store
        entry = Entry(stream=VAULT, expected=store.sequence(VAULT), events=(event,))
        return self._append(entry, event, context, store.now())

    def _append(self, entry: Entry, event: Event, context: Context, now: int) -> Changed:
        return Changed((event,), self._ledger.append(batch_of((entry,), context, now)))

    def committed(self, cell: Cell[Secret], state: Secret) -> None:
        cell.committed(state)
        self._publish(cell)
        self._tidy_soon()

    def undo(self, cell: Cell[Secret]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        self._tidy_soon()

    def _cell(self, key: str) -> Cell[Secret]:
        return self._cells.setdefault(key, Cell(f"{STREAMS}{key}", None))

    def _publish(self, cell: Cell[Secret]) -> None:
        """Let tasks be given the value that is durable now."""
        state = cell.durable
        assert state is not None, "a published secret is one"
        value = None if state.deleted else self.vault.values.get(state.value_id)
        before = self._current.get(state.key)
        if value == before:
            return
        if before is not None:
            earlier = self._earlier.setdefault(state.key, deque(maxlen=self._kept_earlier))
            earlier.append(before)
        if value is None:
            self._current.pop(state.key, None)
        else:
            self._current[state.key] = value
        self._masks.clear()

    # Dropping what is named no more

    def _tidy_soon(self) -> None:
        self._tasks.start_soon(self._tidy)

    async def _tidy(self) -> None:
        """Whether the last events are in a log that failed is not known before it is read
        again: then everything stays."""
        if self._ledger.store.state.mode == "read-only":
            return
        try:
            await self.vault.keep(self._in_use)
        except VaultError as error:
            _log.warning("old values of secrets are still in the vault", error=str(error))

    def _in_use(self) -> set[str]:
        states = (one for cell in self._cells.values() for one in (cell.tail, cell.durable))
        return self._underway | {one.value_id for one in states if one and not one.deleted}

    # Masking

    def masked(self, command: Command, pinned: Pinned) -> Command:
        """What somebody says who was given what ``pinned`` names, without it."""
        key = (pinned.deferred, pinned.metadata, pinned.bound)
        mask = self._masks.get(key)
        if mask is None:
            mask = self._kept(key, Mask(self._given(pinned)))
        return masked(command, mask) if mask else command

    def masked_line(self, line: str) -> str:
        """A line of the daemon's own log without any secret that is known."""
        mask = self._masks.get(None)
        if mask is None:
            mask = self._kept(None, self._mask_of_all())
        return mask.text(line)

    def _mask_of_all(self) -> Mask:
        """Parts of documents too: more than was given out may be masked in a log."""
        names = {*self.sources.secrets, *self._earlier}
        values = [value for name in names for value in self._values_of(name)]
        return Mask([*values, *(part for value in values for part in texts_within(value))])

    def _kept(self, key: Hashable, mask: Mask) -> Mask:
        if len(self._masks) >= KEPT_MASKS:
            self._masks.clear()
        self._masks[key] = mask
        return mask

    def _given(self, pinned: Pinned) -> Iterator[str]:
        for expression in pinned.deferred:
            _, kind, name = expression.split(".", 2)
            if kind == "secrets":
                for value in self._values_of(name.partition(".")[0]):
                    yield from texts_of(expression, value)
        for name in pinned.metadata | pinned.bound:
            yield from self._values_of(name)

    def _values_of(self, name: str) -> Iterator[str]:
        """Those that somebody may have been given."""
        yield from self._earlier.get(name, ())
        for source in (self._current, self._environment.secrets):
            if name in source:
                yield source[name]


class _Change:
    """Waits for the commit of one change of one secret."""

    __slots__ = ("after", "cell", "secrets")

    def __init__(self, secrets: Secrets, cell: Cell[Secret], after: Secret) -> None:
        self.secrets = secrets
        self.cell = cell
        self.after = after

    def durable(self) -> None:
        self.secrets.committed(self.cell, self.after)

    def lost(self, error: EventStoreError) -> None:
        self.secrets.undo(self.cell)

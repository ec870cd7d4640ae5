"""API tokens: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest

from daemon.decider.tokens import Token, evolve_token
from daemon.reactor.catalog import Changed
from daemon.reactor.cell import Cell, Change
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from eventstore.events import Event, PermissionRefused
from eventstore.store import Batch, Entry, EventStoreError

STREAMS = "token/"
ACTOR = "token:"
SECRET = "ph_"
WEIGHT_BYTES = 512
"""About what one change of a token takes of the log."""


def secret_of(token_id: str, random: str) -> str:
    """What the bearer sends; the id in it finds the token."""
    return f"{SECRET}{token_id}_{random}"


def hash_of(secret: str) -> str:
    """No salt: secrets have 256 random bits."""
    return sha256(secret.encode()).hexdigest()


class Tokens:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._ledger = ledger
        self._page = page_events
        self._cells: dict[str, Cell[Token]] = {}

    async def load(self) -> None:
        """Fold every token of the log."""
        after = 0
        store = self._ledger.store
        while events := await store.read_all(after=after, limit=self._page, streams=STREAMS):
            for one in events:
                cell = self._cell(one.stream.removeprefix(STREAMS))
                cell.tail = cell.durable = evolve_token(
                    cell.tail, one.event, one.at, one.position, one.actor
                )
            after = events[-1].position

    def find(self, token_id: str) -> Token | None:
        """Durable."""
        cell = self._cells.get(token_id)
        return None if cell is None else cell.durable

    def all(self) -> Iterator[Token]:
        """Durable ones, revoked and expired ones too, oldest first."""
        return (cell.durable for cell in self._cells.values() if cell.durable is not None)

    def bearer(self, secret: str, now: int) -> Token | None:
        """Whose secret that is, if the token is still good."""
        token_id = secret.removeprefix(SECRET).partition("_")[0]
        token = self.find(token_id)
        if token is None or not token.is_good(now):
            return None
        return token if compare_digest(token.secret_hash, hash_of(secret)) else None

    def behind(self, actor: str) -> str | None:
        """The token id of an actor that is one."""
        return actor.removeprefix(ACTOR) if actor.startswith(ACTOR) else None

    def refused(self, token_id: str, method: str, scope: str, context: Context) -> None:
        """Record that a token tried what it may not. One that is not (or no more) known has
        no stream to record it in."""
        cell = self._cells.get(token_id)
        if cell is not None and cell.tail is not None:
            event = PermissionRefused(token_id=token_id, method=method, scope=scope)
            self.change(cell, event, context)

    def cell(self, token_id: str) -> Cell[Token] | None:
        cell = self._cells.get(token_id)
        return None if cell is None or cell.tail is None else cell

    def create(self, token_id: str, event: Event, context: Context) -> Changed:
        cell = self._cell(token_id)
        try:
            return self._append(cell, event, context)
        except EventStoreError:
            self._cells.pop(token_id, None)
            raise

    def change(self, cell: Cell[Token], event: Event, context: Context) -> Changed:
        return self._append(cell, event, context)

    def undo(self, cell: Cell[Token]) -> None:
        """The log lost what was decided: go back to what is durable."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        if cell.durable is None:
            self._cells.pop(cell.stream.removeprefix(STREAMS), None)

    def _cell(self, token_id: str) -> Cell[Token]:
        return self._cells.setdefault(token_id, Cell(f"{STREAMS}{token_id}", None))

    def _append(self, cell: Cell[Token], event: Event, context: Context) -> Changed:
        now = self._ledger.store.now()
        expected = 0 if cell.tail is None else cell.tail.sequence
        appended = self._ledger.append(
            Batch(
                entries=(Entry(stream=cell.stream, expected=expected, events=(event,)),),
                at=now,
                actor=context.actor,
                cause=context.cause,
                request=context.request,
                trace=context.trace,
                weight=WEIGHT_BYTES + context.weight,
            )
        )
        state = evolve_token(cell.tail, event, now, appended.first, context.actor)
        cell.decided(state)
        self._ledger.when_durable(appended.last, Change(cell, state, self.undo))
        return Changed((event,), appended)

"""API tokens: all of them in memory, as few as they are (compare ``catalog``)."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest

from daemon.decider.tokens import Token, evolve_token
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed
from daemon.reactor.jobs import Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.roll import Roll
from eventstore.events import Event, PermissionRefused

STREAMS = "token/"
ACTOR = "token:"
SECRET = "ph_"


def secret_of(token_id: str, random: str) -> str:
    """What the bearer sends; the id in it finds the token."""
    return f"{SECRET}{token_id}_{random}"


def hash_of(secret: str) -> str:
    """No salt: secrets have 256 random bits."""
    return sha256(secret.encode()).hexdigest()


class Tokens:
    def __init__(self, ledger: Ledger, *, page_events: int) -> None:
        self._roll: Roll[Token] = Roll(ledger, STREAMS, evolve_token, page_events=page_events)
        self.load = self._roll.load
        self.find = self._roll.durable
        self.change = self._roll.append

    def all(self) -> Iterator[Token]:
        """Durable ones, revoked and expired ones too, oldest first."""
        return self._roll.all_durable()

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
        cell = self.cell(token_id)
        if cell is not None:
            event = PermissionRefused(token_id=token_id, method=method, scope=scope)
            self.change(cell, event, context)

    def cell(self, token_id: str) -> Cell[Token] | None:
        cell = self._roll.cells.get(token_id)
        return None if cell is None or cell.tail is None else cell

    def create(self, token_id: str, event: Event, context: Context) -> Changed:
        """Raises EventStoreError."""
        return self.change(self._roll.cell(token_id), event, context)

"""API tokens: state, evolve and decide; pure."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import Event, TokenChanged, TokenCreated, TokenRevoked

EVERYTHING = "*"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC microseconds."""

    token_id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    expires_at: int | None
    created_at: int
    created_by: str
    revoked_at: int | None = None
    sequence: int = 1

    def is_good(self, now: int) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def may(self, scope: str) -> bool:
        return any(covers(own, scope) for own in self.scopes)


def covers(own: str, scope: str) -> bool:
    """``job:*`` covers ``job:submit`` and ``job:event:send``; ``*`` covers everything."""
    if own in (EVERYTHING, scope):
        return True
    return own.endswith(":*") and scope.startswith(own[:-1])


def evolve_token(state: Token | None, event: Event, at: int, position: int, actor: str) -> Token:
    if isinstance(event, TokenCreated):
        return Token(
            token_id=event.token_id,
            name=event.name,
            secret_hash=event.secret_hash,
            scopes=event.scopes,
            expires_at=event.expires_at,
            created_at=at,
            created_by=actor,
        )
    if state is None:
        raise TypeError(f"a token begins with TokenCreated, not {type(event).__name__}")
    state = replace(state, sequence=state.sequence + 1)
    match event:
        case TokenChanged():
            return replace(state, scopes=event.scopes, expires_at=event.expires_at)
        case TokenRevoked():
            return replace(state, revoked_at=at)
    return state


def revoke(state: Token) -> TokenRevoked | Refusal:
    if state.revoked_at is not None:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"token {state.token_id} was revoked before",
        )
    return TokenRevoked(token_id=state.token_id)


def change(state: Token, scopes: tuple[str, ...], expires_at: int | None) -> TokenChanged | Refusal:
    if (scopes, expires_at) == (state.scopes, state.expires_at):
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"token {state.token_id} has these scopes and this end already",
        )
    return TokenChanged(token_id=state.token_id, scopes=scopes, expires_at=expires_at)

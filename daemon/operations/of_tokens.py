"""``token.*``: who may call over a network, and for what."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from daemon.decider.state import JobState
from daemon.decider.tokens import EVERYTHING, Token, change, covers, revoke
from daemon.decider.turn import Refusal
from daemon.operations import parameters as p
from daemon.operations.answering import LATER, Answer, Call, WaitingAnswer, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.of_workflows import new_id
from daemon.operations.refusals import invalid
from daemon.operations.scopes import KNOWN, scope_of
from daemon.operations.times import time_of
from daemon.reactor.cell import Cell
from daemon.reactor.jobs import Context
from daemon.reactor.tokens import hash_of, secret_of
from eventstore.events import Event, RequestNoted, TokenChanged, TokenCreated, TokenRevoked
from projections.times import iso, iso_or_none

SECRET_BYTES = 32


def create(house: House, call: Call, asked: p.TokenCreate) -> Answer:
    """The secret is in the first answer only: neither the log nor a repeat knows it."""
    token_id = new_id(house)
    random = urlsafe_b64encode(house.entropy(SECRET_BYTES)).rstrip(b"=").decode("ascii")
    secret = secret_of(token_id, random)
    event = TokenCreated(
        token_id=token_id,
        name=asked.name,
        secret_hash=hash_of(secret),
        scopes=_granted(house, call, asked.scopes),
        expires_at=_end(house, asked.expires_at),
    )
    done = house.tokens.create(token_id, event, call.context)
    answer = {**_made(event), "token": secret}
    house.ledger.when_durable(done.position.last, WaitingAnswer(call.reply, answer))
    return LATER


def created(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, TokenCreated)
    return _made(event)


def _made(event: TokenCreated) -> Result:
    return {
        "tokenId": event.token_id,
        "name": event.name,
        "scopes": list(event.scopes),
        "expiresAt": iso_or_none(event.expires_at),
        "token": None,
    }


def get(house: House, call: Call, asked: p.OneToken) -> Answer:
    token = house.tokens.find(asked.token_id)
    if token is None:
        raise no_such_token(asked.token_id)
    return _document(token)


def list_tokens(house: House, call: Call, asked: p.TokenList) -> Answer:
    found = [one for one in house.tokens.all() if asked.with_revoked or one.revoked_at is None]
    return {"tokens": [_document(one) for one in reversed(found)]}


def _document(token: Token) -> Result:
    return {
        "tokenId": token.token_id,
        "name": token.name,
        "scopes": list(token.scopes),
        "createdAt": iso(token.created_at),
        "createdBy": token.created_by,
        "expiresAt": iso_or_none(token.expires_at),
        "revokedAt": iso_or_none(token.revoked_at),
    }


def update(house: House, call: Call, asked: p.TokenUpdate) -> Answer:
    cell = _cell(house, asked.token_id)
    token = cell.tail
    assert token is not None, "a cell that is found has a token"
    if token.revoked_at is not None:
        raise OperationError(ErrorType.REFUSED, f"token {asked.token_id} was revoked")
    scopes = token.scopes if asked.scopes is None else _granted(house, call, asked.scopes)
    ends = token.expires_at if asked.expires_at is None else _end(house, asked.expires_at)
    return _change(house, call, cell, change(token, scopes, ends))


def revoke_token(house: House, call: Call, asked: p.TokenRevoke) -> Answer:
    cell = _cell(house, asked.token_id)
    assert cell.tail is not None, "a cell that is found has a token"
    return _change(house, call, cell, revoke(cell.tail))


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, TokenChanged | TokenRevoked)
    return {"tokenId": event.token_id}


def no_such_token(token_id: str) -> OperationError:
    return OperationError(ErrorType.NOT_FOUND, f"there is no token {token_id!r}")


def _cell(house: House, token_id: str) -> Cell[Token]:
    cell = house.tokens.cell(token_id)
    if cell is None:
        raise no_such_token(token_id)
    return cell


def _change(house: House, call: Call, cell: Cell[Token], event: Event | Refusal) -> Answer:
    if isinstance(event, Refusal):
        assert cell.tail is not None, "a cell that is found has a token"
        answer = {"tokenId": cell.tail.token_id}
        if call.request is None:
            return answer
        event = RequestNoted(method=call.method, answer=answer)
    done = house.tokens.change(cell, event, call.context)
    return Written(done.position.last, done.events)


def _end(house: House, text: str | None) -> int | None:
    ends = time_of(text, "/expiresAt")
    if ends is not None and ends <= house.store.now():
        raise invalid("/expiresAt", f"{text} is over already")
    return ends


def _granted(house: House, call: Call, scopes: Sequence[str]) -> tuple[str, ...]:
    """A token can hand on only what it may itself."""
    for place, scope in enumerate(scopes):
        if not any(covers(scope, one) for one in KNOWN):
            words = ", ".join((*sorted(KNOWN), "<noun>:*", EVERYTHING))
            raise invalid(f"/scopes/{place}", f"{scope!r} is none of {words}")
    token_id = house.tokens.behind(call.peer.actor)
    giver = None if token_id is None else house.tokens.find(token_id)
    for scope in scopes:
        if giver is not None and not giver.may(scope):
            raise forbidden(house, call, giver.token_id, scope)
    return tuple(dict.fromkeys(scopes))


def permit(house: House, call: Call) -> None:
    """Raises NOT_ALLOWED when the caller is a token that may not call this; that it tried
    stands in the log."""
    token_id = house.tokens.behind(call.peer.actor)
    if token_id is not None:
        token = house.tokens.find(token_id)
        if token is None or not token.is_good(house.store.now()):
            raise OperationError(ErrorType.NOT_ALLOWED, "this token is revoked, expired or unknown")
        scope = scope_of(call.method)
        if not token.may(scope):
            raise forbidden(house, call, token_id, scope)


def forbidden(house: House, call: Call, token_id: str, scope: str) -> OperationError:
    _record(house, call.peer.actor, token_id, call.method, scope)
    return OperationError(
        ErrorType.NOT_ALLOWED,
        f"token {token_id} lacks the scope {scope!r} that {call.method} needs",
        scope=scope,
    )


def permits(house: House, actor: str, what: str, scope: str) -> bool:
    """As ``permit``, for what an interface answers without an operation."""
    token_id = house.tokens.behind(actor)
    if token_id is None:
        return True
    token = house.tokens.find(token_id)
    if token is not None and token.may(scope):
        return True
    _record(house, actor, token_id, what, scope)
    return False


def _record(house: House, actor: str, token_id: str, what: str, scope: str) -> None:
    if house.store.state.mode == "ok":
        house.tokens.refused(token_id, what, scope, Context(actor))

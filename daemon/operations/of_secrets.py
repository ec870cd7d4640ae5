"""``secret.*``: what tasks are given and no event ever holds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from daemon.decider.secrets import Secret, change, create
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.operations import parameters_of_secrets as p
from daemon.operations.answering import LATER, Answer, Call, WaitingAnswer, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.of_workflows import new_id
from daemon.operations.parameters import Nothing
from daemon.operations.refusals import invalid, refused
from daemon.reactor.cell import Cell
from eventstore.events import (
    Event,
    RequestNoted,
    SecretChanged,
    SecretCreated,
    SecretDeleted,
    SecretResolved,
    VaultKeyRotated,
)
from projections.times import iso


def create_secret(house: House, call: Call, asked: p.SecretCreate) -> Answer:
    _check_value(house, asked.value)
    cell = house.secrets.cell_of_key(asked.key)
    _refuse(create(cell.tail, asked.key, "", "", None))
    _check_room(house)
    value_id = house.secrets.stored(_asked(call), asked.value)
    event = create(cell.tail, asked.key, new_id(house), value_id, asked.description)
    if isinstance(event, Refusal):
        house.secrets.unused(value_id)
        raise refused(event)
    done = house.secrets.change(cell, event, call.context)
    return Written(done.position.last, done.events)


def update(house: House, call: Call, asked: p.SecretUpdate) -> Answer:
    if asked.value is None and asked.description is None:
        raise invalid("", "say value, description or both")
    cell, state = _there(house, asked.secret)
    value_id = None
    if asked.value is not None:
        _check_value(house, asked.value)
        value_id = house.secrets.stored(_asked(call), asked.value)
    return _change(house, call, cell, change(state, value_id, asked.description))


def delete(house: House, call: Call, asked: p.SecretDelete) -> Answer:
    cell, state = _there(house, asked.secret)
    return _change(house, call, cell, SecretDeleted(secret_id=state.secret_id))


def created(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, SecretCreated)
    return {"secretId": event.secret_id, "key": event.key}


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, SecretChanged | SecretDeleted)
    return {"secretId": event.secret_id}


def get(house: House, call: Call, asked: p.OneSecret) -> Answer:
    return _document(house, _found(house, asked.secret))


def list_secrets(house: House, call: Call, asked: Nothing) -> Answer:
    return {"secrets": [_document(house, one) for one in house.secrets.all()]}


def resolve(house: House, call: Call, asked: p.OneSecret) -> Answer:
    """The value, once it stands in the log who asked for it."""
    secret = _found(house, asked.secret)
    value = house.secrets.vault.values.get(secret.value_id)
    if value is None:
        raise OperationError(
            ErrorType.NOT_FOUND,
            f"secret {secret.key} has no value in the vault; give it one with secret.update",
        )
    cell, state = _there(house, secret.key)
    event = SecretResolved(secret_id=state.secret_id)
    done = house.secrets.change(cell, event, call.context)
    answer = {"key": secret.key, "value": value}
    house.ledger.when_durable(done.position.last, WaitingAnswer(call.reply, answer))
    return LATER


def rotate_key(house: House, call: Call, asked: p.KeyRotate) -> Answer:
    house.secrets.rotated(_asked(call))
    done = house.secrets.note_rotation(VaultKeyRotated(), call.context)
    return Written(done.position.last, done.events)


def key_rotated(events: Sequence[Event], state: JobState | None) -> Result:
    assert isinstance(events[0], VaultKeyRotated)
    return {"rotated": True}


def _asked(call: Call) -> Hashable:
    """The same for a copy of the request, else the call's own."""
    return id(call) if call.request is None else (call.peer.actor, call.request.request_id)


def _check_value(house: House, value: str) -> None:
    limit = house.bounds.max_secret_bytes
    if not value:
        raise invalid("/value", "is empty")
    if len(value.encode()) > limit:
        raise invalid("/value", f"has more than {limit} bytes (secrets.max_value_bytes)")


def _check_room(house: House) -> None:
    limit = house.bounds.max_secrets
    if len(house.secrets.all()) >= limit:
        raise OperationError(
            ErrorType.REFUSED, f"there are {limit} secrets already (secrets.max_secrets)"
        )


def _found(house: House, secret: str) -> Secret:
    found = house.secrets.find(secret)
    if found is None:
        raise _no_such_secret(secret)
    return found


def _there(house: House, secret: str) -> tuple[Cell[Secret], Secret]:
    cell = house.secrets.cell(secret)
    if cell is None or cell.tail is None:
        raise _no_such_secret(secret)
    return cell, cell.tail


def _no_such_secret(secret: str) -> OperationError:
    return OperationError(ErrorType.NOT_FOUND, f"there is no secret {secret!r}")


def _refuse(decided: Event | Refusal) -> None:
    if isinstance(decided, Refusal):
        raise refused(decided)


def _change(house: House, call: Call, cell: Cell[Secret], event: Event | Refusal) -> Answer:
    if isinstance(event, Refusal):
        assert event.kind is RefusalKind.NOTHING_TO_CHANGE
        assert cell.tail is not None, "a cell that is found has a secret"
        answer = {"secretId": cell.tail.secret_id}
        if call.request is None:
            return answer
        event = RequestNoted(method=call.method, answer=answer)
    done = house.secrets.change(cell, event, call.context)
    return Written(done.position.last, done.events)


def _document(house: House, secret: Secret) -> Result:
    return {
        "secretId": secret.secret_id,
        "key": secret.key,
        "description": secret.description,
        "hasValue": house.secrets.has_value(secret),
        "createdAt": iso(secret.created_at),
        "createdBy": secret.created_by,
        "updatedAt": iso(secret.updated_at),
        "updatedBy": secret.updated_by,
    }

"""Secrets without their values: state, evolve and decide; pure."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import Event, SecretChanged, SecretCreated, SecretDeleted


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """What a key stands for now. Times are UTC microseconds."""

    key: str
    secret_id: str
    value_id: str
    """Where its value lies in the vault."""
    description: str | None
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    deleted: bool = False
    sequence: int = 1


def evolve_secret(state: Secret | None, event: Event, at: int, actor: str) -> Secret:
    if isinstance(event, SecretCreated):
        return Secret(
            key=event.key,
            secret_id=event.secret_id,
            value_id=event.value_id,
            description=event.description,
            created_at=at,
            created_by=actor,
            updated_at=at,
            updated_by=actor,
            sequence=1 if state is None else state.sequence + 1,
        )
    if state is None:
        raise TypeError(f"a secret begins with SecretCreated, not {type(event).__name__}")
    state = replace(state, sequence=state.sequence + 1)
    match event:
        case SecretChanged():
            return replace(
                state,
                value_id=event.value_id,
                description=event.description,
                updated_at=at,
                updated_by=actor,
            )
        case SecretDeleted():
            return replace(state, deleted=True)
    return state


def create(
    state: Secret | None, key: str, secret_id: str, value_id: str, description: str | None
) -> SecretCreated | Refusal:
    if state is not None and not state.deleted:
        return Refusal(
            kind=RefusalKind.SECRET_TAKEN,
            message=f"there is a secret {key} already; change it with secret.update",
        )
    return SecretCreated(secret_id=secret_id, key=key, value_id=value_id, description=description)


def change(state: Secret, value_id: str | None, description: str | None) -> SecretChanged | Refusal:
    """None leaves the one or the other as it is."""
    after = SecretChanged(
        secret_id=state.secret_id,
        value_id=state.value_id if value_id is None else value_id,
        description=state.description if description is None else description,
    )
    if (after.value_id, after.description) == (state.value_id, state.description):
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"secret {state.key} has this description already",
        )
    return after

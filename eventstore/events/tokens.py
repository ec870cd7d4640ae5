"""Events of the stream ``token/<id>``: who may call without being a user of this machine."""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, recorded


@recorded
class TokenCreated(Event, frozen=True, kw_only=True):
    """The secret itself is nowhere: ``secret_hash`` is its SHA-256, in hexadecimal."""

    fact: ClassVar[bool] = True
    token_id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    expires_at: int | None = None


@recorded
class TokenChanged(Event, frozen=True, kw_only=True):
    """What the token may do from now on, and until when."""

    fact: ClassVar[bool] = True
    token_id: str
    scopes: tuple[str, ...]
    expires_at: int | None = None


@recorded
class TokenRevoked(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    token_id: str


@recorded
class PermissionRefused(Event, frozen=True, kw_only=True):
    """The token's bearer called ``method``, for which it has no ``scope``."""

    fact: ClassVar[bool] = True
    token_id: str
    method: str
    scope: str

"""Events of the stream ``secret/<key>``: what secrets there are and who did what with them.

A value is in no event, nor anything made of one: ``value_id`` is drawn by chance and finds it
in the vault.
"""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, recorded


@recorded
class SecretCreated(Event, frozen=True, kw_only=True):
    """A key that was deleted can be created again, as another secret."""

    fact: ClassVar[bool] = True
    secret_id: str
    key: str
    value_id: str
    description: str | None = None


@recorded
class SecretChanged(Event, frozen=True, kw_only=True):
    """``value_id`` and ``description`` as they are from now on."""

    fact: ClassVar[bool] = True
    secret_id: str
    value_id: str
    description: str | None = None


@recorded
class SecretDeleted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    secret_id: str


@recorded
class SecretResolved(Event, frozen=True, kw_only=True):
    """Its value was told to who asked; tasks that are given it write no such event."""

    fact: ClassVar[bool] = True
    secret_id: str


@recorded
class VaultKeyRotated(Event, frozen=True, kw_only=True):
    """In the stream ``vault``: all values were sealed with a new key."""

    fact: ClassVar[bool] = True

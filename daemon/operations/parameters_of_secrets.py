"""Parameters and results of ``secret.*``."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from daemon.operations.parameters import Changing, Name, Parameters

Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+$(?!\n)", max_length=255)]
Description = Annotated[str, Meta(max_length=1_000)]


class SecretCreate(Changing, frozen=True, kw_only=True):
    key: Key
    value: str
    description: Description | None = None

    def __repr__(self) -> str:
        return f"SecretCreate({self.key})"


class SecretUpdate(Changing, frozen=True, kw_only=True):
    """``secret`` is a key or an id everywhere."""

    secret: Name
    value: str | None = None
    description: Description | None = None

    def __repr__(self) -> str:
        return f"SecretUpdate({self.secret})"


class OneSecret(Parameters, frozen=True, kw_only=True):
    secret: Name


class SecretDelete(Changing, frozen=True, kw_only=True):
    secret: Name


class KeyRotate(Changing, frozen=True, kw_only=True):
    pass


class SecretChange(TypedDict):
    secretId: str
    key: str


class SecretTouched(TypedDict):
    secretId: str


class SecretDocument(TypedDict):
    secretId: str
    key: str
    description: str | None
    hasValue: bool
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str


class SecretDocuments(TypedDict):
    secrets: list[SecretDocument]


class SecretValue(TypedDict):
    key: str
    value: str


class KeyRotated(TypedDict):
    rotated: bool

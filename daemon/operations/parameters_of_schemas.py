"""Parameters of ``schema.*``."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from daemon.operations.parameters import Changing, Name, Page, Parameters

VersionNumber = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class SchemaPut(Changing, frozen=True, kw_only=True):
    definition: dict[str, Any]
    """Conductor's SchemaDef: name, version, type JSON, data."""
    new_version: bool = False
    """Give it the next free version, whatever the definition says."""


class SchemaGet(Parameters, frozen=True, kw_only=True):
    name: Name
    version: VersionNumber | None = None


class SchemaList(Page, frozen=True, kw_only=True):
    pass


class SchemaDelete(Changing, frozen=True, kw_only=True):
    name: Name
    version: VersionNumber | None = None
    """Without one, every version."""

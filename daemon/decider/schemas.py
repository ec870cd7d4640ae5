"""Registered schemas: state, evolve and decide; pure."""

from __future__ import annotations

from typing import Any

import immutables
import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import Event, SchemaDefined, SchemaDeleted


class SchemaVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC microseconds."""

    version: int
    definition: dict[str, Any]
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class SchemaBook(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of the schema ``name``."""

    name: str
    versions: immutables.Map[int, SchemaVersion] = immutables.Map()
    highest: int = 0
    """The highest number ever given."""
    sequence: int = 0

    def find(self, version: int | None) -> SchemaVersion | None:
        """``version`` None: the newest."""
        number = max(self.versions, default=0) if version is None else version
        return self.versions.get(number)


def evolve_schema(
    state: SchemaBook | None, event: Event, at: int, position: int, actor: str
) -> SchemaBook:
    match event:
        case SchemaDefined():
            book = state or SchemaBook(name=event.name)
            book = _defined(book, event, at, actor)
        case SchemaDeleted() if state is not None and event.version is not None:
            book = replace(state, versions=state.versions.delete(event.version))
        case SchemaDeleted() if state is not None:
            book = replace(state, versions=immutables.Map())
        case _ if state is not None:
            book = state
        case _:
            raise TypeError(f"a schema begins with SchemaDefined, not {type(event).__name__}")
    return replace(book, sequence=book.sequence + 1)


def _defined(state: SchemaBook, event: SchemaDefined, at: int, actor: str) -> SchemaBook:
    before = state.versions.get(event.version)
    made = SchemaVersion(
        version=event.version,
        definition=event.definition,
        created_at=at if before is None else before.created_at,
        created_by=actor if before is None else before.created_by,
        updated_at=at,
        updated_by=actor,
    )
    return replace(
        state,
        versions=state.versions.set(event.version, made),
        highest=max(state.highest, event.version),
    )


def define(
    state: SchemaBook | None, name: str, version: int, definition: dict[str, Any]
) -> SchemaDefined | Refusal:
    there = None if state is None else state.versions.get(version)
    if there is not None and there.definition == definition:
        return Refusal(
            kind=RefusalKind.NOTHING_TO_CHANGE,
            message=f"schema {name!r} has this version {version} already",
        )
    return SchemaDefined(name=name, version=version, definition=definition)


def delete(state: SchemaBook | None, name: str, version: int | None) -> SchemaDeleted | Refusal:
    if state is None or state.find(version) is None:
        which = "" if version is None else f" of version {version}"
        message = f"there is no schema {name!r}{which}"
        return Refusal(kind=RefusalKind.NO_SUCH_SCHEMA, message=message)
    return SchemaDeleted(name=name, version=version)

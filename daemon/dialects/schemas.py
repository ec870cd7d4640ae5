"""Conductor's ``SchemaDef``: a JSON Schema inside a definition, or the name of a registered one.

Rules: Conductor's page on schema validation. A schema is looked at only where ``enforceSchema``
holds: for workflows unless it says false, for task types only if it says true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from daemon.dialects.contracts.masking import NOTHING_MASKED, Masks
from daemon.dialects.contracts.schema import Schema, Unusable
from daemon.dialects.fields import Fields
from daemon.dialects.plan import Problem, SchemaName

Schemas = Mapping[str, Mapping[str, Any]]
"""Registered JSON Schemas by their key."""


class SchemaType(StrEnum):
    JSON = "JSON"
    AVRO = "AVRO"
    PROTOBUF = "PROTOBUF"


class SchemaUse(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    name: str
    version: int | None
    """None: the newest."""
    type: SchemaType | None
    data: dict[str, Any] | None
    external_ref: str | None

    def registered(self) -> SchemaName | None:
        """The registered schema that is meant; None where ``data`` says it all."""
        return None if self.data is not None else SchemaName(self.name, self.version)


def read_schema(fields: Fields | None) -> SchemaUse | None:
    if fields is None or not fields.source:
        return None
    kind = fields.choice("type", SchemaType.JSON)
    return SchemaUse(
        path=fields.path,
        name=fields.text("name") or "",
        version=fields.whole_or_none("version"),
        type=kind if fields.has("type") else None,
        data=fields.object("data") if fields.has("data") else None,
        external_ref=fields.text("externalRef"),
    )


def problems_of(use: SchemaUse) -> Iterator[Problem]:
    """What keeps an enforced schema from being enforced here."""
    if not use.name:
        yield _wrong(use, "/name", "the name of a schema cannot be empty")
    if use.type is None:
        yield _wrong(use, "/type", "the type of an enforced schema has to be said: JSON")
    elif use.type is not SchemaType.JSON:
        message = (
            f"schemas of type {use.type} cannot be enforced by this release, only JSON; "
            "set enforceSchema to false to keep it unenforced"
        )
        yield _wrong(use, "/type", message)
    elif use.data is not None:
        from daemon.dialects.contracts.compiling import schema_problems

        yield from schema_problems(use.data, f"{use.path}/data")
    elif use.external_ref is not None:
        message = (
            "a schema outside is not fetched: put it into data, or register it with schema.put "
            "and name it without externalRef"
        )
        yield _wrong(use, "/externalRef", message)


def _wrong(use: SchemaUse, below: str, message: str) -> Problem:
    return Problem(path=f"{use.path}{below}", message=message, kind="schema")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow or a task promises about its input or output."""

    name: str
    schema: Schema | Unusable
    masks: Masks = NOTHING_MASKED

    def breach(self, what: str, value: Any) -> str | None:
        """Why ``what`` ("input of task a") breaks it, as a reason; None: it keeps it."""
        found = self.schema.breach(value, self.masks)
        return None if found is None else f"the {what} breaks its schema '{self.name}': {found}"

    def problems(self, what: str, value: Any) -> tuple[Problem, ...]:
        """As ``breach``, one for each violation, with the paths in the value."""
        if isinstance(self.schema, Unusable):
            return self.unusable
        words = f"the {what} breaks its schema '{self.name}'"
        return tuple(
            Problem(path=path, message=f"{words}: {said}", kind="schema")
            for path, said in self.schema.said(value, self.masks)
        )

    @property
    def unusable(self) -> tuple[Problem, ...]:
        """Why no value can keep it."""
        if not isinstance(self.schema, Unusable):
            return ()
        message = f"schema '{self.name}': {self.schema.why}"
        return (Problem(path="", message=message, kind="schema"),)


def promised(use: SchemaUse | None, schemas: Schemas, masks: Masks) -> Kept | None:
    """Of an enforced schema."""
    return None if use is None else Kept(name=use.name, schema=_schema(use, schemas), masks=masks)


def _schema(use: SchemaUse, schemas: Schemas) -> Schema | Unusable:
    if use.data is None:
        for problem in problems_of(use):
            return Unusable(problem.message)
    meant = use.registered()
    data = use.data if meant is None else schemas.get(meant.key)
    if data is None:
        return Unusable(not_registered(meant))
    from daemon.dialects.contracts.compiling import compiled

    return compiled(data)


def not_registered(meant: SchemaName | None) -> str:
    shown = "" if meant is None else meant.key
    return f"no schema {shown} is registered; register it with schema.put"

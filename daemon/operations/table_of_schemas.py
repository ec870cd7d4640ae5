"""Rows of the operations table: registered schemas."""

from __future__ import annotations

from typing import Any, TypedDict

from daemon.operations import of_schemas as schemas
from daemon.operations import parameters_of_schemas as p
from daemon.operations.answering import Operation


class SchemaChange(TypedDict):
    name: str
    version: int | None


class SchemaDocument(TypedDict):
    name: str
    version: int
    definition: dict[str, Any]
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str


class SchemaDocuments(TypedDict):
    schemas: list[SchemaDocument]
    cursor: str | None


def of_schemas() -> tuple[Operation, ...]:
    return (
        Operation(
            name="schema.put",
            summary="Register a JSON Schema under a name and a version",
            parameters=p.SchemaPut,
            result=SchemaChange,
            handler=schemas.put,
            answer=schemas.changed,
        ),
        Operation(
            name="schema.get",
            summary="One registered schema, the newest version unless one is named",
            parameters=p.SchemaGet,
            result=SchemaDocument,
            handler=schemas.get,
        ),
        Operation(
            name="schema.list",
            summary="Registered schemas by name and version",
            parameters=p.SchemaList,
            result=SchemaDocuments,
            handler=schemas.list_schemas,
        ),
        Operation(
            name="schema.delete",
            summary="Take a schema away; jobs that were submitted before keep it",
            parameters=p.SchemaDelete,
            result=SchemaChange,
            handler=schemas.delete,
            answer=schemas.changed,
        ),
    )

"""The OpenRPC document, made from the operations table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from daemon.operations.answering import Operation
from daemon.operations.calls import ErrorType

OPENRPC_VERSION = "1.3.2"
REF = "#/components/schemas/{name}"


def openrpc_document(operations: Iterable[Operation]) -> dict[str, Any]:
    rows = sorted(operations, key=lambda one: one.name)
    types = [one.parameters for one in rows] + [one.result for one in rows]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    parameters, results = schemas[: len(rows)], schemas[len(rows) :]
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {"title": "Playhead", "version": "1"},
        "methods": [
            _method(one, _resolved(given, components), result)
            for one, given, result in zip(rows, parameters, results, strict=True)
        ],
        "components": {"schemas": components},
    }


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = components[name]
    return found


def _method(
    operation: Operation, parameters: dict[str, Any], result: dict[str, Any]
) -> dict[str, Any]:
    required = parameters.get("required", [])
    return {
        "name": operation.name,
        "summary": operation.summary,
        "paramStructure": "by-name",
        "params": [
            {"name": name, "required": name in required, "schema": schema}
            for name, schema in parameters.get("properties", {}).items()
        ],
        "result": {"name": "result", "schema": result},
        "errors": [
            {"code": error.code, "message": error.word}
            for error in ErrorType
            if error is not ErrorType.METHOD_NOT_FOUND
        ],
    }

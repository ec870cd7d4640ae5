"""``/api-docs``: an OpenAPI document of every route, made from the tables that answer them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from config.version import VERSION
from daemon.gateway.asking import Ask
from daemon.gateway.messages import JSON, Response, json_response
from daemon.gateway.routes import Route, Routes

Json = dict[str, Any]

_NAME = re.compile(r"\{(\w+)\}")
PLAIN = "text/plain"
TAGS = {"": "daemon", "api": "Conductor", "organizations": "JustWorkflowIt"}
ERRORS = {
    "daemon": "application/problem+json",
    "Conductor": "application/json",
    "JustWorkflowIt": "application/json",
}


class Shapes(Protocol):
    """What is sent and answered, by the name of the operation: JSON Schemas."""

    @property
    def error(self) -> Json: ...

    def body(self, operation: str) -> Json | None: ...
    def answer(self, operation: str) -> Json | None: ...
    def is_text(self, operation: str) -> bool: ...

    def query(self, operation: str) -> Iterable[tuple[str, Json]]:
        """The parameters that the query may have."""

    def schemas(self) -> dict[str, Json]:
        """Those that the others refer to."""


def documentation(interfaces: Mapping[str, Routes], shapes: Mapping[str, Shapes]) -> Route:
    """The route that answers with the document about ``interfaces`` and itself. ``shapes``
    of those that have them, by their prefix."""

    async def answer(ask: Ask) -> Response:
        return json_response(openapi({**interfaces, "itself": Routes((route,))}, shapes))

    route = Route(
        method="GET",
        path="/api-docs",
        handler=answer,
        summary="This document",
        operation="apiDocs",
    )
    return route


def openapi(interfaces: Mapping[str, Routes], shapes: Mapping[str, Shapes]) -> Json:
    paths: dict[str, Json] = {}
    for prefix, routes in interfaces.items():
        tag = TAGS.get(prefix, TAGS[""])
        for route in routes.all:
            operation = _operation(route, tag, shapes.get(prefix))
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    schemas = {name: one for each in shapes.values() for name, one in each.schemas().items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Playhead",
            "version": VERSION,
            "description": "Workflows of JustWorkflowIt and of Conductor over one event log.",
        },
        "security": [{}, {"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
        "paths": dict(sorted(paths.items())),
    }


def _operation(route: Route, tag: str, shapes: Shapes | None) -> Json:
    refusal = {} if shapes is None else {"schema": shapes.error}
    done = {} if shapes is None else _answered(shapes, route.operation)
    operation: Json = {
        "operationId": f"{tag}_{route.operation}",
        "summary": route.summary,
        "tags": [tag],
        "responses": {
            "200": {"description": "Done", **done},
            "default": {"description": "Refused", "content": {ERRORS[tag]: refusal}},
        },
    }
    parameters = list(_parameters(route, shapes))
    if parameters:
        operation["parameters"] = parameters
    body = None if shapes is None else shapes.body(route.operation)
    if body is not None:
        operation["requestBody"] = {"content": {JSON: {"schema": body}}}
    elif shapes is None and route.method in ("POST", "PUT", "PATCH"):
        operation["requestBody"] = {"content": {JSON: {}}}
    return operation


def _answered(shapes: Shapes, operation: str) -> Json:
    if shapes.is_text(operation):
        return {"content": {PLAIN: {"schema": {"type": "string"}}}}
    answer = shapes.answer(operation)
    return {} if answer is None else {"content": {JSON: {"schema": answer}}}


def _parameters(route: Route, shapes: Shapes | None) -> Iterator[Json]:
    for name in _NAME.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, schema in () if shapes is None else shapes.query(route.operation):
        yield {"name": name, "in": "query", "schema": schema}

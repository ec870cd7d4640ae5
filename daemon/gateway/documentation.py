"""``/api-docs``: an OpenAPI document of every route, made from the tables that answer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from config.version import VERSION
from daemon.gateway.asking import Ask
from daemon.gateway.messages import Response, json_response
from daemon.gateway.routes import Route, Routes

_NAME = re.compile(r"\{(\w+)\}")
TAGS = {"": "daemon", "api": "Conductor", "organizations": "JustWorkflowIt"}
ERRORS = {
    "daemon": "application/problem+json",
    "Conductor": "application/json",
    "JustWorkflowIt": "application/json",
}


def documentation(interfaces: Mapping[str, Routes]) -> Route:
    """The route that answers with the document about ``interfaces`` and itself."""

    async def answer(ask: Ask) -> Response:
        return json_response(openapi({**interfaces, "itself": Routes((route,))}))

    route = Route(
        method="GET",
        path="/api-docs",
        handler=answer,
        summary="This document",
        operation="apiDocs",
    )
    return route


def openapi(interfaces: Mapping[str, Routes]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for prefix, routes in interfaces.items():
        tag = TAGS.get(prefix, TAGS[""])
        for route in routes.all:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, tag)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Playhead",
            "version": VERSION,
            "description": "Workflows of JustWorkflowIt and of Conductor over one event log.",
        },
        "security": [{}, {"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": dict(sorted(paths.items())),
    }


def _operation(route: Route, tag: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{tag}_{route.operation}",
        "summary": route.summary,
        "tags": [tag],
        "responses": {
            "200": {"description": "Done"},
            "default": {"description": "Refused", "content": {ERRORS[tag]: {}}},
        },
    }
    names = _NAME.findall(route.path)
    if names:
        operation["parameters"] = [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string"}}
            for one in names
        ]
    if route.method in ("POST", "PUT", "PATCH"):
        operation["requestBody"] = {"content": {"application/json": {}}}
    return operation

"""The daemon's own routes, and the answer to every path that is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import orjson

from config.version import VERSION
from daemon.gateway.asking import Ask
from daemon.gateway.messages import Response, json_response, text_response
from daemon.gateway.routes import Route, Routes, Table
from daemon.gateway.running import CallFailed
from daemon.gateway.site import problem

PROBLEM = "application/problem+json"
TABLE = Table()

_STATUS = {
    "notFound": HTTPStatus.NOT_FOUND,
    "notAllowed": HTTPStatus.FORBIDDEN,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "stopping": HTTPStatus.SERVICE_UNAVAILABLE,
}


class Own:
    unreadable = HTTPStatus.BAD_REQUEST

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = Routes(routes)

    def error(self, status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response:
        more = {"fields": dict(fields)} if fields else {}
        body = orjson.dumps(problem(status, message, **more))
        return Response(status=int(status), body=body, content_type=PROBLEM)

    def failure(self, failed: CallFailed, parts: Mapping[str, str]) -> Response:
        status = _STATUS.get(failed.type, HTTPStatus.BAD_REQUEST)
        return self.error(status, failed.failure.message, {})


async def health(ask: Ask) -> Response:
    """200 while changes can be recorded, 503 when not; the body is Conductor's."""
    found = await ask.inside("system.health")
    body = {
        "healthy": found["ok"],
        "healthResults": [],
        "suppressedHealthResults": [],
        "log": found["log"],
        "why": found["why"],
    }
    return json_response(body, 200 if found["ok"] else 503)


async def version(ask: Ask) -> Response:
    return text_response(VERSION)


TABLE.route("GET", "/health", "health", "Whether changes can be recorded")(health)
TABLE.route("GET", "/version", "version", "The daemon's version")(version)

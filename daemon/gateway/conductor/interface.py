"""Conductor's interface as the site takes it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from daemon.gateway import own
from daemon.gateway.conductor import (
    admin,
    bulk,
    events,
    executing,
    metadata,
    queues,
    removing,
    reporting,
    scheduler,
    searching,
    secrets,
    starting,
    steering,
    tasks,
    testing,
    workflows,
)
from daemon.gateway.conductor.errors import failure_response, of_error
from daemon.gateway.conductor.table import PREFIX, TABLE, route
from daemon.gateway.messages import Response
from daemon.gateway.routes import Routes
from daemon.gateway.running import CallFailed

MODULES = (
    admin,
    bulk,
    events,
    executing,
    metadata,
    queues,
    removing,
    reporting,
    scheduler,
    searching,
    secrets,
    starting,
    steering,
    tasks,
    testing,
    workflows,
)
"""Imported for the routes they add to the table."""

__all__ = ["PREFIX", "Conductor"]

route("GET", "/health", "healthOfServer", "Whether changes can be recorded")(own.health)
route("GET", "/version", "versionOfServer", "The daemon's version")(own.version)


class Conductor:
    unreadable = HTTPStatus.INTERNAL_SERVER_ERROR
    """So Conductor answers whatever it cannot read (§6.0)."""

    def __init__(self) -> None:
        self.routes = Routes(TABLE.routes)

    def error(self, status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response:
        return of_error(status, message, fields)

    def failure(self, failed: CallFailed, parts: Mapping[str, str]) -> Response:
        return failure_response(failed, parts)

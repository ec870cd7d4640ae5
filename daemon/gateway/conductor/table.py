"""The routes, collected from the modules that answer them. Paths are below ``/api``."""

from __future__ import annotations

from collections.abc import Callable

from daemon.gateway.messages import Response
from daemon.gateway.routes import H, Table

TABLE = Table()
PREFIX = "api"

OK = Response()
"""200 without a body, as of Conductor's void methods."""
NO_CONTENT = Response(status=204)


def route(method: str, path: str, operation: str, summary: str) -> Callable[[H], H]:
    return TABLE.route(method, f"/{PREFIX}{path}", operation, summary)

"""The routes, collected from the modules that answer them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import check_organization
from daemon.gateway.messages import Response, json_response
from daemon.gateway.routes import Table
from daemon.gateway.running import Pending

TABLE = Table()

Answering = Callable[[Ask], Coroutine[Pending, None, dict[str, Any] | None]]
"""Answers the body of the response; None for an empty one. Every success is 200."""


def route(
    method: str, path: str, operation: str, summary: str, permission: str | None = None
) -> Callable[[Answering], Answering]:
    """``path`` below ``/organizations/{organizationId}``."""

    def add(answering: Answering) -> Answering:
        async def handler(ask: Ask) -> Response:
            check_organization(ask)
            return _response(await answering(ask))

        full = f"/organizations/{{organizationId}}{path}"
        TABLE.route(method, full, operation, summary, permission)(handler)
        return answering

    return add


def top_route(
    method: str, path: str, operation: str, summary: str, permission: str | None = None
) -> Callable[[Answering], Answering]:
    """As ``route``, outside of any organization."""

    def add(answering: Answering) -> Answering:
        async def handler(ask: Ask) -> Response:
            return _response(await answering(ask))

        TABLE.route(method, path, operation, summary, permission)(handler)
        return answering

    return add


def _response(body: dict[str, Any] | None) -> Response:
    return Response() if body is None else json_response(body)

"""JustWorkflowIt's interface as the site takes it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from daemon.gateway.justworkflowit import (
    jobs,
    metrics,
    organizations,
    pools,
    secrets,
    state,
    tokens,
    workflows,
)
from daemon.gateway.justworkflowit.errors import error_response, failure_response
from daemon.gateway.justworkflowit.table import TABLE
from daemon.gateway.messages import Response
from daemon.gateway.routes import Routes
from daemon.gateway.running import CallFailed

MODULES = (workflows, jobs, state, metrics, tokens, secrets, pools, organizations)
"""Imported for the routes they add to the table."""

PREFIX = "organizations"


class JustWorkflowIt:
    unreadable = HTTPStatus.BAD_REQUEST

    def __init__(self) -> None:
        self.routes = Routes(TABLE.routes)

    def error(self, status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response:
        return error_response(status, message, fields)

    def failure(self, failed: CallFailed, parts: Mapping[str, str]) -> Response:
        return failure_response(failed)

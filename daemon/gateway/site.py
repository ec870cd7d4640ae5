"""All interfaces together: from a request to its response."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
import structlog

from config.sections import Http
from daemon.clock import Clock
from daemon.gateway.asking import Answered, Ask, Caller, HttpError, Unreadable
from daemon.gateway.connection import Responder
from daemon.gateway.doors import Door, Turned, token_in
from daemon.gateway.messages import Request, Response
from daemon.gateway.polling import Polled
from daemon.gateway.routes import Found, Routes
from daemon.gateway.running import CallFailed, Running
from daemon.operations.calls import Service

_log = structlog.get_logger("http")


class Interface(Protocol):
    """One family of routes, and the form of its errors."""

    @property
    def routes(self) -> Routes: ...

    @property
    def unreadable(self) -> HTTPStatus:
        """The answer to what is not of the form that a route takes."""

    def error(self, status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response: ...

    def failure(self, failed: CallFailed, parts: Mapping[str, str]) -> Response:
        """An operation answered with an error."""


class Guard(Protocol):
    """What the daemon knows of tokens."""

    def bearer(self, secret: str) -> str | None:
        """The actor of a token's secret; None for one that is not good."""

    def permit(self, actor: str, what: str, scope: str) -> bool:
        """Whether the actor may do what no operation stands for; a refusal is recorded."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    service: Service
    settings: Http
    max_depth: int
    interfaces: Mapping[str, Interface]
    """By the first segment of their paths; ``""`` has every other path."""
    guard: Guard
    clock: Clock
    polled: Polled
    must_authenticate: bool
    """On TCP. A Unix socket is opened by whom its file lets in."""

    def of(self, request: Request) -> Interface:
        first = request.path.strip("/").partition("/")[0]
        return self.interfaces.get(first) or self.interfaces[""]


class SiteClient:
    """One connection as the site sees it."""

    def __init__(self, site: Site, door: Door, *, actor: str, session: str) -> None:
        self._site = site
        self._door = door
        self._actor = actor
        self._session = session
        self._callers: dict[str, Caller] = {}

    def answer(self, request: Request, respond: Responder) -> Running:
        running = Running(
            self._answered(request), lambda outcome: respond(self._shared(request, outcome))
        )
        running.start()
        return running

    def refuse(self, status: HTTPStatus, message: str) -> Response:
        return self._site.interfaces[""].error(status, message, {})

    def gone(self) -> None:
        for caller in self._callers.values():
            self._site.service.gone(caller)

    async def _answered(self, request: Request) -> Response:
        interface = self._site.of(request)
        parts: Mapping[str, str] = {}
        try:
            self._door.check(request)
            if request.method == "OPTIONS":
                return self._options(request, interface)
            caller = self._caller(request)
            found = _routed(interface, request)
            parts = found.parts
            self._permit(found, caller)
            return await found.route.handler(self._ask(request, found, caller))
        except Turned as turned:
            return interface.error(turned.status, turned.message, {})
        except Answered as answered:
            return answered.response
        except Unreadable as error:
            return interface.error(interface.unreadable, error.message, error.fields)
        except HttpError as error:
            return interface.error(error.status, error.message, error.fields)
        except CallFailed as failed:
            return interface.failure(failed, parts)
        except Exception:  # noqa: BLE001 - a fault of one request is that request's answer
            _log.exception("a request failed", method=request.method, path=request.path)
            message = "an internal fault; the daemon's log says more"
            return interface.error(HTTPStatus.INTERNAL_SERVER_ERROR, message, {})

    def _ask(self, request: Request, found: Found, caller: Caller) -> Ask:
        return Ask(
            request=request,
            parts=found.parts,
            caller=caller,
            service=self._site.service,
            settings=self._site.settings,
            max_depth=self._site.max_depth,
            clock=self._site.clock,
            polled=self._site.polled,
        )

    def _permit(self, found: Found, caller: Caller) -> None:
        route = found.route
        if route.permission is None:
            return
        if not self._site.guard.permit(caller.actor, route.operation, route.permission):
            raise HttpError(
                HTTPStatus.FORBIDDEN,
                f"the token lacks the scope {route.permission!r} that this needs",
            )

    def _caller(self, request: Request) -> Caller:
        actor = self._principal(request)
        caller = self._callers.get(actor)
        if caller is None:
            caller = self._callers[actor] = Caller(actor, f"{self._session}-{len(self._callers)}")
        return caller

    def _principal(self, request: Request) -> str:
        if not self._door.guarded:
            return self._actor
        secret = token_in(request)
        if secret is None:
            if self._site.must_authenticate:
                raise HttpError(
                    HTTPStatus.UNAUTHORIZED,
                    "an API token is needed here: send it as `Authorization: Bearer <token>`",
                )
            return self._actor
        actor = self._site.guard.bearer(secret)
        if actor is None:
            raise HttpError(
                HTTPStatus.UNAUTHORIZED, "this API token is unknown, revoked or expired"
            )
        return actor

    def _options(self, request: Request, interface: Interface) -> Response:
        methods = interface.routes.find("", request.segments)
        if isinstance(methods, Found) or not methods:
            raise _no_such_path(request)
        allowed = ", ".join((*sorted(methods), "OPTIONS"))
        headers = [("allow", allowed)]
        if self._door.shares_with(request.headers.get("origin")):
            wanted = request.headers.get("access-control-request-headers", "content-type")
            headers += [
                ("access-control-allow-methods", allowed),
                ("access-control-allow-headers", wanted),
            ]
        return Response(status=HTTPStatus.NO_CONTENT, headers=tuple(headers))

    def _shared(self, request: Request, outcome: Response | Exception) -> Response:
        """What a page of an allowed origin needs to read it."""
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.status == HTTPStatus.UNAUTHORIZED:
            more = (("www-authenticate", "Bearer"),)
            outcome = msgspec.structs.replace(outcome, headers=(*outcome.headers, *more))
        origin = request.headers.get("origin")
        if origin is None or not self._door.shares_with(origin):
            return outcome
        shared = (("access-control-allow-origin", origin), ("vary", "origin"))
        return msgspec.structs.replace(outcome, headers=(*outcome.headers, *shared))


def _routed(interface: Interface, request: Request) -> Found:
    method = "GET" if request.method == "HEAD" else request.method
    found = interface.routes.find(method, request.segments)
    if isinstance(found, Found):
        return found
    if found:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{request.path} does not take {request.method}; it takes {', '.join(sorted(found))}",
        )
    raise _no_such_path(request)


def _no_such_path(request: Request) -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, f"there is nothing at {request.path}")


def problem(status: HTTPStatus, message: str, **more: Any) -> dict[str, Any]:
    """An error of the daemon's own routes (RFC 9457)."""
    return {"title": status.phrase, "status": int(status), "detail": message, **more}

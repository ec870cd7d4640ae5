"""All interfaces together: from a request to its response."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol

import msgspec
import structlog

from daemon.gateway.asking import Answered, Ask, Caller, HttpError, Tools, Unreadable
from daemon.gateway.connection import Responder
from daemon.gateway.doors import Door, Turned, token_in
from daemon.gateway.messages import Head, Request, Response
from daemon.gateway.routes import Found, Route, Routes
from daemon.gateway.running import CallFailed, Running

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
    tools: Tools
    interfaces: Mapping[str, Interface]
    """By the first segment of their paths; ``""`` has every other path."""
    guard: Guard
    must_authenticate: bool
    """On TCP. A Unix socket is opened by whom its file lets in."""

    def of(self, head: Head) -> Interface:
        first = head.path.strip("/").partition("/")[0]
        return self.interfaces.get(first) or self.interfaces[""]


class Place(NamedTuple):
    """What was found out about a head: it was let in at ``door`` and has a route."""

    door: Door
    found: Found
    secret: str | None
    """Of the token it brings; whether that is good is asked each time."""


class SiteClient:
    """One connection as the site sees it."""

    def __init__(self, site: Site, door: Door, *, actor: str, session: str) -> None:
        self._site = site
        self._door = door
        self._actor = actor
        self._session = session
        self._callers: dict[str, Caller] = {}

    def answer(self, request: Request, respond: Responder) -> Running[Response]:
        foreign = "origin" in request.head.headers
        answered = self._shared(request) if foreign else self._answered(request)
        running = Running(answered, respond)
        running.start()
        return running

    def refuse(self, status: HTTPStatus, message: str) -> Response:
        return self._site.interfaces[""].error(status, message, {})

    def gone(self) -> None:
        for caller in self._callers.values():
            self._site.tools.service.gone(caller)

    async def _answered(self, request: Request) -> Response:
        head = request.head
        place: Place | None = head.place
        try:
            if place is None or place.door is not self._door:
                place = head.place = self._place(head)
            caller = self._caller(place.secret)
            route, parts = place.found
            if route.permission is not None:
                self._permit(route, caller)
            return await route.handler(Ask(request, parts, caller, self._site.tools))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the request's answer
            return self._answer_to(error, head, place)

    def _answer_to(self, error: Exception, head: Head, place: Place | None) -> Response:
        interface = self._site.of(head)
        match error:
            case Answered():
                return error.response
            case Turned():
                return interface.error(error.status, error.message, {})
            case Unreadable():
                return interface.error(interface.unreadable, error.message, error.fields)
            case HttpError():
                return _asking_for_token(interface.error(error.status, error.message, error.fields))
            case CallFailed():
                return interface.failure(error, {} if place is None else place.found.parts)
        _log.error("a request failed", exc_info=error, method=head.method, path=head.path)
        message = "an internal fault; the daemon's log says more"
        return interface.error(HTTPStatus.INTERNAL_SERVER_ERROR, message, {})

    def _place(self, head: Head) -> Place:
        """Raises Turned, HttpError and Answered."""
        self._door.check(head)
        interface = self._site.of(head)
        if head.method == "OPTIONS":
            raise Answered(self._options(head, interface))
        secret = token_in(head) if self._door.guarded else None
        self._caller(secret)  # who is nobody is not told what there is
        return Place(self._door, _routed(interface, head), secret)

    def _permit(self, route: Route, caller: Caller) -> None:
        permission = str(route.permission)
        if not self._site.guard.permit(caller.actor, route.operation, permission):
            raise HttpError(
                HTTPStatus.FORBIDDEN, f"the token lacks the scope {permission!r} that this needs"
            )

    def _caller(self, secret: str | None) -> Caller:
        actor = self._principal(secret)
        caller = self._callers.get(actor)
        if caller is None:
            caller = self._callers[actor] = Caller(actor, f"{self._session}-{len(self._callers)}")
        return caller

    def _principal(self, secret: str | None) -> str:
        if secret is None:
            if self._site.must_authenticate and self._door.guarded:
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

    def _options(self, head: Head, interface: Interface) -> Response:
        methods = interface.routes.find("", head.segments)
        if isinstance(methods, Found) or not methods:
            raise _no_such_path(head)
        allowed = ", ".join((*sorted(methods), "OPTIONS"))
        headers = [("allow", allowed)]
        if self._door.shares_with(head.headers.get("origin")):
            wanted = head.headers.get("access-control-request-headers", "content-type")
            headers += [
                ("access-control-allow-methods", allowed),
                ("access-control-allow-headers", wanted),
            ]
        return Response(status=HTTPStatus.NO_CONTENT, headers=tuple(headers))

    async def _shared(self, request: Request) -> Response:
        """With what a page of an allowed origin needs to read it."""
        response = await self._answered(request)
        origin = request.head.headers["origin"]
        if not self._door.shares_with(origin):
            return response
        shared = (("access-control-allow-origin", origin), ("vary", "origin"))
        return msgspec.structs.replace(response, headers=(*response.headers, *shared))


def _asking_for_token(response: Response) -> Response:
    if response.status != HTTPStatus.UNAUTHORIZED:
        return response
    more = (("www-authenticate", "Bearer"),)
    return msgspec.structs.replace(response, headers=(*response.headers, *more))


def _routed(interface: Interface, head: Head) -> Found:
    method = "GET" if head.method == "HEAD" else head.method
    found = interface.routes.find(method, head.segments)
    if isinstance(found, Found):
        return found
    if found:
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{head.path} does not take {head.method}; it takes {', '.join(sorted(found))}",
        )
    raise _no_such_path(head)


def _no_such_path(head: Head) -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, f"there is nothing at {head.path}")


def problem(status: HTTPStatus, message: str, **more: Any) -> dict[str, Any]:
    """An error of the daemon's own routes (RFC 9457)."""
    return {"title": status.phrase, "status": int(status), "detail": message, **more}

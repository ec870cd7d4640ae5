"""What a handler works with: the request, who sent it, and the operations to call."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar, cast

import msgspec

from config.sections import Http
from daemon.clock import Clock
from daemon.gateway.messages import Request, Response
from daemon.gateway.polling import Polled
from daemon.gateway.running import Pending
from daemon.operations.answering import Operation, WideService
from daemon.operations.strict_json import LossyJson, NotJson, parse

K = TypeVar("K")


class HttpError(Exception):
    """Answer with an error in the form of the interface. ``fields``: what is wrong, by the
    name of the field or parameter."""

    def __init__(
        self, status: HTTPStatus, message: str, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or {}


class Answered(Exception):
    """Answer with this response, whatever is still to be done."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Unreadable(HttpError):
    """What was sent is not of the form that the route takes: no JSON, no number."""

    def __init__(self, message: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message, fields)


def bad_request(message: str, **fields: str) -> HttpError:
    return HttpError(HTTPStatus.BAD_REQUEST, message, fields)


class Caller:
    """The peer of the service for one principal on one connection. It hears no
    notifications; its session is no worker's, since polls over HTTP name none."""

    def __init__(self, actor: str, session: str) -> None:
        self.actor = actor
        self.session = session

    def notify(self, method: str, params: dict[str, Any]) -> bool:
        return False


DAEMON = Caller("daemon", "daemon")


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers work with, whoever asks."""

    service: WideService
    settings: Http
    max_depth: int
    clock: Clock
    polled: Polled
    kept: dict[type, Any]


class Ask:
    """One request at its handler. What stands in ``parts`` and in the query belongs to all
    requests with this head."""

    __slots__ = ("_head", "caller", "parts", "request", "tools")

    def __init__(
        self, request: Request, parts: Mapping[str, str], caller: Caller, tools: Tools
    ) -> None:
        self.request = request
        self.parts = parts
        self.caller = caller
        self.tools = tools
        self._head = request.head

    def call(self, method: str, *, idle: bool = False, **params: Any) -> Pending:
        """Begins at once; ``await`` the result. Parameters that are None are left out.
        ``idle``: a call that may be given up when its client goes away."""
        given = {name: value for name, value in params.items() if value is not None}
        return self.begin(method, given, idle=idle)

    def begin(self, method: str, params: dict[str, Any], *, idle: bool = False) -> Pending:
        """As ``call``; parameters are taken as they are."""
        pending = Pending(method, idle=idle)
        weight = len(self.request.body)
        self.tools.service.call(method, params, self.caller, pending, weight=weight)
        return pending

    def perform(
        self, operation: Operation, params: dict[str, Any], *, idle: bool = False
    ) -> Pending:
        """As ``begin``, of an operation that is in no table."""
        pending = Pending(operation.name, idle=idle)
        weight = len(self.request.body)
        self.tools.service.perform(operation, params, self.caller, pending, weight=weight)
        return pending

    def inside(self, method: str, *, idle: bool = False, **params: Any) -> Pending:
        """As ``call``, by the daemon itself: for what an interface shows as part of
        something that its caller was allowed."""
        pending = Pending(method, idle=idle)
        self.tools.service.call(method, params, DAEMON, pending)
        return pending

    @property
    def settings(self) -> Http:
        return self.tools.settings

    @property
    def polled(self) -> Polled:
        return self.tools.polled

    def kept(self, kind: type[K]) -> K:
        """The one thing of this kind that handlers keep for all requests."""
        found = self.tools.kept.get(kind)
        if found is None:
            found = self.tools.kept[kind] = kind()
        return cast(K, found)

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self.tools.clock.now() // 1000

    # the query

    def texts(self, name: str) -> list[str]:
        return self._head.query.get(name, [])

    def text(self, name: str) -> str | None:
        """None when it is missing or empty."""
        given = self.texts(name)
        return given[-1] if given and given[-1] else None

    def whole(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        given = self.text(name)
        if given is None:
            return default
        try:
            value = int(given)
        except ValueError:
            raise _unreadable(name, given, "a whole number") from None
        if value < least or (most is not None and value > most):
            wanted = f"at least {least}" if most is None else f"between {least} and {most}"
            message = f"{name}: {given!r} is not {wanted}"
            raise bad_request(message, **{name: message})
        return value

    def flag(self, name: str, default: bool) -> bool:
        """``True`` and ``true`` are both written by clients."""
        given = self.text(name)
        if given is None:
            return default
        if given.lower() not in ("true", "false"):
            raise _unreadable(name, given, "true or false")
        return given.lower() == "true"

    # the body

    def json(self) -> Any:
        """The body, which must be there. Raises HttpError."""
        try:
            return parse(self.request.body, max_depth=self.tools.max_depth)
        except (NotJson, LossyJson) as error:
            raise Unreadable(f"the body is not JSON: {error}") from error

    def object(self) -> dict[str, Any]:
        """The body as an object; one that is missing or null is empty."""
        given = self.json() if self.request.body.strip() else None
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise Unreadable("the body is a JSON object")
        return given


def _unreadable(name: str, given: str, wanted: str) -> Unreadable:
    message = f"{name}: {given!r} is not {wanted}"
    return Unreadable(message, {name: message})

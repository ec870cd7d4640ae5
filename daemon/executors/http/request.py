"""The request that an HTTP task's input describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import orjson
from yarl import URL

from eventstore.events import Value

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods whose second call changes nothing more than the first (RFC 9110 §9.2.2)."""
REFUSED_METHODS = frozenset({"CONNECT", "TRACE"})
REFUSED_HEADERS = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""They belong to the connection, which tasks share."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class BadRequest(ValueError):
    """The input describes no request that can be sent."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    url: URL
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    connect_seconds: float
    read_seconds: float

    @property
    def place(self) -> str:
        """The address as reasons show it: without the query, where secrets stand."""
        return str(self.url.with_query(None).with_fragment(None).with_user(None))


def described(given: Value) -> Mapping[str, Any]:
    """The part of a task's input that is the request."""
    if not isinstance(given, dict):
        return {}
    inner = given.get("http_request")
    return inner if isinstance(inner, dict) else given


def method_of(given: Value) -> str:
    method = described(given).get("method")
    return method.upper() if isinstance(method, str) else ""


def request_of(given: Value, *, key: str, user_agent: str) -> Request:
    """Raises BadRequest with the reason. ``key`` goes out as Idempotency-Key."""
    fields = described(given)
    uri, method = fields.get("uri"), fields.get("method")
    if uri is None:
        raise BadRequest(
            "Missing HTTP URI.  See documentation for HttpTask for required input parameters"
        )
    if method is None:
        raise BadRequest("No HTTP method specified")
    content_type = fields.get("contentType") or JSON
    headers = {"Accept": _accept(fields.get("accept")), "Content-Type": str(content_type)}
    defaults = {"User-Agent": user_agent, "Idempotency-Key": key}
    return Request(
        method=_method(method),
        url=address(uri),
        headers=_headers(headers, defaults, fields.get("headers")),
        body=_body(fields.get("body"), str(content_type)),
        connect_seconds=_seconds(fields, "connectionTimeOut"),
        read_seconds=_seconds(fields, "readTimeOut"),
    )


def address(uri: Any) -> URL:
    try:
        url = URL(str(uri))
    except ValueError as error:
        raise BadRequest(f"the uri is no address: {error}") from error
    if url.scheme not in ("http", "https"):
        raise BadRequest(f"the uri has the scheme '{url.scheme}'; only http and https are called")
    if not url.host:
        raise BadRequest("the uri names no host")
    return url


def _method(method: Any) -> str:
    name = str(method).upper()
    if not name.isalpha() or not name.isascii() or name in REFUSED_METHODS:
        raise BadRequest(f"the method {name} is not sent")
    return name


def _accept(accept: Any) -> str:
    if isinstance(accept, list):
        return ", ".join(map(str, accept)) or JSON
    return str(accept or JSON)


def _headers(
    own: dict[str, str], defaults: dict[str, str], given: Any
) -> tuple[tuple[str, str], ...]:
    """``own`` go out beside those of the task, ``defaults`` only where it gives none."""
    if not isinstance(given, dict | None):
        raise BadRequest("the headers are not an object")
    chosen = {name: _text(value) for name, value in (given or {}).items() if value is not None}
    names = {name.lower() for name in chosen}
    kept = {name: value for name, value in (own | defaults).items() if name.lower() not in names}
    for name, value in (kept | chosen).items():
        _check_header(name, value)
    return tuple((kept | chosen).items())


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise BadRequest(f"{name[:80]!r} is no name of a header")
    if name.lower() in REFUSED_HEADERS:
        raise BadRequest(f"the header {name} belongs to the connection and cannot be given")
    if any((ord(sign) < 32 and sign != "\t") or ord(sign) == 127 for sign in value):
        raise BadRequest(f"the value of the header {name} has a control character")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _body(body: Any, content_type: str) -> bytes | None:
    if body is None:
        return None
    if isinstance(body, str):
        return body.encode()
    if content_type.partition(";")[0].strip() == FORM and isinstance(body, dict):
        fields = {
            name: value if isinstance(value, list) else [value] for name, value in body.items()
        }
        texts = {name: [_text(each) for each in values] for name, values in fields.items()}
        return urlencode(texts, doseq=True).encode()
    return orjson.dumps(body)


def _seconds(fields: Mapping[str, Any], name: str) -> float:
    """Milliseconds, 3,000 unless given; 0 is no limit but the total one."""
    given = fields.get(name)
    text = "3000" if given is None else str(given)
    if not text.isdecimal():
        raise BadRequest(f"{name} is {text[:80]}, not a number of milliseconds")
    return int(text) / 1000

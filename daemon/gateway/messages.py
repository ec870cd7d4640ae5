"""Requests and responses of HTTP/1.1, as the connection reads and writes them."""

from __future__ import annotations

from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import orjson

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


class Head:
    """What stands before the body of a request. Clients send the same few again and again, so
    one is shared by all requests that have it, and nobody changes it.

    ``headers`` have lower case names; of a repeated one the values are joined by commas.
    """

    def __init__(
        self, *, method: str, target: str, headers: dict[str, str], keep_alive: bool
    ) -> None:
        self.method = method
        self.target = target
        """As it was sent: path and query, percent-encoded."""
        self.headers = headers
        self.keep_alive = keep_alive
        self.place: Any = None
        """What the site found out about it."""

    @cached_property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Of the path, decoded one by one: an encoded slash stays within its segment."""
        path = self.path
        parts = path.strip("/").split("/")
        return tuple(map(unquote, parts) if "%" in path else parts)

    @cached_property
    def query(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        text = self.target.partition("?")[2]
        for name, value in parse_qsl(text, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found


class Request(msgspec.Struct, frozen=True):
    head: Head
    body: bytes


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Without a ``content_type`` none is said, as some clients need for an empty body."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False


def json_response(
    value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    return Response(status=status, body=orjson.dumps(value), content_type=JSON, headers=headers)


def text_response(text: str, status: int = 200) -> Response:
    return Response(status=status, body=text.encode(), content_type=TEXT)


def status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {int(status)} {phrase}\r\n".encode("ascii")


@lru_cache(maxsize=256)
def _beginning(status: int, content_type: str | None) -> tuple[bytes, bool]:
    """Status line and content type, and whether a length follows. The same few again and
    again."""
    said = b"" if content_type is None else f"content-type: {content_type}\r\n".encode("latin-1")
    has_length = status >= HTTPStatus.OK and status != HTTPStatus.NO_CONTENT
    return status_line(status) + said, has_length


def encode(response: Response, *, date: bytes, closes: bool, with_body: bool) -> bytes:
    """The whole response in one piece, for one write."""
    beginning, has_length = _beginning(response.status, response.content_type)
    body = response.body
    if has_length and with_body and not closes and not response.headers:
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (beginning, date, len(body), body)
    parts = [beginning, date]
    if has_length:
        parts.append(b"content-length: %d\r\n" % len(body))
    for name, value in response.headers:
        parts.append(f"{name}: {value}\r\n".encode("latin-1"))
    if closes:
        parts.append(b"connection: close\r\n")
    parts.append(b"\r\n")
    if with_body:
        parts.append(body)
    return b"".join(parts)

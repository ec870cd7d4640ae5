"""Bytes to requests: httptools reads, this counts.

States: *idle* (no byte of a request yet), *head*, *body*. The parser's callbacks move from
one to the next. What is too large or no HTTP becomes a ``BadRequest`` in the place of the
request, after which the connection cannot go on.

A request that arrives in one piece behind a head that was read before is not read again.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus

import httptools

from config.sections import Http
from daemon.gateway.messages import Head, Request

HEAD_END = b"\r\n\r\n"
LONGEST_KNOWN_HEAD = 4_096
"""Bytes. Longer ones are read each time, so that what is remembered stays small."""


class BadRequest(ValueError):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class State(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()


class Heads:
    """The heads that came lately, on all connections, by their bytes. What follows the same
    head is the same number of bytes, since only heads with a length (or no body) are kept."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._known: OrderedDict[bytes, tuple[Head, int]] = OrderedDict()

    def request(self, data: bytes) -> Request | None:
        """The request that ``data`` is, if it is exactly one with a known head."""
        text, _, body = data.partition(HEAD_END)
        known = self._known.get(text)
        if known is None or len(body) != known[1]:
            return None
        self._known.move_to_end(text)
        return Request(known[0], body)

    def keep(self, data: bytes, request: Request) -> None:
        """``data`` was read as this one request. That its body is the rest of ``data`` also
        tells that it came in no chunks."""
        text, _, body = data.partition(HEAD_END)
        if len(text) > LONGEST_KNOWN_HEAD or body != request.body or not request.head.keep_alive:
            return
        self._known[text] = (request.head, len(body))
        if len(self._known) > self._room:
            self._known.popitem(last=False)


class RequestReader:
    """The requests of one connection."""

    def __init__(self, limits: Http, heads: Heads) -> None:
        self._limits = limits
        self._heads = heads
        self._parser = httptools.HttpRequestParser(self)
        self._found: list[Request | BadRequest] = []
        self._refusal: BadRequest | None = None
        self._head_bytes = 0
        self._without_upgrade = b""
        self.state = State.IDLE
        self.wants_continue = False
        """The client holds the body back until it is told to go on."""
        self._begin()

    def feed(self, data: bytes) -> list[Request | BadRequest]:
        """The requests that are complete now; a BadRequest is the last there will be."""
        begins = self.state is State.IDLE and self._refusal is None
        if begins and (known := self._heads.request(data)) is not None:
            return [known]
        found = self._read(data)
        if begins and len(found) == 1 and self.state is State.IDLE:
            first = found[0]
            if isinstance(first, Request):
                self._heads.keep(data, first)
        return found

    def _read(self, data: bytes) -> list[Request | BadRequest]:
        self._count(data)
        if self._refusal is None:
            try:
                self._parse(data)
            except httptools.HttpParserError as error:
                self._broken(error)
        found: list[Request | BadRequest] = self._found
        self._found = []
        if self._refusal is not None:
            found.append(self._refusal)
        return found

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            head, self._without_upgrade = self._without_upgrade, b""
            self._parser = httptools.HttpRequestParser(self)
            self._parse(head + data[upgrade.args[0] :])

    def _broken(self, error: httptools.HttpParserError) -> None:
        last = self._found[-1] if self._found else None
        if isinstance(last, Request) and not last.head.keep_alive:
            return  # whatever follows the last request is not looked at
        self._refuse(BadRequest(HTTPStatus.BAD_REQUEST, f"this is no HTTP/1.1 request: {error}"))

    def _count(self, data: bytes) -> None:
        """Of a head that does not end the parser tells nothing."""
        if self.state is State.HEAD:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.max_head_bytes:
                self._refuse(self._too_long())

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._counted = 0
        self._lines = 0

    # the parser's callbacks

    def on_message_begin(self) -> None:
        self._begin()
        self._head_bytes = 0
        self.state = State.HEAD

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._grown(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        self._counted += len(name) + len(value)
        limits = self._limits
        if self._lines > limits.max_headers:
            self._refuse(self._too_many())
            return
        if self._counted > limits.max_head_bytes:
            self._refuse(self._too_long())
        key, text = _key(name), value.decode("latin-1")
        if key in self._headers:
            text = f"{self._headers[key]}, {text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        self.state = State.BODY
        length = self._headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.max_body_bytes:
            self._refuse(self._too_large())
        elif self._headers.get("expect", "").lower() == "100-continue":
            self.wants_continue = True

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.max_body_bytes:
            self._body.clear()
            self._refuse(self._too_large())
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._refusal is not None:
            return
        method = self._parser.get_method().decode("ascii")
        if self._parser.should_upgrade():
            self._ignore_upgrade(method)
            return
        self.state = State.IDLE
        self.wants_continue = False
        head = Head(
            method=method,
            target=self._url.decode("latin-1"),
            headers=self._headers,
            keep_alive=self._parser.should_keep_alive(),
        )
        self._found.append(Request(head, b"".join(self._body)))

    def _ignore_upgrade(self, method: str) -> None:
        """No other protocol is spoken here: read the request again, body and all, as if it
        had not asked for one."""
        if method == "CONNECT":
            self._refuse(BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "this is no proxy"))
            return
        kept = {
            name: value
            for name, value in self._headers.items()
            if name not in ("connection", "upgrade", "http2-settings")
        }
        lines = [f"{method} {self._url.decode('latin-1')} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in kept.items()]
        self._without_upgrade = "\r\n".join((*lines, "", "")).encode("latin-1")

    def _grown(self, size: int) -> None:
        self._counted += size
        if self._counted > self._limits.max_head_bytes:
            self._refuse(self._too_long())

    def _refuse(self, refusal: BadRequest) -> None:
        if self._refusal is None:
            self._refusal = refusal

    def _too_many(self) -> BadRequest:
        return BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"a request has at most {self._limits.max_headers} headers (http.max_headers)",
        )

    def _too_long(self) -> BadRequest:
        limit = self._limits.max_head_bytes
        return BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"request line and headers have at most {limit} bytes (http.max_head_bytes)",
        )

    def _too_large(self) -> BadRequest:
        limit = self._limits.max_body_bytes
        return BadRequest(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a body has at most {limit} bytes (http.max_body_bytes)",
        )


@lru_cache(maxsize=256)
def _key(name: bytes) -> str:
    """Clients send the same few names with every request."""
    return name.decode("latin-1").lower()

"""A head that came before is not read again, and the request is the same as if it were."""

from __future__ import annotations

import pytest

from config import settings as settings_of
from config.sections import Http
from daemon.gateway.messages import Request
from daemon.gateway.parsing import LONGEST_KNOWN_HEAD, BadRequest, Heads, RequestReader

ROOM = 4


@pytest.fixture(scope="module")
def limits() -> Http:
    return settings_of.load(environment={}).http


@pytest.fixture
def heads() -> Heads:
    return Heads(ROOM)


def post(body: bytes, *more: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = (b"POST /api/tasks?a=%41 HTTP/1.1", b"Host: localhost", b"Content-Length: %d" % size)
    return b"\r\n".join((*lines, *more, b"", body))


def read(limits: Http, heads: Heads, *pieces: bytes) -> list[Request]:
    reader = RequestReader(limits, heads)
    found = [one for piece in pieces for one in reader.feed(piece)]
    assert all(isinstance(one, Request) for one in found), found
    return [one for one in found if isinstance(one, Request)]


def test_requests_with_one_head_share_it_and_have_their_own_bodies(
    limits: Http, heads: Heads
) -> None:
    first, second = read(limits, heads, post(b'{"a":1}'), post(b'{"b":2}'))
    (third,) = read(limits, heads, post(b"\r\n\r\nabc"))
    assert first.head is second.head is third.head
    assert [one.body for one in (first, second, third)] == [b'{"a":1}', b'{"b":2}', b"\r\n\r\nabc"]
    assert first.head.query == {"a": ["A"]}
    assert first.head.headers == {"host": "localhost", "content-length": "7"}


def test_what_is_no_whole_request_behind_a_known_head_is_read(limits: Http, heads: Heads) -> None:
    read(limits, heads, post(b'{"a":1}'))
    whole = post(b'{"b":2}')
    assert [one.body for one in read(limits, heads, whole[:-3], whole[-3:])] == [b'{"b":2}']
    assert [one.body for one in read(limits, heads, whole + whole)] == [b'{"b":2}'] * 2
    assert [one.body for one in read(limits, heads, whole[:5], whole[5:] + whole[:9])] == [
        b'{"b":2}'
    ]
    first, second = read(limits, heads, whole[:30], whole[30:], whole)
    assert first.body == second.body


@pytest.mark.parametrize(
    "once",
    [
        post(b"3\r\nabc\r\n0\r\n\r\n", b"Transfer-Encoding: chunked").replace(
            b"Content-Length: 13\r\n", b""
        ),
        post(b"", b"Connection: close"),
        post(b"", b"X-Long: " + b"a" * LONGEST_KNOWN_HEAD),
        b"\r\n\r\n" + post(b"abc"),
    ],
    ids=["in chunks", "the last of its connection", "long", "behind empty lines"],
)
def test_some_heads_are_read_each_time(limits: Http, heads: Heads, once: bytes) -> None:
    (first,), (second,) = read(limits, heads, once), read(limits, heads, once)
    assert first.head is not second.head
    assert (first.head.headers, first.body) == (second.head.headers, second.body)


def test_the_head_that_was_not_seen_longest_is_forgotten(limits: Http, heads: Heads) -> None:
    often = b"GET /often HTTP/1.1\r\nHost: a\r\n\r\n"
    (first,) = read(limits, heads, often)
    for number in range(ROOM * 2):
        (again,) = read(limits, heads, often)
        assert again.head is first.head
        read(limits, heads, b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
    for number in range(ROOM):
        read(limits, heads, b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
    (again,) = read(limits, heads, often)
    assert again.head is not first.head


def test_what_was_refused_is_refused_again(limits: Http, heads: Heads) -> None:
    large = post(b"", length=limits.max_body_bytes + 1)
    for _ in range(2):
        (found,) = RequestReader(limits, heads).feed(large)
        assert isinstance(found, BadRequest)

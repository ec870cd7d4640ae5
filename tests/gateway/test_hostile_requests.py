"""Nothing that a client sends, or does not send, ends the gateway."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Raw

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
LIMITS = {
    "http.max_head_bytes": 2_048,
    "http.max_headers": 20,
    "http.max_body_bytes": 20_000_000,
    "http.max_connections": 4,
    "http.head_seconds": 0.3,
    "http.body_seconds": 0.3,
    "http.idle_seconds": 0.6,
    "http.check_seconds": 0.05,
}


@pytest.fixture(scope="module")
def narrow(folder: Path) -> Iterator[HttpDaemon]:
    process = HttpDaemon(folder / "narrow", LIMITS)
    process.ready()
    yield process
    process.stop()
    assert "Traceback" not in process.logged()


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def body(answer: bytes) -> dict[str, object]:
    found = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert isinstance(found, dict)
    return found


REFUSED = {
    "no http": (b"hello\r\n\r\n", 400),
    "a line of json": (b'{"jsonrpc":"2.0","id":1,"method":"system.health"}\n', 400),
    "two lengths": (
        b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "a negative length": (b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    "a header with a null": (HEAD + b"A: \x00\r\n\r\n", 400),
    "too long a line": (b"GET /" + b"a" * 4_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
    "a head without end": (HEAD + b"A: " + b"a" * 300_000, 431),
    "too many headers": (HEAD + b"".join(b"H%d: x\r\n" % n for n in range(30)) + b"\r\n", 431),
    "too large a body": (
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        413,
    ),
    "a proxy's request": (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_and_the_connection_ends(narrow: HttpDaemon, name: str) -> None:
    sent, status = REFUSED[name]
    with Raw(narrow.port) as raw:
        raw.send(sent)
        answer = raw.read_all()
    assert statuses(answer) == [status], answer
    assert b"connection: close" in answer
    assert body(answer)["status"] == status


def test_a_body_that_grows_too_large_in_chunks_is_refused(start: Start) -> None:
    small = {"http.max_body_bytes": 1_000_000, "jobs.max_input_bytes": 1_000_000}
    daemon = start({**small, "definitions.max_definition_bytes": 1_000_000})
    daemon.ready()
    with Raw(daemon.port) as raw:
        raw.send(b"POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            raw.send(b"10000\r\n" + b"a" * 65_536 + b"\r\n")
        assert statuses(raw.read_all()) == [413]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /health HT", 408),
        (b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc", 408),
    ],
)
def test_a_request_that_does_not_go_on_is_ended(
    narrow: HttpDaemon, sent: bytes, status: int
) -> None:
    with Raw(narrow.port) as raw:
        raw.send(sent)
        assert statuses(raw.read_all()) == [status]


def test_a_trickle_does_not_extend_the_limit(narrow: HttpDaemon) -> None:
    began = time.monotonic()
    with Raw(narrow.port) as raw:
        raw.send(HEAD)
        for _ in range(200):
            try:
                raw.send(b"A: b\r\n")
            except OSError:
                break
            time.sleep(0.02)
            if time.monotonic() - began > 1.5:
                break
        assert statuses(raw.read_all()) == [408]
    assert time.monotonic() - began < 10


def test_an_idle_connection_is_closed(narrow: HttpDaemon) -> None:
    with Raw(narrow.port) as raw:
        assert raw.read_all() == b""


def test_one_client_too_many_is_told_so(narrow: HttpDaemon) -> None:
    clients = [Raw(narrow.port) for _ in range(12)]
    answers = []
    for client in clients:
        with client:
            answers.append(client.read_all())
    told = [one for one in answers if one]
    assert told
    assert {status for one in told for status in statuses(one)} == {503}


def test_a_fault_of_one_request_leaves_the_others(narrow: HttpDaemon) -> None:
    with narrow.http() as http:
        assert http.get("/health").json["healthy"] is True


def test_pipelined_requests_are_answered_in_order(narrow: HttpDaemon) -> None:
    with Raw(narrow.port) as raw:
        raw.send(HEAD + b"\r\n" + b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
        raw.send(b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert statuses(raw.read_all()) == [200, 404, 200]


def test_a_client_that_ended_its_side_gets_its_answer(narrow: HttpDaemon) -> None:
    with Raw(narrow.port) as raw:
        raw.send(HEAD + b"\r\n")
        raw.end_input()
        assert statuses(raw.read_all()) == [200]


def test_an_upgrade_is_passed_over(narrow: HttpDaemon) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    with Raw(narrow.port) as raw:
        raw.send(
            b"POST /organizations/x/workflows HTTP/1.1\r\nHost: localhost\r\n"
            + upgrade
            + b'Content-Length: 14\r\n\r\n{"name": "up"}'
        )
        raw.send(b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert statuses(raw.read_all()) == [200, 200]


def test_a_body_that_waits_to_be_asked_for_is(narrow: HttpDaemon) -> None:
    with Raw(narrow.port) as raw:
        raw.send(
            b"POST /organizations/x/workflows HTTP/1.1\r\nHost: localhost\r\n"
            b"Expect: 100-continue\r\nContent-Length: 18\r\nConnection: close\r\n\r\n"
        )
        assert raw.read_some().startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        raw.send(b'{"name": "waited"}')
        assert statuses(raw.read_all()) == [200]


def test_head_has_no_body(narrow: HttpDaemon) -> None:
    with Raw(narrow.port) as raw:
        raw.send(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = raw.read_all()
    assert statuses(answer) == [200]
    assert answer.endswith(b"\r\n\r\n")

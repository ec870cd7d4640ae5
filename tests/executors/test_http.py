"""HTTP tasks: what goes out, what comes back, and how a failure is told."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from daemon.executors.executor import Outcome
from daemon.executors.http import AddressPolicy, Http, HttpLimits, Transport
from eventstore.events import TaskStatus
from tests.executors.orders import order
from tests.executors.servers import Names, Site, serving

POLICY = AddressPolicy(allow_loopback=True)
LIMITS = HttpLimits(total_seconds=20, max_response_bytes=100_000, max_redirects=3)


@pytest.fixture
def site() -> Site:
    return Site()


async def call(site: Site, **given: Any) -> Outcome:
    """Run one task against ``site``; ``uri`` may be a path."""
    return (await calls(site, given))[0]


async def calls(site: Site, *inputs: dict[str, Any]) -> list[Outcome]:
    http = Http(Transport(POLICY, LIMITS), max_depth=20)
    async with serving(site):
        try:
            return [await http.run(order("HTTP", _placed(site, given))) for given in inputs]
        finally:
            await http.aclose()


def _placed(site: Site, given: dict[str, Any]) -> dict[str, Any]:
    if str(given.get("uri")).startswith("/"):
        given = given | {"uri": site.url + given["uri"]}
    return given


async def test_an_answer_is_the_output(site: Site) -> None:
    site.answers("/x", '{"a": [1, 2.5]}', content_type="application/json")
    outcome = await call(site, uri="/x?q=1", method="GET")
    assert outcome.status is TaskStatus.COMPLETED
    assert isinstance(outcome.output, dict)
    response = outcome.output["response"]
    assert response["body"] == {"a": [1, 2.5]}
    assert (response["statusCode"], response["reasonPhrase"]) == (200, "OK")
    assert response["headers"]["Content-Type"] == ["application/json; charset=utf-8"]
    assert site.seen[0].query_string == "q=1"


async def test_the_request_may_stand_in_http_request(site: Site) -> None:
    site.answers("/x", status=204)
    async with serving(site):
        http = Http(Transport(POLICY, LIMITS))
        given = {"http_request": {"uri": f"{site.url}/x", "method": "put"}, "uri": "ignored"}
        outcome = await http.run(order("HTTP", given))
        await http.aclose()
    assert outcome.status is TaskStatus.COMPLETED
    assert site.seen[0].method == "PUT"
    assert isinstance(outcome.output, dict)
    assert outcome.output["response"]["body"] is None


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("", None),
        ("plain", "plain"),
        ("5", 5.0),
        ('"quoted"', "quoted"),
        ("true", "true"),
        ("null", "null"),
        ("[1]", [1]),
        ("{broken", "{broken"),
        ("[" * 30 + "]" * 30, "[" * 30 + "]" * 30),
    ],
)
async def test_a_body_is_read_as_json_where_it_is_json(site: Site, text: str, body: Any) -> None:
    site.answers("/x", text)
    outcome = await call(site, uri="/x", method="GET")
    assert isinstance(outcome.output, dict)
    found = outcome.output["response"]["body"]
    assert (found, type(found)) == (body, type(body))


async def test_defaults_go_out(site: Site) -> None:
    site.answers("/x")
    await call(site, uri="/x", method="POST", body={"a": 1})
    sent = site.seen[0].headers
    assert sent["Accept"] == "application/json"
    assert sent["Content-Type"] == "application/json"
    assert sent["Idempotency-Key"] == "job.7"
    assert sent["User-Agent"] == "Playhead"
    assert site.bodies == [b'{"a":1}']


async def test_what_the_task_says_goes_out(site: Site) -> None:
    site.answers("/x")
    headers = {"idempotency-key": "own", "X-Number": 5, "X-None": None, "X-Flag": True}
    await call(
        site,
        uri="/x",
        method="POST",
        body="a=1",
        headers=headers,
        accept=["text/plain", "text/html"],
        contentType="application/x-www-form-urlencoded",
    )
    sent = site.seen[0].headers
    assert sent.getall("Idempotency-Key") == ["own"]
    assert (sent["X-Number"], sent["X-Flag"]) == ("5", "true")
    assert "X-None" not in sent
    assert sent["Accept"] == "text/plain, text/html"
    assert sent["Content-Type"] == "application/x-www-form-urlencoded"
    assert site.bodies == [b"a=1"]


async def test_fields_of_a_form_are_encoded(site: Site) -> None:
    site.answers("/x")
    form = "application/x-www-form-urlencoded"
    await call(site, uri="/x", method="POST", contentType=form, body={"a": "b c", "n": [1, 2]})
    assert site.bodies == [b"a=b+c&n=1&n=2"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"method": "GET"},
            "Missing HTTP URI.  See documentation for HttpTask for required input parameters",
        ),
        ({"uri": "/x"}, "No HTTP method specified"),
        ({"uri": "ftp://host/x", "method": "GET"}, "the scheme 'ftp'"),
        ({"uri": "file:///etc/passwd", "method": "GET"}, "the scheme 'file'"),
        ({"uri": "http+unix://%2Frun%2Fx/", "method": "GET"}, "the scheme 'http+unix'"),
        ({"uri": "/x", "method": "CONNECT"}, "the method CONNECT is not sent"),
        ({"uri": "/x", "method": "GET / HTTP/1.1\r\nX:"}, "is not sent"),
        ({"uri": "/x", "method": "GET", "headers": {"A": "b\r\nC: d"}}, "control character"),
        ({"uri": "/x", "method": "GET", "headers": {"A: b\r\nC": "d"}}, "no name of a header"),
        (
            {"uri": "/x", "method": "GET", "headers": {"Content-Length": "5"}},
            "belongs to the connection",
        ),
        ({"uri": "/x", "method": "GET", "readTimeOut": "soon"}, "readTimeOut is soon"),
    ],
)
async def test_a_request_that_cannot_be_sent_says_why(
    site: Site, given: dict[str, Any], reason: str
) -> None:
    site.answers("/x")
    outcome = await call(site, **given)
    assert outcome.status is TaskStatus.FAILED
    assert reason in (outcome.reason or "")
    assert site.seen == []


async def test_an_error_is_told_with_its_body(site: Site) -> None:
    site.answers("/x", "no\nsuch thing", status=404)
    outcome = await call(site, uri="/x", method="GET")
    on = f'on GET request for "{site.url}/x"'
    told = f'java.lang.Exception: 404 Not Found {on}: "no<EOL>such thing"'
    assert outcome.status is TaskStatus.FAILED
    assert outcome.reason == f"Failed to invoke HTTP task due to: {told}"
    assert outcome.output == {"response": told}


async def test_an_error_without_a_body(site: Site) -> None:
    site.answers("/x", status=503)
    outcome = await call(site, uri="/x", method="GET")
    on = f'on GET request for "{site.url}/x"'
    told = f"java.lang.Exception: 503 Service Unavailable {on}: [no body]"
    assert outcome.output == {"response": told}


async def test_not_modified_is_no_success(site: Site) -> None:
    site.answers("/x", status=304)
    outcome = await call(site, uri="/x", method="GET")
    assert outcome.status is TaskStatus.FAILED
    assert outcome.reason == "No response from the remote service"
    assert isinstance(outcome.output, dict)
    assert outcome.output["response"]["statusCode"] == 304


async def test_nobody_there_is_told_without_the_query(unused_tcp_port: int) -> None:
    http = Http(Transport(POLICY, LIMITS))
    uri = f"http://127.0.0.1:{unused_tcp_port}/x?token=hidden"
    outcome = await http.run(order("HTTP", {"uri": uri, "method": "GET"}))
    await http.aclose()
    assert outcome.status is TaskStatus.FAILED
    assert outcome.reason == (
        "Failed to invoke HTTP task due to: java.lang.Exception: I/O error on GET request for "
        f'"http://127.0.0.1:{unused_tcp_port}/x": '
        f"Connect to http://127.0.0.1:{unused_tcp_port} failed: Connection refused"
    )
    assert "hidden" not in str(outcome)


async def test_a_name_that_nobody_knows_is_told() -> None:
    http = Http(Transport(POLICY, LIMITS, Names()))
    outcome = await http.run(order("HTTP", {"uri": "http://nowhere.test/x", "method": "GET"}))
    await http.aclose()
    assert (outcome.reason or "").endswith('x": nowhere.test: Name or service not known')


async def test_a_server_that_does_not_answer_is_given_up(site: Site) -> None:
    async def never(request: Any) -> Any:
        await asyncio.sleep(3600)

    site.app.router.add_get("/x", never)
    http = Http(Transport(POLICY, LIMITS))
    async with serving(site):
        given = {"uri": f"{site.url}/x", "method": "GET", "readTimeOut": 100}
        outcome = await http.run(order("HTTP", given))
        limited = Http(Transport(POLICY, HttpLimits(total_seconds=0.1)))
        total = await limited.run(order("HTTP", given | {"readTimeOut": 0}))
        await http.aclose()
        await limited.aclose()
    assert outcome.status is total.status is TaskStatus.FAILED
    assert (outcome.reason or "").endswith("Read timed out")
    assert (total.reason or "").endswith("timed out")


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"x" * 100_001, {}), (gzip.compress(b"x" * 50_000_000), {"Content-Encoding": "gzip"})],
    ids=["long", "zipped"],
)
async def test_an_answer_that_is_too_large_is_refused(
    site: Site, body: bytes, headers: dict[str, str]
) -> None:
    site.answers("/x", body, headers=headers)
    outcome = await call(site, uri="/x", method="GET")
    assert outcome.status is TaskStatus.FAILED
    assert (outcome.reason or "").endswith("the response has more than 100000 bytes")


async def test_connections_are_used_again(site: Site) -> None:
    site.answers("/x", "1")
    await calls(site, *[{"uri": "/x", "method": "GET"}] * 5)
    assert len(site.seen) == 5
    assert len(site.connections) == 1


async def test_cookies_are_not_carried_from_task_to_task(site: Site) -> None:
    site.answers("/x", headers={"Set-Cookie": "session=1"})
    await calls(site, *[{"uri": "/x", "method": "GET"}] * 2)
    assert "Cookie" not in site.seen[1].headers


async def test_proxies_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.answers("/x")
    assert (await call(site, uri="/x", method="GET")).status is TaskStatus.COMPLETED


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, "GET", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
async def test_redirects_are_followed(site: Site, status: int, method: str, after: str) -> None:
    site.redirects("/x", "/y?a=1", status)
    site.answers("/y")
    outcome = await call(site, uri="/x", method=method, body="b", headers={"X-Own": "1"})
    assert outcome.status is TaskStatus.COMPLETED
    assert site.seen[1].method == after
    assert site.bodies[1] == (b"b" if after == method and after != "HEAD" else site.bodies[1])
    assert site.seen[1].headers["X-Own"] == "1"


async def test_redirects_have_an_end(site: Site) -> None:
    site.redirects("/x", "/x")
    outcome = await call(site, uri="/x", method="GET")
    assert (outcome.reason or "").endswith("more than 3 redirects")
    assert len(site.seen) == 4


async def test_what_may_be_a_credential_stays_with_its_origin(site: Site) -> None:
    other = Site()
    other.answers("/y")
    async with serving(other):
        site.redirects("/x", f"{other.url}/y")
        headers = {"Authorization": "Bearer secret", "X-Api-Key": "secret"}
        outcome = await call(site, uri="/x", method="GET", headers=headers)
    assert outcome.status is TaskStatus.COMPLETED
    assert "secret" in str(site.seen[0].headers)
    assert "secret" not in str(other.seen[0].headers)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", True),
        ("put", True),
        ("DELETE", True),
        ("POST", False),
        ("PATCH", False),
        (None, False),
    ],
)
def test_only_safe_methods_are_repeated_after_a_crash(method: Any, expected: bool) -> None:
    http = Http(Transport(POLICY, LIMITS))
    assert http.repeats(order("HTTP", {"uri": "http://x", "method": method})) is expected
    assert http.repeats(order("HTTP", {"http_request": {"method": method}})) is expected

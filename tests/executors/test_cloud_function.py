from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from daemon.executors.cloud.cloud_function import CloudFunction
from daemon.executors.cloud.google_tokens import NoToken
from daemon.executors.http import AddressPolicy, HttpLimits, Transport
from eventstore.events import TaskStatus
from tests.executors.clouds import CLOUD_FUNCTION, CONTEXT, order
from tests.executors.servers import Site, serving


class GivenTokens:
    def __init__(self, refusal: str | None = None) -> None:
        self.audiences: list[str] = []
        self._refusal = refusal

    async def token_for(self, audience: str) -> str:
        self.audiences.append(audience)
        if self._refusal is not None:
            raise NoToken(self._refusal)
        return "the-token"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    made.answers("/good", '{"data": "x"}', content_type="application/json")
    made.answers("/empty")
    made.answers("/bad", "went wrong", status=500)
    made.answers("/text", "no json")
    async with serving(made):
        yield made


def made(tokens: GivenTokens, *, allow_loopback: bool = True) -> CloudFunction:
    transport = Transport(AddressPolicy(allow_loopback=allow_loopback), HttpLimits())
    return CloudFunction(transport, tokens, organization="org")


async def test_a_function_gets_the_input_and_where_it_is_from(site: Site) -> None:
    tokens = GivenTokens()
    executor = made(tokens)
    url = f"{site.url}/good"
    outcome = await executor.run(order(CLOUD_FUNCTION, {"n": 1}, functionUrl=url))
    assert (outcome.status, outcome.output) == (TaskStatus.COMPLETED, {"data": "x"})
    assert json.loads(site.bodies[0]) == {"n": 1, "__jobContext": CONTEXT}
    sent = site.seen[0]
    assert (sent.method, sent.headers["Authorization"]) == ("POST", "Bearer the-token")
    assert sent.headers["Idempotency-Key"] == "job.7"
    assert tokens.audiences == [url]
    await executor.aclose()


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/bad", "answered 500: went wrong"), ("/text", "gave no JSON to keep: not JSON")],
)
async def test_what_is_no_result_fails_the_step(site: Site, path: str, reason: str) -> None:
    executor = made(GivenTokens())
    outcome = await executor.run(order(CLOUD_FUNCTION, {}, functionUrl=site.url + path))
    assert outcome.status is TaskStatus.FAILED
    assert reason in (outcome.reason or "")
    assert "the-token" not in (outcome.reason or "")
    await executor.aclose()


async def test_nothing_as_an_answer_is_nothing_as_output(site: Site) -> None:
    executor = made(GivenTokens())
    outcome = await executor.run(order(CLOUD_FUNCTION, None, functionUrl=f"{site.url}/empty"))
    assert (outcome.status, outcome.output) == (TaskStatus.COMPLETED, None)
    await executor.aclose()


@pytest.mark.parametrize(
    ("url", "given", "refusal", "reason"),
    [
        ("http://example.com/f", {}, None, "functionUrl must be https"),
        ("", {}, None, "the config of step 'fetch' has no functionUrl"),
        ("http://127.0.0.1:9/f", [1], None, "the input of step 'fetch' is no object"),
        ("http://127.0.0.1:9/f", {}, "nobody is logged in", "nobody is logged in"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    url: str, given: object, refusal: str | None, reason: str
) -> None:
    executor = made(GivenTokens(refusal))
    outcome = await executor.run(order(CLOUD_FUNCTION, given, functionUrl=url))
    assert outcome.status is TaskStatus.FAILED
    assert reason in (outcome.reason or "")
    await executor.aclose()


async def test_it_goes_only_where_http_tasks_may(site: Site) -> None:
    executor = made(GivenTokens(), allow_loopback=False)
    outcome = await executor.run(order(CLOUD_FUNCTION, {}, functionUrl=f"{site.url}/good"))
    assert "http_tasks.allow_loopback" in (outcome.reason or "")
    assert site.seen == []
    await executor.aclose()

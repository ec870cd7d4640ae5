"""CloudEvents over HTTP: their two forms, the signature, and what counts as taken."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

import pytest

from daemon.executors.http import AddressPolicy, HttpLimits, Transport
from daemon.executors.http.webhook import Webhook, secret_in
from daemon.executors.notifying import CloudEvent, DeliveryFailed
from daemon.reactor.listening import Wanted
from tests.executors.servers import Site, serving

SECRET = b"key"
NOW = 1_700_000_000
EVENT = CloudEvent(
    id="17",
    source="/playhead/log",
    type="playhead.job.completed",
    subject="job-1",
    time="2026-01-01T00:00:00Z",
    data={"status": "COMPLETED"},
)


def webhook(
    *, binary: bool = False, loopback: bool = True, secret: bytes | None = SECRET
) -> Webhook:
    transport = Transport(AddressPolicy(allow_loopback=loopback), HttpLimits(max_redirects=0))
    return Webhook(
        transport, secret=secret, binary=binary, timeout_seconds=5, now=lambda: NOW * 1_000_000
    )


async def sent(hook: Webhook, **response: Any) -> tuple[Any, bytes]:
    site = Site()
    site.answers("/hook", **response)
    async with serving(site):
        try:
            await hook.send(f"{site.url}/hook", EVENT)
        finally:
            await hook.aclose()
    return site.seen[0].headers, site.bodies[0]


async def test_a_structured_event_is_one_document() -> None:
    headers, body = await sent(webhook())
    assert headers["Content-Type"] == "application/cloudevents+json"
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": "17",
        "source": "/playhead/log",
        "type": "playhead.job.completed",
        "subject": "job-1",
        "time": "2026-01-01T00:00:00Z",
        "datacontenttype": "application/json",
        "data": {"status": "COMPLETED"},
    }


async def test_a_binary_event_has_its_attributes_in_headers() -> None:
    headers, body = await sent(webhook(binary=True))
    assert headers["Content-Type"] == "application/json"
    assert (headers["ce-id"], headers["ce-specversion"]) == ("17", "1.0")
    assert json.loads(body) == {"status": "COMPLETED"}


async def test_the_signature_covers_id_time_and_body() -> None:
    headers, body = await sent(webhook())
    content = f"17.{NOW}.".encode() + body
    signature = b64encode(hmac.new(SECRET, content, sha256).digest()).decode()
    assert headers["webhook-id"] == "17"
    assert headers["webhook-timestamp"] == str(NOW)
    assert headers["webhook-signature"] == f"v1,{signature}"


async def test_without_a_secret_nothing_is_signed() -> None:
    headers, _ = await sent(webhook(secret=None))
    assert "webhook-signature" not in headers


@pytest.mark.parametrize(
    "response", [{"status": 500}, {"status": 404}, {"status": 302, "headers": {"Location": "/x"}}]
)
async def test_any_other_answer_means_that_it_was_not_taken(response: dict[str, Any]) -> None:
    with pytest.raises(DeliveryFailed):
        await sent(webhook(), **response)


async def test_an_address_that_policy_forbids_is_not_called() -> None:
    hook = webhook(loopback=False)
    with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1"):
        await hook.send("http://127.0.0.1:1/", EVENT)
    await hook.aclose()


def test_a_secret_is_text_or_base64() -> None:
    assert secret_in("plain\n") == b"plain"
    assert secret_in("whsec_a2V5") == b64decode("a2V5")
    with pytest.raises(ValueError, match="empty"):
        secret_in(" \n")


@pytest.mark.parametrize(
    ("sink", "told"),
    [
        ("https://a.example", True),
        ("https://a.example/x?y", True),
        ("https://a.example.org", False),
        ("https://b.example/hooks/1", True),
        ("https://b.example/hook", False),
        ("http://a.example", False),
    ],
)
def test_a_definition_reaches_only_what_settings_allow(sink: str, told: bool) -> None:
    wanted = Wanted(
        webhook_url="",
        allowed_sinks=("https://a.example", "https://b.example/hooks/"),
        retry_seconds=1,
        retry_limit_seconds=1,
        give_up_seconds=1,
        window=1,
        waiting=1,
    )
    assert wanted.urls(sink) == ((sink,) if told else ())

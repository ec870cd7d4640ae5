"""CloudEvents over HTTP, signed as Standard Webhooks says (docs/handlers.md).

The signature is HMAC-SHA256 over ``<webhook-id>.<webhook-timestamp>.<body>``, so that a receiver
can tell who sent a request, that nobody changed it, and that it is not an old one again.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256

import aiohttp
import orjson

from daemon.executors.http.addresses import AddressRefused
from daemon.executors.http.request import BadRequest, Request, address
from daemon.executors.http.transport import ResponseTooLarge, TooManyRedirects, Transport
from daemon.executors.notifying import CloudEvent, DeliveryFailed

SPEC = "1.0"
SECRET = "whsec_"
"""In front of a secret that is written in base64."""

Headers = tuple[tuple[str, str], ...]

_FAILURES = (
    TimeoutError,
    OSError,
    aiohttp.ClientError,
    AddressRefused,
    BadRequest,
    ResponseTooLarge,
    TooManyRedirects,
)


class Webhook:
    """``binary``: the attributes go in headers, the body is the data alone."""

    def __init__(
        self,
        transport: Transport,
        *,
        secret: bytes | None,
        binary: bool,
        timeout_seconds: float,
        now: Callable[[], int],
    ) -> None:
        self._transport = transport
        self._secret = secret
        self._binary = binary
        self._timeout = timeout_seconds
        self._now = now

    async def send(self, url: str, event: CloudEvent) -> None:
        headers, body = binary(event) if self._binary else structured(event)
        if self._secret is not None:
            seconds = self._now() // 1_000_000
            headers = (*headers, *signed(self._secret, event.id, seconds, body))
        try:
            request = Request(
                method="POST",
                url=address(url),
                headers=headers,
                body=body,
                connect_seconds=self._timeout,
                read_seconds=self._timeout,
            )
            answer = await self._transport.send(request)
        except _FAILURES as error:
            raise DeliveryFailed(f"{type(error).__name__}: {error}") from error
        if not 200 <= answer.status < 300:
            raise DeliveryFailed(f"it answered {answer.status} {answer.reason}")

    async def aclose(self) -> None:
        await self._transport.aclose()


def structured(event: CloudEvent) -> tuple[Headers, bytes]:
    document = {
        "specversion": SPEC,
        **_attributes(event),
        "datacontenttype": "application/json",
        "data": event.data,
    }
    return (("Content-Type", "application/cloudevents+json"),), orjson.dumps(document)


def binary(event: CloudEvent) -> tuple[Headers, bytes]:
    attributes = {"specversion": SPEC, **_attributes(event)}
    headers = tuple((f"ce-{name}", value) for name, value in attributes.items())
    return (("Content-Type", "application/json"), *headers), orjson.dumps(event.data)


def _attributes(event: CloudEvent) -> dict[str, str]:
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
    }


def signed(secret: bytes, event_id: str, seconds: int, body: bytes) -> Headers:
    content = f"{event_id}.{seconds}.".encode() + body
    signature = b64encode(hmac.new(secret, content, sha256).digest()).decode()
    return (
        ("webhook-id", event_id),
        ("webhook-timestamp", str(seconds)),
        ("webhook-signature", f"v1,{signature}"),
    )


def secret_in(text: str) -> bytes:
    """The secret in the text of its file. Raises ValueError."""
    word = text.strip()
    if not word:
        raise ValueError("it is empty")
    return (
        b64decode(word[len(SECRET) :], validate=True) if word.startswith(SECRET) else word.encode()
    )

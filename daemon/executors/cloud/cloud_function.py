"""``/justworkflowit/gcp/cloudfunction``: a function of Google Cloud, called over HTTP with an
identity token. Needs the extra ``playhead[gcp]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

from daemon.executors.cloud.event import NoObject, event_of
from daemon.executors.cloud.google_tokens import NoToken, Tokens
from daemon.executors.executor import Order, Outcome
from daemon.executors.http.addresses import AddressRefused
from daemon.executors.http.request import JSON, BadRequest, Request, address
from daemon.executors.http.transport import Answer, ResponseTooLarge, TooManyRedirects, Transport
from daemon.executors.json_values import NotKept, read_json
from eventstore.events import TaskStatus

TASK_TYPE: Final = "/justworkflowit/gcp/cloudfunction"
_TEXT: Final = {"type": "string", "minLength": 1}
CONFIG: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["functionUrl"],
    "properties": {
        "functionUrl": _TEXT,
        "projectId": _TEXT,
        "region": _TEXT,
        "workloadIdentityPoolProvider": _TEXT,
        "serviceAccountEmail": _TEXT,
        "timeoutMs": {"type": "integer", "minimum": 1},
    },
    "additionalProperties": False,
}
SHOWN_CHARACTERS: Final = 500
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class CloudFunction:
    """``projectId`` to ``serviceAccountEmail`` of a config are not looked at: who the daemon
    is says its own environment."""

    task_types: tuple[str, ...] = (TASK_TYPE,)

    def __init__(
        self,
        transport: Transport,
        tokens: Tokens,
        *,
        organization: str,
        connect_seconds: float = 10,
        timeout_seconds: float = 540,
        max_depth: int = 64,
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._organization = organization
        self._connect_seconds = connect_seconds
        self._timeout_seconds = timeout_seconds
        self._max_depth = max_depth

    def repeats(self, order: Order) -> bool:
        """What a function did before the daemon stopped is not known."""
        return False

    async def run(self, order: Order) -> Outcome:
        try:
            request = await self._request(order)
            answer = await self._transport.send(request)
        except (BadRequest, NoObject, NoToken) as error:
            return _failed(str(error))
        except (
            aiohttp.ClientError,
            TimeoutError,
            AddressRefused,
            ResponseTooLarge,
            TooManyRedirects,
        ) as error:
            return _failed(f"the function was not reached: {str(error) or 'it timed out'}")
        return self._outcome(request, answer)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _request(self, order: Order) -> Request:
        config = order.config or {}
        if not config.get("functionUrl"):
            raise BadRequest(f"the config of step '{order.ref}' has no functionUrl")
        url = address(config["functionUrl"])
        if url.scheme != "https" and url.host not in _LOOPBACK:
            raise BadRequest("functionUrl must be https, since a token goes along")
        event = event_of(order, self._organization)
        token = await self._tokens.token_for(config["functionUrl"])
        milliseconds = config.get("timeoutMs")
        return Request(
            method="POST",
            url=url,
            headers=(
                ("Authorization", f"Bearer {token}"),
                ("Content-Type", JSON),
                ("Accept", JSON),
                ("Idempotency-Key", order.key),
            ),
            body=orjson.dumps(event),
            connect_seconds=self._connect_seconds,
            read_seconds=self._timeout_seconds if milliseconds is None else milliseconds / 1000,
        )

    def _outcome(self, request: Request, answer: Answer) -> Outcome:
        if not 200 <= answer.status < 300:
            text = answer.body[:SHOWN_CHARACTERS].decode("utf-8", "replace")
            return _failed(f"the function at {request.place} answered {answer.status}: {text}")
        if not answer.body:
            return Outcome(status=TaskStatus.COMPLETED)
        try:
            value = read_json(answer.body, max_depth=self._max_depth)
        except NotKept as error:
            return _failed(f"the function at {request.place} gave no JSON to keep: {error}")
        return Outcome(status=TaskStatus.COMPLETED, output=value)


def _failed(reason: str) -> Outcome:
    return Outcome(status=TaskStatus.FAILED, reason=reason)

"""HTTP: the call that a task's input describes, and its answer as the task's output."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import aiohttp

from daemon.executors.executor import Order, Outcome
from daemon.executors.http.addresses import AddressRefused
from daemon.executors.http.request import REPEATABLE, BadRequest, Request, method_of, request_of
from daemon.executors.http.transport import (
    Answer,
    ResponseTooLarge,
    TooManyRedirects,
    Transport,
)
from daemon.executors.json_values import NotKept, read_json
from eventstore.events import TaskStatus, Value

MAX_SHOWN_CHARACTERS = 10_000
"""Of an error's body in a task's reason."""

_LINE_END = re.compile(r"[\n\r]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Http:
    task_types: tuple[str, ...] = ("HTTP",)

    def __init__(
        self, transport: Transport, *, max_depth: int = 64, user_agent: str = "Playhead"
    ) -> None:
        self._transport = transport
        self._max_depth = max_depth
        self._user_agent = user_agent

    def repeats(self, order: Order) -> bool:
        return method_of(order.input) in REPEATABLE

    async def run(self, order: Order) -> Outcome:
        try:
            request = request_of(order.input, key=order.key, user_agent=self._user_agent)
        except BadRequest as error:
            return Outcome(status=TaskStatus.FAILED, output={}, reason=str(error))
        try:
            answer = await self._transport.send(request)
        except (
            aiohttp.ClientError,
            TimeoutError,
            AddressRefused,
            BadRequest,
            ResponseTooLarge,
            TooManyRedirects,
        ) as error:
            return _failed(_not_reached(request, error))
        return self._outcome(request, answer)

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _outcome(self, request: Request, answer: Answer) -> Outcome:
        if answer.status >= 400:
            called = f'{request.method} request for "{request.place}"'
            return _failed(f"{answer.status} {_phrase(answer)} on {called}: {_shown(answer)}")
        good = 200 <= answer.status < 300
        body = self._value(answer) if good else None
        return Outcome(
            status=TaskStatus.COMPLETED if good else TaskStatus.FAILED,
            output={"response": _response(answer, body)},
            reason=None if good else "No response from the remote service",
        )

    def _value(self, answer: Answer) -> Value:
        """Objects and arrays as they are, numbers as doubles, other JSON and all else as text."""
        if not answer.body:
            return None
        text = _text(answer)
        try:
            value = read_json(text.encode(), max_depth=self._max_depth)
        except NotKept:
            return text
        match value:
            case bool():
                return "true" if value else "false"
            case int() | float():
                return float(value)
            case None:
                return "null"
        return value


def _response(answer: Answer, body: Value) -> dict[str, Any]:
    return {
        "headers": answer.headers,
        "statusCode": answer.status,
        "body": body,
        "reasonPhrase": _phrase(answer),
    }


def _failed(what: str) -> Outcome:
    told = f"java.lang.Exception: {what}"
    return Outcome(
        status=TaskStatus.FAILED,
        output={"response": told},
        reason=f"Failed to invoke HTTP task due to: {told}",
    )


def _not_reached(request: Request, error: Exception) -> str:
    return f'I/O error on {request.method} request for "{request.place}": {_why(request, error)}'


def _why(request: Request, error: Exception) -> str:
    """In the words that Conductor's client has for it (observed on Conductor 3.32.3)."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"{request.url.host}: Name or service not known"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return f"Connect to {request.url.origin()} failed: Connection refused"
        case aiohttp.SocketTimeoutError():
            return "Read timed out"
        case TimeoutError():
            return str(error) or "timed out"
        case _:
            return str(error) or type(error).__name__


def _phrase(answer: Answer) -> str:
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return answer.reason


def _shown(answer: Answer) -> str:
    """An error's body on one line."""
    if not answer.body:
        return "[no body]"
    text = _text(answer)[:MAX_SHOWN_CHARACTERS]
    return _CONTROL.sub("?", _LINE_END.sub("<EOL>", f'"{text}"'))


def _text(answer: Answer) -> str:
    try:
        return answer.body.decode(answer.charset or "utf-8", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")

"""The JSON-RPC 2.0 envelope: what a request must look like, what answers look like."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from daemon.operations.calls import ErrorType, Failure, Result

PARSE_ERROR = -32700
INVALID_REQUEST = -32600

RequestId = str | int | float | None


class Absent(msgspec.Struct, frozen=True):
    """The id of a notification: there is none, which is not the same as null."""


ABSENT = Absent()


class Request(msgspec.Struct, frozen=True):
    """A well-formed request. With ``id`` ABSENT nobody waits for an answer."""

    method: str
    params: Any
    id: RequestId | Absent


class Malformed(msgspec.Struct, frozen=True):
    """Not a request, and what to answer."""

    id: RequestId
    failure: Failure


def read_request(message: Any) -> Request | Malformed:
    if not isinstance(message, dict):
        return Malformed(None, _invalid("a request is an object"))
    id = message.get("id", ABSENT)
    if not _is_id(id):
        return Malformed(None, _invalid('"id" is a string, a number or null'))
    problem = _problem(message)
    if problem is not None:
        return Malformed(None if isinstance(id, Absent) else id, _invalid(problem))
    return Request(message["method"], message.get("params"), id)


def _problem(message: dict[str, Any]) -> str | None:
    if message.get("jsonrpc") != "2.0":
        return '"jsonrpc" is exactly "2.0"'
    if not isinstance(message.get("method"), str):
        return '"method" is a string'
    if not isinstance(message.get("params", ()), dict | list | tuple):
        return '"params" is an object, or is left out'
    return None


def _is_id(value: Any) -> bool:
    return value is None or (
        isinstance(value, str | int | float | Absent) and not isinstance(value, bool)
    )


def usable_id(message: Any) -> RequestId:
    """The id to answer with when the rest of ``message`` cannot be trusted."""
    id = message.get("id") if isinstance(message, dict) else None
    return id if isinstance(id, str | int) and not isinstance(id, bool) else None


def rpc_failure(code: int, type: str, message: str, **data: Any) -> Failure:
    return Failure(code=code, message=message, data={"type": type, "message": message, **data})


def _invalid(problem: str) -> Failure:
    return rpc_failure(INVALID_REQUEST, "invalidRequest", f"not a JSON-RPC 2.0 request: {problem}")


def by_position() -> Failure:
    message = "parameters are given by name, in an object; a list was sent"
    return rpc_failure(ErrorType.INVALID_PARAMS.code, ErrorType.INVALID_PARAMS.word, message)


def answer(id: RequestId, outcome: Result | Failure) -> dict[str, Any]:
    if isinstance(outcome, Failure):
        error = {"code": outcome.code, "message": outcome.message, "data": outcome.data}
        return {"jsonrpc": "2.0", "id": id, "error": error}
    return {"jsonrpc": "2.0", "id": id, "result": outcome}


def encode_notification(method: str, params: dict[str, Any]) -> bytes:
    return orjson.dumps(
        {"jsonrpc": "2.0", "method": method, "params": params}, option=orjson.OPT_APPEND_NEWLINE
    )


def encode(message: dict[str, Any] | list[dict[str, Any]]) -> bytes:
    """One line. Raises TypeError for what JSON cannot carry."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def unencodable(
    message: dict[str, Any] | list[dict[str, Any]],
) -> dict[str, Any] | list[dict[str, Any]]:
    """The same answers, with an internal error for each that JSON cannot carry."""
    if isinstance(message, list):
        return [_encodable(each) for each in message]
    return _encodable(message)


def _encodable(message: dict[str, Any]) -> dict[str, Any]:
    try:
        orjson.dumps(message)
    except TypeError as error:
        text = f"the result cannot be written as JSON: {error}"
        return answer(
            message["id"], rpc_failure(ErrorType.INTERNAL.code, ErrorType.INTERNAL.word, text)
        )
    return message

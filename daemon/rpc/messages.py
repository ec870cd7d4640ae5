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


_ID_TYPES = frozenset({str, int, float, type(None), Absent})
_PARAMS_TYPES = frozenset({dict, list, Absent})


def read_request(message: Any) -> Request | Malformed:
    """``message`` is what JSON gives, so its parts are of exactly these types."""
    if type(message) is dict:
        method = message.get("method")
        params = message.get("params", ABSENT)
        id = message.get("id", ABSENT)
        if (
            message.get("jsonrpc") == "2.0"
            and type(method) is str
            and type(params) in _PARAMS_TYPES
            and type(id) in _ID_TYPES
        ):
            return Request(method, None if params is ABSENT else params, id)
    return _malformed(message)


def _malformed(message: Any) -> Malformed:
    if not isinstance(message, dict):
        return Malformed(None, _invalid("a request is an object"))
    id = message.get("id")
    if type(id) not in _ID_TYPES:
        return Malformed(None, _invalid('"id" is a string, a number or null'))
    return Malformed(id, _invalid(_problem(message)))


def _problem(message: dict[str, Any]) -> str:
    if message.get("jsonrpc") != "2.0":
        return '"jsonrpc" is exactly "2.0"'
    if not isinstance(message.get("method"), str):
        return '"method" is a string'
    return '"params" is an object, or is left out'


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

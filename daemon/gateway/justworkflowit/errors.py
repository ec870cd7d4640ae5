"""The error classes of the interface, and which refusal is which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

from daemon.gateway.asking import HttpError
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed


class ErrorClass(Enum):
    VALIDATION = (400, "ValidationError")
    AUTHENTICATION = (401, "AuthenticationError")
    AUTHORIZATION = (403, "AuthorizationError")
    NOT_FOUND = (404, "NotFoundError")
    CONFLICT = (409, "ConflictError")
    UNHANDLED = (500, "UnhandledError")

    @property
    def status(self) -> int:
        return int(self.value[0])

    @property
    def word(self) -> str:
        return str(self.value[1])


_BY_STATUS = {one.status: one for one in ErrorClass}

_BY_TYPE = {
    "notFound": ErrorClass.NOT_FOUND,
    "noVersion": ErrorClass.NOT_FOUND,
    "notAllowed": ErrorClass.AUTHORIZATION,
    "invalidParams": ErrorClass.VALIDATION,
    "invalidDefinition": ErrorClass.VALIDATION,
    "contractBroken": ErrorClass.VALIDATION,
    "conflict": ErrorClass.VALIDATION,
    "refused": ErrorClass.VALIDATION,
    "badCursor": ErrorClass.VALIDATION,
    "tooLarge": ErrorClass.VALIDATION,
    "noSlot": ErrorClass.VALIDATION,
}
"""By ``data.type`` of a failure; every other one is nothing that the caller did."""

_NAME_TAKEN = "A workflow already exists with this name."


def invalid(message: str, **fields: str) -> HttpError:
    return HttpError(HTTPStatus.BAD_REQUEST, message, fields)


def not_found(message: str) -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, message)


def error_response(status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response:
    """An HTTP status that no class has (405, 413 …) goes out as itself, of the nearest."""
    nearest = ErrorClass.UNHANDLED if status >= ErrorClass.UNHANDLED.status else None
    found = _BY_STATUS.get(status) or nearest or ErrorClass.VALIDATION
    body: dict[str, Any] = {
        "message": message,
        "errorType": found.word,
        "statusCode": int(status),
    }
    if fields:
        body["fields"] = dict(fields)
    return json_response(body, int(status), (("x-amzn-errortype", found.word),))


def failure_response(failed: CallFailed) -> Response:
    found = _BY_TYPE.get(failed.type, ErrorClass.UNHANDLED)
    message = failed.failure.message
    if failed.failure.data.get("refusal") == "nameTaken":
        message = _NAME_TAKEN
    return error_response(HTTPStatus(found.status), message, _fields(failed))


def _fields(failed: CallFailed) -> dict[str, str]:
    return {one["path"] or "/": one["message"] for one in failed.failure.data.get("errors", ())}

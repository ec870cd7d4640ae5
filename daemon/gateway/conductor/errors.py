"""Error bodies and status codes as Conductor's clients expect them (conductor.md §6.0)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from daemon.gateway.asking import HttpError
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed

INSTANCE = "playhead"
INVALID = "Validation failed, check below errors for detail."

_BY_TYPE = {
    "notFound": 404,
    "noVersion": 404,
    "methodNotFound": 404,
    "conflict": 409,
    "requestIdReused": 409,
    "refused": 409,
    "invalidParams": 400,
    "invalidDefinition": 400,
    "contractBroken": 400,
    "badCursor": 400,
    "notAllowed": 403,
    "tooLarge": 413,
    "noSlot": 429,
    "busy": 503,
    "stopping": 503,
    "readOnly": 503,
    "unknownOutcome": 503,
}
"""By ``data.type`` of a failure; every other one is 500."""

_BY_REFUSAL = {
    ("job.retry", "jobNotEnded"): 404,
    ("job.restart", "notRestartable"): 404,
    ("job.rerun", "noSuchTask"): 400,
    ("job.resume", "jobNotPaused"): 500,
    ("job.resume", "jobEnded"): 500,
    ("job.skipTask", "jobNotRunning"): 500,
    ("job.skipTask", "jobEnded"): 500,
    ("job.skipTask", "noSuchStep"): 500,
    ("job.skipTask", "stepStarted"): 500,
}
"""Where Conductor answers what one would not expect (conductor.md §5)."""


def not_found(message: str) -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, message)


def conflict(message: str) -> HttpError:
    return HttpError(HTTPStatus.CONFLICT, message)


def error_response(
    status: int,
    message: str,
    problems: list[dict[str, Any]] | None = None,
    *,
    retryable: bool = False,
) -> Response:
    """Bodies with ``problems`` do not say who answers."""
    body: dict[str, Any] = {"status": status, "message": message, "retryable": retryable}
    if problems:
        body["validationErrors"] = problems
    else:
        body["instance"] = INSTANCE
    return json_response(body, status)


def of_error(status: HTTPStatus, message: str, fields: Mapping[str, str]) -> Response:
    """What is wrong with single fields stands in the message already."""
    return error_response(int(status), message)


def is_missing(failed: CallFailed) -> bool:
    """There is no such thing, or none of that version."""
    return failed.type in ("notFound", "noVersion") or _is_no_task_id(failed)


def _is_no_task_id(failed: CallFailed) -> bool:
    """An id that no task can have is that of no task."""
    return any(one["path"] == "/taskId" for one in failed.failure.data.get("errors", ()))


def failure_response(failed: CallFailed, parts: Mapping[str, str]) -> Response:
    status = status_of(failed)
    errors = failed.failure.data.get("errors", ())
    if failed.type == "contractBroken" and errors:
        problems = [{"path": one["path"], "message": one["message"]} for one in errors]
        said = "; ".join(one["message"] for one in problems)
        return error_response(status, said, problems)
    message = _not_found_message(failed, parts) if status == HTTPStatus.NOT_FOUND else None
    retryable = bool(failed.failure.data.get("retryable"))
    return error_response(status, message or failed.failure.message, retryable=retryable)


def status_of(failed: CallFailed) -> HTTPStatus:
    if _is_no_task_id(failed):
        return HTTPStatus.NOT_FOUND
    key = (failed.method, failed.failure.data.get("refusal", ""))
    return HTTPStatus(_BY_REFUSAL.get(key) or _BY_TYPE.get(failed.type, 500))


def _not_found_message(failed: CallFailed, parts: Mapping[str, str]) -> str | None:
    """Clients look for the id in it."""
    match failed.failure.data.get("refusal", failed.method):
        case "noSuchJob" | "job.get" | "job.restart" if "workflowId" in parts:
            return f"No such workflow found by id: {parts['workflowId']}"
        case "noSuchTask" | "task.get" | "task.log" if "taskId" in parts:
            return f"Task not found for taskId: {parts['taskId']}"
    return None

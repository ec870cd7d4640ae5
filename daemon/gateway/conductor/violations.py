"""What is wrong with a body, as bodies of errors list it (conductor.md §6.0).

Places are written as Java's bean validation writes them, from the name of a method and its
argument on: ``registerWorkflowDef.arg0.tasks[0].name``. Rules about several fields stand at
the object that has them (observed on Conductor 3.32.3).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from daemon.gateway.asking import Answered
from daemon.gateway.conductor.errors import INVALID, error_response
from daemon.gateway.running import CallFailed

R = TypeVar("R")

OF_THE_WHOLE = ("duplicateReference", "expression")
"""Kinds of problems that stand at the workflow."""
OF_A_SCHEMA = "schema"
"""Conductor looks at no schema, so that it has no place for what is wrong with one."""
OF_ONE_FIELD = frozenset(
    {
        "actions",
        "backoffJitterMs",
        "backoffScaleFactor",
        "event",
        "maxRetryDelaySeconds",
        "name",
        "ownerEmail",
        "pollTimeoutSeconds",
        "responseTimeoutSeconds",
        "retryCount",
        "schemaVersion",
        "startDelay",
        "taskReferenceName",
        "tasks",
        "totalTimeoutSeconds",
        "type",
        "version",
    }
)


class Violation(NamedTuple):
    path: str
    message: str
    value: Any = None


def invalid_at(place: str, fields: Mapping[str, str], given: Mapping[str, Any]) -> Answered:
    """``place``: the method and its argument, as ``updateTask.arg0``."""
    return invalid_with(
        Violation(f"{place}.{name}", text, given.get(name)) for name, text in fields.items()
    )


def invalid_with(violations: Iterable[Violation]) -> Answered:
    problems = [
        {"path": one.path, "message": one.message, **_shown(one.value)} for one in violations
    ]
    return Answered(error_response(HTTPStatus.BAD_REQUEST, INVALID, problems))


def _shown(value: Any) -> dict[str, str]:
    if isinstance(value, bool):
        return {"invalidValue": str(value).lower()}
    return {"invalidValue": str(value)} if isinstance(value, str | int | float) else {}


async def checked_at(place: str, definition: Any, act: Awaitable[R]) -> R:
    """The result of ``act``. Raises Answered with all that is wrong with the definition."""
    try:
        return await act
    except CallFailed as failed:
        if failed.type != "invalidDefinition":
            raise
        errors = failed.failure.data.get("errors", ())
        raise invalid_with(violations_of(place, errors, definition)) from failed


def violations_of(
    place: str, errors: Iterable[Mapping[str, str]], definition: Any
) -> list[Violation]:
    return [
        Violation(place + _path(one), one["message"], _value_at(one["path"], definition))
        for one in errors
    ]


def _path(problem: Mapping[str, str]) -> str:
    """Of ``/tasks/0/name`` it is ``.tasks[0].name``."""
    parts = _parts(problem["path"])
    kind = problem["kind"]
    if kind in OF_THE_WHOLE:
        parts = []
    while kind != OF_A_SCHEMA and parts and not _is_shown(parts[-1]):
        parts.pop()
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def _is_shown(part: str) -> bool:
    return part in OF_ONE_FIELD or part.isdigit()


def _value_at(pointer: str, document: Any) -> Any:
    """None for what is no field, or is not there."""
    found = document
    parts = _parts(pointer)
    if not parts or parts[-1] not in OF_ONE_FIELD:
        return None
    for part in parts:
        if isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, dict):
            found = found.get(part)
        else:
            return None
    return found


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]

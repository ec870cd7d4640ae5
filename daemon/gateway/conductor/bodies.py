"""Reading the bodies of requests, and what is said about those that cannot be used."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from daemon.gateway.asking import Ask, HttpError, Unreadable, bad_request
from daemon.gateway.conductor.errors import INVALID
from daemon.gateway.running import CallFailed

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")


def read_as(kind: type[T], body: Any) -> T:
    """Raises Unreadable."""
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from error


def invalid_at(place: str, fields: Mapping[str, str]) -> HttpError:
    """``place``: what Conductor calls the parameter, as ``updateTask.taskResult``."""
    return invalid_with({f"{place}.{name}": text for name, text in fields.items()})


async def checked_at(place: str, act: Awaitable[R]) -> R:
    """The result of ``act``. Raises HttpError with the places of what is wrong with a
    definition, each as a path from ``place``."""
    try:
        return await act
    except CallFailed as failed:
        if failed.type != "invalidDefinition":
            raise
        raise invalid_with(problems_at(place, failed.failure.data.get("errors", ()))) from failed


def problems_at(place: str, errors: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """``/tasks/0/name`` as ``<place>.tasks[0].name``. Several at one place are one."""
    found: dict[str, list[str]] = {}
    for one in errors:
        found.setdefault(place + path_of(one["path"]), []).append(one["message"])
    return {path: "; ".join(texts) for path, texts in found.items()}


def invalid_with(problems: Mapping[str, str]) -> HttpError:
    return bad_request(INVALID, **problems)


def path_of(pointer: str) -> str:
    """A JSON pointer in the notation of Java's bean validation."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def list_in(ask: Ask, empty: str) -> list[Any]:
    """The body, an array that is not empty."""
    given = ask.json()
    if not isinstance(given, list):
        raise Unreadable("the body is a JSON array")
    if not given:
        raise bad_request(empty)
    return given


def needed(ask: Ask, name: str) -> str:
    """A parameter of the query that has no default."""
    given = ask.text(name)
    if given is None:
        raise Unreadable(f"Required parameter '{name}' is not present.")
    return given

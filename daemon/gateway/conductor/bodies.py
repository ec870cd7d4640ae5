"""Reading the bodies of requests, and what is said about those that cannot be used."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from daemon.gateway.asking import Ask, Unreadable
from daemon.gateway.conductor.coercing import coerced
from daemon.gateway.conductor.violations import Violation, invalid_with

T = TypeVar("T", bound=msgspec.Struct)


def read_as(kind: type[T], body: Any) -> T:
    """Raises Unreadable."""
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError:
        return _read_loosely(kind, body)


def _read_loosely(kind: type[T], body: Any) -> T:
    """Apart, as only few bodies need it."""
    try:
        return msgspec.convert(coerced(kind, body), kind)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from error


def body_in(ask: Ask) -> dict[str, Any]:
    """The body, an object that must be there; ``Ask.object`` is for one that may not."""
    if not ask.request.body.strip():
        raise Unreadable("Required request body is missing: a JSON object")
    return ask.object()


def list_in(ask: Ask, place: str, empty: str) -> list[Any]:
    """The body, an array that is not empty."""
    given = ask.json()
    if not isinstance(given, list):
        raise Unreadable("the body is a JSON array")
    if not given:
        raise invalid_with([Violation(place, empty)])
    return given


def needed(ask: Ask, name: str) -> str:
    """A parameter of the query that has no default."""
    given = ask.text(name)
    if given is None:
        raise Unreadable(f"Required parameter '{name}' is not present.")
    return given

"""JSON inside the strings of a payload, which conditions see through, and on request actions."""

from __future__ import annotations

from typing import Any

import msgspec

DEEPEST = 64
"""Levels of JSON in JSON that are looked into."""


def expanded(value: Any, *, depth: int = 0) -> Any:
    """``value`` with each string that holds a JSON object or array replaced by that."""
    if depth > DEEPEST:
        return value
    match value:
        case dict():
            return {key: expanded(member, depth=depth + 1) for key, member in value.items()}
        case list():
            return [expanded(element, depth=depth + 1) for element in value]
        case str() if value.lstrip()[:1] in ("{", "["):
            return _parsed(value, depth)
        case _:
            return value


def _parsed(text: str, depth: int) -> Any:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return expanded(found, depth=depth + 1)

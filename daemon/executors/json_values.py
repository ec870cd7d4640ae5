"""JSON from outside, bounded in depth."""

from __future__ import annotations

import orjson

from eventstore.events import Value


class NotKept(ValueError):
    """JSON that is not recorded: it is broken, or nested deeper than allowed."""


def read_json(text: bytes, *, max_depth: int) -> Value:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotKept(f"not JSON: {error}") from error
    if text.count(b"{") + text.count(b"[") > max_depth and _is_deeper(value, max_depth):
        raise NotKept(f"nested deeper than {max_depth} arrays and objects")
    return value


def unrecordable(value: Value) -> str | None:
    """Why an event cannot carry ``value``; None: it can."""
    try:
        orjson.dumps(value)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def _is_deeper(value: Value, max_depth: int) -> bool:
    layer = [value]
    for _ in range(max_depth + 1):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return False
    return True


def _inside(value: Value) -> list[Value]:
    match value:
        case dict():
            return [inner for inner in value.values() if isinstance(inner, dict | list)]
        case list():
            return [inner for inner in value if isinstance(inner, dict | list)]
    return []

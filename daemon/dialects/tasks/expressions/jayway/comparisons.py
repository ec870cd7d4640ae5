"""The comparisons that a filter knows, on plain JSON values.

A value that is not there is null (observed on Conductor 3.32.3 and its json-path 2.9.0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemon.dialects.tasks.expressions.jayway.patterns import Regex
from daemon.dialects.tasks.expressions.text import java_text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "void"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "pattern"


def equal(left: Any, right: Any) -> bool:
    if _is_number(left) and isinstance(right, str):
        return bool(_number(right) == left)
    if isinstance(left, str) and _is_number(right):
        return java_text(right) == left
    return _kind(left) == _kind(right) and bool(left == right)


def _number(text: str) -> float | None:
    try:
        return float(text) if "." in text or "e" in text.lower() else int(text)
    except ValueError:
        return None


def same(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right) and equal(left, right)


def _have_order(left: Any, right: Any) -> bool:
    """Two numbers or two texts; nothing else has an order."""
    if isinstance(left, str):
        return isinstance(right, str)
    return _is_number(left) and _is_number(right)


def less(left: Any, right: Any) -> bool:
    return _have_order(left, right) and bool(left < right)


def at_most(left: Any, right: Any) -> bool:
    return _have_order(left, right) and bool(left <= right)


def matches(left: Any, right: Any) -> bool:
    """One side is a pattern and covers the whole text of the other, or of one of its elements."""
    if isinstance(left, Regex) == isinstance(right, Regex):
        return False
    pattern, value = (left, right) if isinstance(left, Regex) else (right, left)
    texts = value if isinstance(value, list) else [value]
    return any(pattern.covers(_matchable(text)) for text in texts)


def _matchable(value: Any) -> str:
    return java_text(value) if isinstance(value, str | int | float) else ""


def is_in(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, element) for element in right)


def contains(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return right in left
    return is_in(right, left)


def has_all(left: Any, right: Any) -> bool:
    return isinstance(left, list) and subset_of(right, left)


def subset_of(left: Any, right: Any) -> bool:
    both = isinstance(left, list) and isinstance(right, list)
    return both and all(is_in(element, right) for element in left)


def any_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and any(is_in(element, right) for element in left)


def none_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and isinstance(right, list) and not any_of(left, right)


def has_size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list) and _is_number(right) and len(left) == int(right)


def is_empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and isinstance(right, bool) and (not left) is right


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": same,
    "!==": lambda left, right: not same(left, right),
    "<": less,
    "<=": at_most,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: at_most(right, left),
    "=~": matches,
    "in": is_in,
    "nin": lambda left, right: not is_in(left, right),
    "contains": contains,
    "all": has_all,
    "subsetof": subset_of,
    "anyof": any_of,
    "noneof": none_of,
    "size": has_size,
    "empty": is_empty,
}

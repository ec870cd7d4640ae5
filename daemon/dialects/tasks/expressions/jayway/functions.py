"""The functions that may end a path: ``output.items.length()``."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from daemon.dialects.tasks.expressions.jayway.tokens import Aborted


def length(value: Any) -> Any:
    return len(value) if isinstance(value, dict | list) else None


def keys(value: Any) -> Any:
    return list(value) if isinstance(value, dict) else None


def first(value: Any) -> Any:
    return _listed(value)[0]


def last(value: Any) -> Any:
    return _listed(value)[-1]


def total(value: Any) -> float:
    return sum(_numbers(value))


def smallest(value: Any) -> float:
    return min(_numbers(value))


def largest(value: Any) -> float:
    return max(_numbers(value))


def average(value: Any) -> float:
    numbers = _numbers(value)
    return sum(numbers) / len(numbers)


def deviation(value: Any) -> float:
    """Of the whole population."""
    numbers = _numbers(value)
    mean = sum(numbers) / len(numbers)
    squares = sum(number * number for number in numbers) / len(numbers)
    return sqrt(max(squares - mean * mean, 0.0))


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Aborted
    return value


def _numbers(value: Any) -> list[float]:
    """Numbers of a list as doubles; what is not a number is passed over."""
    if not isinstance(value, list):
        raise Aborted
    numbers = [_double(n) for n in value if isinstance(n, int | float) and not isinstance(n, bool)]
    if not numbers:
        raise Aborted
    return numbers


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        raise Aborted from None


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": length,
    "size": length,
    "keys": keys,
    "first": first,
    "last": last,
    "sum": total,
    "min": smallest,
    "max": largest,
    "avg": average,
    "stddev": deviation,
}

"""What a value decides, and the evaluator that only looks a value up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def to_boolean(value: Any) -> bool:
    """Whether a loop goes on or an event handler acts: a boolean itself, a number above 0.
    Everything else says no, the text ``true`` too."""
    if isinstance(value, bool):
        return value
    return isinstance(value, int | float) and value > 0


def value_param(expression: str, given: Mapping[str, Any]) -> Any:
    """The evaluator ``value-param``: ``expression`` names a key of the input; None without it."""
    return given.get(expression)

"""Conditions such as ``$.order.state == 'paid'``, decided without a script engine.

Whenever this answers, an engine gives the same (property test); whatever is not beyond
doubt is ``NOT_SIMPLE`` and goes to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from daemon.dialects.conditions.grammar import Read, read
from daemon.dialects.conditions.scripting import Unsure, result

CACHED_EXPRESSIONS = 1_000


class NotSimple(Enum):
    """Only a script engine can tell."""

    NOT_SIMPLE = "not simple"


NOT_SIMPLE: Final = NotSimple.NOT_SIMPLE


def decide(expression: str, given: Mapping[str, Any]) -> Any | NotSimple:
    """The JSON value of the JavaScript ``expression`` with ``$`` bound to ``given``."""
    simple = _simple(expression)
    if simple is None:
        return NOT_SIMPLE
    try:
        return result(simple(given))
    except Unsure:
        return NOT_SIMPLE


def is_simple(expression: str) -> bool:
    """It is JavaScript that this module can read."""
    return _simple(expression) is not None


@lru_cache(maxsize=CACHED_EXPRESSIONS)
def _simple(expression: str) -> Read | None:
    try:
        return read(expression)
    except Unsure:
        return None

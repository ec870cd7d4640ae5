"""Finding ``${…}`` in a text (reference conductor.md §2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BRACES = re.compile(r"\$?\{|\}")


class Found(NamedTuple):
    """``text[start:end]`` is the expression with its braces, ``body`` what they hold."""

    start: int
    end: int
    body: str


def expressions(text: str) -> list[Found]:
    """The outermost expressions, left to right. ``${`` after a ``$`` begins none, and
    neither does one whose brace never closes; quotes do not hide a brace."""
    if "${" not in text:
        return []
    return list(_outermost(text, _closings(text)))


def _outermost(text: str, closings: dict[int, int]) -> Iterator[Found]:
    at = text.find("${")
    while at >= 0:
        closing = closings.get(at + 1)
        if closing is None or (at > 0 and text[at - 1] == "$"):
            at = text.find("${", at + 1)
            continue
        yield Found(at, closing + 1, text[at + 2 : closing])
        at = text.find("${", closing + 1)


def _closings(text: str) -> dict[int, int]:
    """Each opening brace that is closed, with the place where."""
    closings: dict[int, int] = {}
    open_: list[int] = []
    for at, char in enumerate(text):
        if char == "{":
            open_.append(at)
        elif char == "}" and open_:
            closings[open_.pop()] = at
    return closings


def unescaped(text: str) -> str:
    """``$${`` is how a literal ``${`` is written."""
    return text.replace("$${", "${")


def nesting(text: str) -> int:
    """How many expressions of ``text`` lie within one another, unclosed ones included."""
    deepest = depth = 0
    open_: list[bool] = []
    for sign in _BRACES.findall(text):
        if sign == "}":
            depth -= open_.pop() if open_ else 0
            continue
        open_.append(sign == "${")
        depth += open_[-1]
        deepest = max(deepest, depth)
    return deepest

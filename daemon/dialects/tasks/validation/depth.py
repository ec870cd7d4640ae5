"""How deep a definition may be nested, looked at before anything goes down into it."""

from __future__ import annotations

from typing import Any

from daemon.dialects.fields import pointer
from daemon.dialects.plan import Problem

DEEPEST_DEFINITION = 100
"""Objects and lists within one another; a fork in a switch in a loop comes to about 15."""


def too_deep(definition: Any, deepest: int = DEEPEST_DEFINITION) -> Problem | None:
    """The first place that lies deeper than allowed."""
    level = [definition]
    for _ in range(deepest + 1):
        level = [child for value in level for child in _children(value).values()]
        if not level:
            return None
    message = f"the definition is nested deeper than {deepest} levels"
    return Problem(path=_place_below(definition, deepest), message=message, kind="tooDeep")


def _children(value: Any) -> dict[str | int, Any]:
    match value:
        case dict():
            return value
        case list():
            return dict(enumerate(value))
        case _:
            return {}


def _place_below(definition: Any, deepest: int) -> str:
    open_: list[tuple[Any, tuple[str | int, ...]]] = [(definition, ())]
    while open_:
        value, place = open_.pop()
        if len(place) > deepest:
            return pointer("", *place)
        children = _children(value).items()
        open_.extend((child, (*place, key)) for key, child in reversed(children))
    return ""

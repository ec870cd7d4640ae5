"""How deep a definition may be nested, looked at before anything goes down into it."""

from __future__ import annotations

from typing import Any

from daemon.dialects.fields import pointer
from daemon.dialects.plan import Problem

DEEPEST_DEFINITION = 100
"""Objects and lists within one another; a fork in a switch in a loop comes to about 15."""


def too_deep(definition: Any, deepest: int = DEEPEST_DEFINITION) -> Problem | None:
    """The first place that lies deeper than allowed."""
    open_: list[tuple[Any, str, int]] = [(definition, "", 0)]
    while open_:
        value, path, depth = open_.pop()
        if depth > deepest:
            message = f"the definition is nested deeper than {deepest} levels"
            return Problem(path=path, message=message, kind="tooDeep")
        if isinstance(value, dict):
            open_.extend((child, pointer(path, key), depth + 1) for key, child in value.items())
        elif isinstance(value, list):
            open_.extend((child, pointer(path, at), depth + 1) for at, child in enumerate(value))
    return None

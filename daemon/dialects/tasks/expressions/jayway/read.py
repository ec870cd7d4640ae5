"""Evaluating a compiled path. Nothing here fails: what cannot be read is null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.dialects.tasks.expressions.jayway.path import Path
from daemon.dialects.tasks.expressions.jayway.tokens import (
    MISSING,
    Aborted,
    Absent,
    Lookup,
    Name,
    Token,
)

__all__ = ["MISSING", "Lookup", "follow", "read", "select"]


def read(path: Path, root: Lookup) -> Any:
    """One value or null for a definite path, a list for any other."""
    try:
        found = _from_root(path, root)
    except Aborted:
        return None
    if path.definite:
        return found[-1] if found else None
    return None if path.has_function and not found else found


def _from_root(path: Path, root: Lookup) -> list[Any]:
    """Only the one value that the path begins with is asked for, never the whole root."""
    match path.tokens:
        case (Name(name=name), *rest):
            value = root(name)
            return [] if isinstance(value, Absent) else select(value, rest, root)
        case _:
            return []


def select(value: Any, tokens: Sequence[Token], root: Lookup) -> list[Any]:
    values = [value]
    for token in tokens:
        values = [picked for value in values for picked in token.pick(value, root)]
    return values


def follow(value: Any, keys: Sequence[str | int]) -> Any:
    """The value that a plain path leads to; null when it leads nowhere."""
    for key in keys:
        if isinstance(key, str):
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        elif isinstance(value, list) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value

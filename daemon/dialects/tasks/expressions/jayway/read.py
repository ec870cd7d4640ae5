"""Evaluating a compiled path. Nothing here fails: what cannot be read is null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.dialects.tasks.expressions.jayway.path import Path
from daemon.dialects.tasks.expressions.jayway.tokens import MISSING, Aborted, Lookup, select_from

__all__ = ["MISSING", "Lookup", "follow", "read"]


def read(path: Path, root: Lookup) -> Any:
    """One value or null for a definite path, a list for any other."""
    try:
        found = select_from(root, path.tokens)
    except Aborted:
        return None
    if path.definite:
        return found[-1] if found else None
    return None if path.has_function and not found else found


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

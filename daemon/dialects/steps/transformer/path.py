"""Dotted paths into JSON data: ``aOutput.items.0.name``, ``items[0]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

Path = tuple[str, ...]

_INDEXED: Final = re.compile(r"(.+?)((?:\[[0-9]+\])+)")


class Missing(Enum):
    """What stands where nothing is."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def split(path: str) -> Path:
    """The names in ``path``, up to the first empty one."""
    names = path.split(".")
    return tuple(names[: names.index("")]) if "" in names else tuple(names)


def find_own(value: Any, path: Path) -> Any:
    """What stands at ``path`` when every name is a key or an index of a list."""
    for name in path:
        value = _own(value, name)
        if value is MISSING:
            break
    return value


def find(value: Any, path: Path) -> Any:
    """Like ``find_own``; a name may also end in indexes, and ``$`` is where it starts."""
    names = path[1:] if path[:1] == ("$",) and _own(value, "$") is MISSING else path
    for name in names:
        value = _indexed(value, name)
        if value is MISSING:
            break
    return value if names or not isinstance(value, Mapping) else dict(value)


def find_below(value: Any, path: Path) -> Any:
    """What stands at ``path``, counted from ``value`` or from the first value inside it
    where the whole path leads somewhere: a value before those inside it, in order."""
    found = find(value, path)
    if found is not MISSING:
        return found
    for inner in _inside(value):
        found = find_below(inner, path)
        if found is not MISSING:
            break
    return found


def _own(value: Any, name: str) -> Any:
    if type(value) is dict:  # nearly always: asking for a Mapping takes ten times as long
        return value.get(name, MISSING)
    if isinstance(value, Mapping):
        return value.get(name, MISSING)
    if isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 16:
        return value[int(name)] if int(name) < len(value) else MISSING
    return MISSING


def _indexed(value: Any, name: str) -> Any:
    found = _own(value, name)
    match = _INDEXED.fullmatch(name) if found is MISSING else None
    if match is None:
        return found
    found = _own(value, match.group(1))
    for index in match.group(2)[1:-1].split("]["):
        found = _own(found, index)
    return found


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []

"""The difference of two JSON values, and the way from the one to the other.

A difference is a list of changes ``{path, before, after}``. ``path`` is a JSON pointer
('' is the whole value). A change without ``before`` adds, one without ``after`` removes.
``apply(diff(a, b), a) == b`` for all JSON values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Change = dict[str, Any]


def diff(before: Any, after: Any) -> list[Change]:
    """Changes in the order in which they can be applied."""
    return list(_between("", before, after))


def apply(changes: Iterable[Mapping[str, Any]], value: Any) -> Any:
    """``value`` with the changes made; ``value`` itself stays as it is."""
    for change in changes:
        value = _with(value, _keys(change["path"]), change)
    return value


def _between(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _between_objects(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _between_arrays(path, before, after)
    elif type(before) is not type(after) or before != after:
        yield {"path": path, "before": before, "after": after}


def _between_objects(path: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for key, old in before.items():
        if key in after:
            yield from _between(_below(path, key), old, after[key])
        else:
            yield {"path": _below(path, key), "before": old}
    for key, new in after.items():
        if key not in before:
            yield {"path": _below(path, key), "after": new}


def _between_arrays(path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    """Place by place. What is removed at the end goes last first."""
    both = min(len(before), len(after))
    for place in range(both):
        yield from _between(_below(path, place), before[place], after[place])
    for place in range(len(before) - 1, both - 1, -1):
        yield {"path": _below(path, place), "before": before[place]}
    for place in range(both, len(after)):
        yield {"path": _below(path, place), "after": after[place]}


def _below(path: str, key: str | int) -> str:
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _keys(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _with(value: Any, keys: list[str], change: Mapping[str, Any]) -> Any:
    if not keys:
        return change["after"]
    if isinstance(value, list):
        return _with_place(value, int(keys[0]), keys[1:], change)
    key, rest = keys[0], keys[1:]
    if not rest and "after" not in change:
        return {name: kept for name, kept in value.items() if name != key}
    return {**value, key: _with(value.get(key), rest, change)}


def _with_place(
    value: list[Any], place: int, rest: list[str], change: Mapping[str, Any]
) -> list[Any]:
    if not rest and "after" not in change:
        return [*value[:place], *value[place + 1 :]]
    old = value[place] if place < len(value) else None
    return [*value[:place], _with(old, rest, change), *value[place + 1 :]]

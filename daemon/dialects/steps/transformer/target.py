"""Writing into the object that a fieldset builds. What came from elsewhere is never changed:
whatever a dotted target goes through is copied first."""

from __future__ import annotations

import math
from typing import Any

from daemon.dialects.steps.transformer.error import TransformError


def is_falsy(value: Any) -> bool:
    """JavaScript's falsy values: lists and objects are not among them."""
    if isinstance(value, float) and math.isnan(value):
        return True
    return value is None or (isinstance(value, (str, bool, int, float)) and not value)


def put(target: dict[str, Any], to: str, value: Any, where: str) -> None:
    """A plain name is written once: what stands there stays unless it is falsy. A dotted one
    is written each time, through objects that are made where there are none."""
    if "." not in to:
        if is_falsy(target.get(to)):
            target[to] = value
        return
    names = to.split(".")
    names = names[: names.index("")] if "" in names else names
    if not names:
        raise TransformError(where, f"'{to}' names no place to write to")
    target[names[0]] = _placed(target.get(names[0]), names[1:], value, to, where)


def _placed(node: Any, names: list[str], value: Any, to: str, where: str) -> Any:
    if not names:
        return value
    name, rest = names[0], names[1:]
    if is_falsy(node):
        return {name: _placed(None, rest, value, to, where)}
    if isinstance(node, dict):
        return {**node, name: _placed(node.get(name), rest, value, to, where)}
    if isinstance(node, list) and name.isascii() and name.isdigit() and int(name) <= len(node):
        place = int(name)
        before = node[place] if place < len(node) else None
        return [*node[:place], _placed(before, rest, value, to, where), *node[place + 1 :]]
    raise TransformError(where, f"'{to}' cannot be written: there is no object before '{name}'")

"""Fieldsets: the items of an ``inputTransformer``, compiled once and applied to data.

Items are applied in order to one object. What is better than in the original, on purpose:
0, false, "" and null are carried; a template variable is replaced wherever it stands; a path
that leads nowhere is an error; nothing that was read is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from daemon.dialects.steps.logic.javascript import text
from daemon.dialects.steps.transformer.dating import Redate, redate
from daemon.dialects.steps.transformer.error import TransformError
from daemon.dialects.steps.transformer.path import MISSING, Path, find, find_below, split
from daemon.dialects.steps.transformer.target import put

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z$._0-9]+)\}")

Target = dict[str, Any]
Absent = Callable[[str, str], None]
"""Told of a path that leads nowhere and where in the transformer it stands. When it raises
nothing, the item goes on without the value."""
Apply = Callable[[Any, Target], None]
Item = Mapping[str, Any]


def refuse_absent(path: str, where: str) -> None:
    raise nothing_at(path, where)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a fieldset reads: the analysis of definitions does it with more patience."""

    dates: Redate = redate
    absent: Absent = refuse_absent


STRICT: Final = Reading()


class Fieldset:
    """``where`` is the JSON pointer of ``items``, counted from the transformer."""

    def __init__(
        self,
        items: list[dict[str, Any]],
        where: str = "/fieldset",
        reading: Reading = STRICT,
    ) -> None:
        self._apply = [
            apply
            for place, item in enumerate(items)
            for apply in _compiled(item, f"{where}/{place}", reading)
        ]

    def map(self, source: Any) -> dict[str, Any]:
        """A new object made from ``source``. Raises TransformError."""
        target: Target = {}
        self.map_into(source, target)
        return target

    def map_into(self, source: Any, target: Target) -> None:
        for apply in self._apply:
            apply(source, target)


def variables(template: str) -> list[str]:
    """The paths that ``template`` reads."""
    return _VARIABLE.findall(template)


def _compiled(item: Item, where: str, reading: Reading) -> list[Apply]:
    applied = []
    if "fromEach" in item:
        applied.append(_from_each(item["fromEach"], f"{where}/fromEach", reading))
    if "fromArray" in item and "to" in item:
        applied.append(_from_array(item, where, reading))
    if item.get("from"):
        applied.append(_from(item, where, reading))
    if item.get("withTemplate"):
        applied.append(_with_template(item, where, reading))
    return applied


def _dated(item: Item, where: str, reading: Reading) -> Callable[[Any], Any]:
    via = item.get("via")
    if via is None:
        return lambda value: value
    source_format, wanted = via["sourceFormat"], via["format"]
    return lambda value: reading.dates(value, source_format, wanted, f"{where}/via")


def _read(source: Any, path: Path, where: str, reading: Reading) -> Any:
    value = find(source, path)
    if value is MISSING:
        reading.absent(".".join(path), where)
    return value


def nothing_at(path: str, where: str) -> TransformError:
    message = f"Missing expected field '{path}' in execution data"
    return TransformError(where, message, missing=path)


def _from(item: Item, where: str, reading: Reading) -> Apply:
    path, to = split(item["from"]), item.get("to") or item["from"]
    dated, wraps = _dated(item, where, reading), item.get("toArray", False)
    by_value = split(item.get("withValueFrom", "")) if item.get("valueToKey") else None

    def apply(source: Any, target: Target) -> None:
        value, name = _read(source, path, f"{where}/from", reading), to
        if by_value is not None and value is not MISSING:
            name = _key(value, f"{where}/from")
            value = _read(source, by_value, f"{where}/withValueFrom", reading)
        if value is MISSING:
            return
        value = dated(value)
        put(target, name, [value] if wraps else value, where)

    return apply


def _key(value: Any, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise TransformError(where, "valueToKey needs a text that is not empty for the key")


def _with_template(item: Item, where: str, reading: Reading) -> Apply:
    template, to = item["withTemplate"], item.get("to") or item["withValueFrom"]
    dated, here = _dated(item, where, reading), f"{where}/withTemplate"
    paths = {name: split(name) for name in variables(template)}

    def apply(source: Any, target: Target) -> None:
        found = {name: _read(source, path, here, reading) for name, path in paths.items()}
        known = {name: value for name, value in found.items() if value is not MISSING}
        values = {name: text(dated(value)) for name, value in known.items()}
        filled = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), template)
        put(target, to, filled, where)

    return apply


def _from_array(item: Item, where: str, reading: Reading) -> Apply:
    paths, to = [split(path) for path in item["fromArray"]], item["to"]
    dated = _dated(item, where, reading)
    skips, flattens = item.get("skipEmpty", False), item.get("flatten", False)
    unique = item.get("unique", False)

    def apply(source: Any, target: Target) -> None:
        found = [find(source, path) for path in paths]
        for place, value in enumerate(found):
            if value is MISSING and not skips:
                reading.absent(".".join(paths[place]), f"{where}/fromArray/{place}")
        values = [dated(value) for value in found if value is not MISSING]
        if flattens:
            values = [part for value in values for part in _parts(value)]
        if skips:
            values = [value for value in values if value is not None and value != ""]
        put(target, to, _distinct(values) if unique else values, where)

    return apply


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _distinct(values: list[Any]) -> list[Any]:
    """The first of each; lists and objects are the same only when they are one."""
    seen: set[Any] = set()
    kept = []
    for value in values:
        mark = (type(value) is bool, value) if _is_scalar(value) else id(value)
        if mark not in seen:
            seen.add(mark)
            kept.append(value)
    return kept


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, int, float))


def _from_each(each: Mapping[str, Any], where: str, reading: Reading) -> Apply:
    field, to = each["field"], each.get("to") or each["field"]
    path, flattens = split(field), each.get("flatten", False)
    inner = None
    if "fieldset" in each:
        inner = Fieldset(each["fieldset"], f"{where}/fieldset", reading)

    def apply(source: Any, target: Target) -> None:
        found = find_below(source, path)
        if found is MISSING or found is None:
            raise nothing_at(field, f"{where}/field")
        block = _parts(found) if inner is None else _mapped(inner, _parts(found), flattens)
        before = target.get(to, [])
        if not isinstance(before, list):
            raise TransformError(where, f"'{to}' already holds something else than a list")
        target[to] = [*before, *block]

    return apply


def _mapped(inner: Fieldset, elements: list[Any], flattens: bool) -> list[Any]:
    if flattens:
        merged: Target = {}
        for element in elements:
            inner.map_into(element, merged)
        return _flattened(merged)
    made = (inner.map(element) for element in elements)
    return [one for one in made if one]


def _flattened(merged: Target) -> list[Any]:
    """Lists of one object are spread into ``merged``; a longer list takes its place."""
    flat: Target = dict(merged)
    for name, value in merged.items():
        if isinstance(value, list) and len(value) > 1:
            return list(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            del flat[name]
            flat.update(value[0])
    return [flat]

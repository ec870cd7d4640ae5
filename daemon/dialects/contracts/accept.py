"""A quick yes for the values that a definition allows.

Closures for the few keywords that a definition may use. They say yes only where jsonschema
would; a no means nothing but "ask jsonschema".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Accept = Callable[[Any], bool]
Definition = Mapping[str, Any]


def _is_integer(value: Any) -> bool:
    kind = type(value)
    return kind is int or (kind is float and value.is_integer())


_TYPES: Final[Mapping[str, Accept]] = {
    "array": lambda value: type(value) is list,
    "boolean": lambda value: type(value) is bool,
    "integer": _is_integer,
    "null": lambda value: value is None,
    "number": lambda value: type(value) in (int, float),
    "object": lambda value: type(value) is dict,
    "string": lambda value: isinstance(value, str),
}


_USUAL: Final[Mapping[str, type]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "object": dict,
    "string": str,
}


def accepting(
    definitions: Mapping[str, Definition], named: Callable[[str], str | None]
) -> Callable[[str], Accept]:
    """Answers the check of a definition by its name. ``named`` reads a reference."""
    made: dict[str, Accept] = {}

    def of_name(name: str) -> Accept:
        if name not in made:
            made[name] = of(definitions[name])
        return made[name]

    def of(definition: Definition) -> Accept:
        checks = [*_own_checks(definition, of)]
        name = named(definition.get("$ref", ""))
        if name is not None:
            checks.append(of_name(name))
        return checks[0] if len(checks) == 1 else lambda value: all(c(value) for c in checks)

    return of_name


def _own_checks(definition: Definition, of: Callable[[Definition], Accept]) -> list[Accept]:
    checks: list[Accept] = []
    untold = definition.get("type")
    if {"properties", "required", "additionalProperties"} & definition.keys():
        checks.append(_object(definition, of, others=untold != "object"))
        untold = None if untold == "object" else untold
    if "items" in definition:
        checks.append(_items(of(definition["items"]), others=untold != "array"))
        untold = None if untold == "array" else untold
    if untold is not None:
        checks.append(_TYPES[untold])
    return checks


def _object(definition: Definition, of: Callable[[Definition], Accept], *, others: bool) -> Accept:
    """``others``: what to say about a value that is no object."""
    properties = definition.get("properties", {})
    every = tuple((name, of(value)) for name, value in properties.items())
    usual = {name: kind for name, value in properties.items() if (kind := _usual_type(value))}
    names, kinds = tuple(usual), tuple(usual.values())
    deep = tuple((name, check) for name, check in every if name not in usual)
    required = frozenset(definition.get("required", ()))
    known = None if definition.get("additionalProperties", True) else properties.keys()

    def accept(value: Any) -> bool:
        if type(value) is not dict:
            return others
        given = value.keys()
        if not given >= required or (known is not None and not given <= known):
            return False
        # Mostly everything is there and of the very type: asked without a call for each.
        as_usual = tuple(map(type, map(value.get, names))) == kinds
        for name, check in deep if as_usual else every:
            if name in value and not check(value[name]):
                return False
        return True

    return accept


def _usual_type(definition: Definition) -> type | None:
    """The type whose every value a definition allows that says nothing but a type."""
    return _USUAL.get(definition["type"]) if definition.keys() == {"type"} else None


def _items(check: Accept, *, others: bool) -> Accept:
    def accept(value: Any) -> bool:
        if type(value) is not list:
            return others
        return all(check(item) for item in value)

    return accept

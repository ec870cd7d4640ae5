"""An event of any class: filled to the last field, or drawn by hypothesis."""

from __future__ import annotations

import types
import typing
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st

E = TypeVar("E", bound=msgspec.Struct)

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def drawn(cls: type[E]) -> st.SearchStrategy[E]:
    """Every event, or part of one, that ``cls`` can be."""
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{name: _values_of(hints[name]) for name in cls.__struct_fields__})


def _values_of(hint: Any) -> st.SearchStrategy[Any]:
    if hint is Any:
        return JSON
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([_values_of(argument) for argument in arguments])
    if origin is dict:
        return st.dictionaries(TEXTS, _values_of(arguments[1]), max_size=3)
    if origin is tuple:
        return st.lists(_values_of(arguments[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return drawn(hint)
    return _PLAIN[hint]


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: NUMBERS,
    float: FLOATS,
    bool: st.booleans(),
    type(None): st.none(),
}


def full(cls: type[E]) -> E:
    """An event, or part of one, with every field set, none to its default."""
    hints = typing.get_type_hints(cls)
    fields = {name: _filled(name, hints[name]) for name in cls.__struct_fields__}
    defaults = dict(
        zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False)
    )
    for name, default in defaults.items():
        if fields[name] == default:
            fields[name] = not default
    return cls(**fields)


def _filled(name: str, hint: Any) -> Any:
    if hint is Any:
        return {name: ["ü", 1, 2.5, None]}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _filled(name, next(one for one in arguments if one is not type(None)))
    if origin is dict:
        return {"key": _filled(name, arguments[1])}
    if origin is tuple:
        return (_filled(name, arguments[0]),)
    if issubclass(hint, StrEnum):
        return list(hint)[-1]
    if issubclass(hint, msgspec.Struct):
        return full(hint)
    return {str: name, int: 7, float: 1.5, bool: True}[hint]

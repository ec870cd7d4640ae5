"""Scalars that are of another kind than their field, read as Conductor's server reads them.

Observed on Conductor 3.32.3: a number or a flag may come as a text, of which an empty one is
none; a text may come as a number or a flag; a fraction of a whole number is cut off. Forms of web
pages and clients in loosely typed languages count on it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_FLAGS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def coerced(kind: type[msgspec.Struct], body: Any) -> Any:
    """The body with scalars as their fields have them; what cannot be read so stays as it is."""
    if not isinstance(body, dict):
        return body
    fields = _fields(kind)
    return {
        name: _as(fields[name], value) if name in fields else value for name, value in body.items()
    }


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, inspect.Type]:
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return {one.encode_name: one.type for one in found.fields}


def _as(kind: inspect.Type, value: Any) -> Any:
    match kind:
        case inspect.UnionType():
            some = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return _as(some[0], value) if len(some) == 1 and value is not None else value
        case inspect.StructType():
            return coerced(kind.cls, value)
        case inspect.ListType() if isinstance(value, list):
            return [_as(kind.item_type, one) for one in value]
        case inspect.DictType() if isinstance(value, dict):
            return {name: _as(kind.value_type, one) for name, one in value.items()}
    return _scalar(kind, value)


def _scalar(kind: inspect.Type, value: Any) -> Any:
    match kind, value:
        case inspect.StrType(), bool():
            return str(value).lower()
        case inspect.StrType(), int() | float():
            return str(value)
        case inspect.BoolType(), str():
            return _of_text(value, _FLAGS.get(value.strip(), value))
        case ((inspect.IntType() | inspect.FloatType()), str()):
            text = value.strip()
            return _of_text(value, int(text) if _WHOLE.fullmatch(text) else value)
        case inspect.IntType(), float():
            return int(value)
    return value


def _of_text(text: str, read: Any) -> Any:
    return read if text.strip() else None

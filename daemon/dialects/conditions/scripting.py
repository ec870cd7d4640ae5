"""JavaScript's operators on JSON values, as far as they are beyond doubt.

Whatever would need a conversion of an object, a prototype, an error or more digits than a
double holds raises ``Unsure``: then only the engine knows.
"""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import Any, Final

EXACT: Final = 2**53
"""From here on a double skips integers."""

PROTOTYPE: Final = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
"""What every object has without saying so."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_WORDS = re.compile(r"(?!Infinity)[A-Za-z_][A-Za-z_ ]*")


class Unsure(Exception):
    """Not decided here."""


class Undefined(Enum):
    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED


def member(value: Any, name: str) -> Any:
    """``value[name]``."""
    match value:
        case dict() if name != "__proto__" and (name in value or name not in PROTOTYPE):
            return _known(value.get(name, UNDEFINED))
        case list() if name == "length":
            return len(value)
        case list() if _INDEX.fullmatch(name):
            index = int(name)
            return _known(value[index]) if index < len(value) else UNDEFINED
        case str() if name == "length":
            return len(_units(value)) // 2
    raise Unsure


def _known(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > EXACT:
        raise Unsure
    return value


def truthy(value: Any) -> bool:
    if isinstance(value, dict | list):
        return True
    return value is not UNDEFINED and bool(value)


def strictly_equal(left: Any, right: Any) -> bool:
    """``===``."""
    if is_object(left) and is_object(right):
        raise Unsure
    return _kind(left) is _kind(right) and bool(left == right)


def loosely_equal(left: Any, right: Any) -> bool:
    """``==``."""
    if _is_nothing(left) or _is_nothing(right):
        return _is_nothing(left) and _is_nothing(right)
    if _kind(left) is _kind(right):
        return strictly_equal(left, right)
    return _number(left) == _number(right)


def less(left: Any, right: Any) -> bool:
    """``left < right``; false where they have no order."""
    if isinstance(left, str) and isinstance(right, str):
        return _units(left) < _units(right)
    return _number(left) < _number(right)


def less_or_equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return _units(left) <= _units(right)
    return _number(left) <= _number(right)


def result(value: Any) -> Any:
    """What a script that ends with ``value`` gives: whole numbers are integers."""
    if value is UNDEFINED or value is None:
        return None
    if is_object(value) or (value == 0 and math.copysign(1, value) < 0):
        raise Unsure
    if isinstance(value, float) and value.is_integer():
        return int(_known(int(value)))
    return value


def is_object(value: Any) -> bool:
    return isinstance(value, dict | list)


def _is_nothing(value: Any) -> bool:
    return value is None or value is UNDEFINED


def _kind(value: Any) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float
    return dict if is_object(value) else type(value)


def _number(value: Any) -> float:
    """``Number(value)``."""
    match value:
        case bool() | int() | float():
            return value
        case None | "":
            return 0
        case Undefined.UNDEFINED:
            return math.nan
        case str() if _DECIMAL.fullmatch(value):
            return float(value)
        case str() if _WORDS.fullmatch(value):
            return math.nan
    raise Unsure


def _units(text: str) -> bytes:
    """Texts have the order and the length of their 16-bit units."""
    return text.encode("utf-16-be", "surrogatepass")

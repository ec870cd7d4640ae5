"""JavaScript's conversions of JSON values, as JSON-Logic and templates rely on them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal

_EXACT_INTEGER: Final = 2.0**53
_DECIMAL: Final = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)")
_BASED: Final = {"0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2}
_BASED_DIGITS: Final = re.compile(r"[0-9a-fA-F]+")


class Undefined(Enum):
    """What JavaScript has where JSON has nothing."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED


def is_nothing(value: Any) -> bool:
    return value is None or value is UNDEFINED


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def truthy(value: Any) -> bool:
    """JSON-Logic's truth: JavaScript's, except that an empty list is false."""
    if is_nothing(value):
        return False
    if isinstance(value, float) and math.isnan(value):
        return False
    return True if isinstance(value, Mapping) else bool(value)


def as_float(value: float) -> float:
    """Every number of JavaScript is a double."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number(value: float) -> int | float:
    """A double as JSON writes it: whole ones without a fraction."""
    exact = math.isfinite(value) and value.is_integer() and abs(value) <= _EXACT_INTEGER
    return int(value) if exact else value


def text(value: Any) -> str:
    """``String(value)``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, (int, float)):
        return number_text(as_float(value))
    return joined(value, ",") if isinstance(value, list) else "[object Object]"


def joined(items: list[Any], separator: str) -> str:
    """``items.join(separator)``: null and undefined leave nothing."""
    return separator.join("" if is_nothing(item) else text(item) for item in items)


def number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign, digits, point = _digits(value)
    return sign + _placed(digits, point)


def _digits(value: float) -> tuple[str, str, int]:
    """Sign, shortest significant digits, and how many of them stand before the point."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole) if whole != "0" else len(digits) - len(fraction)
    stripped = digits.rstrip("0") or "0"
    return ("-" if value < 0 else ""), stripped, leading + int(exponent or 0)


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def to_number(value: Any) -> float:
    """``Number(value)``."""
    if isinstance(value, (bool, int, float)):
        return as_float(value)
    if value is None:
        return 0.0
    if value is UNDEFINED or isinstance(value, Mapping):
        return math.nan
    return _read(text(value).strip())


def _read(written: str) -> float:
    if not written:
        return 0.0
    base = _BASED.get(written[:2])
    if base is not None:
        return _read_based(written[2:], base)
    return float(written) if _DECIMAL.fullmatch(written) else math.nan


def _read_based(digits: str, base: int) -> float:
    if not _BASED_DIGITS.fullmatch(digits):
        return math.nan
    try:
        return as_float(int(digits, base))
    except ValueError:
        return math.nan


def parse_float(value: Any) -> float:
    """``parseFloat(value)``: the number that the text begins with."""
    if is_number(value):
        return as_float(value)
    found = _DECIMAL.match(text(value).lstrip())
    return float(found.group()) if found else math.nan


def strictly_equal(left: Any, right: Any) -> bool:
    """``===``. Lists and objects are equal to themselves only."""
    if is_number(left) and is_number(right):
        return as_float(left) == as_float(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def loosely_equal(left: Any, right: Any) -> bool:
    """``==``."""
    if is_nothing(left) or is_nothing(right):
        return is_nothing(left) and is_nothing(right)
    if _is_object(left) and _is_object(right):
        return left is right
    left, right = primitive(left), primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return to_number(left) == to_number(right)


def primitive(value: Any) -> Any:
    return text(value) if _is_object(value) else value


def _is_object(value: Any) -> bool:
    return isinstance(value, (list, Mapping))


def less(left: Any, right: Any) -> bool | None:
    """``left < right``; None where JavaScript can put them in no order."""
    left, right = primitive(left), primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return _units(left) < _units(right)
    one, other = to_number(left), to_number(right)
    return None if math.isnan(one) or math.isnan(other) else one < other


def _units(written: str) -> bytes:
    return written.encode("utf-16-be", "surrogatepass")


def member(value: Any, name: str) -> Any:
    """``value[name]`` of JSON data."""
    if isinstance(value, Mapping):
        return value.get(name, UNDEFINED)
    if not isinstance(value, (list, str)):
        return UNDEFINED
    if name == "length":
        return len(value)
    return value[int(name)] if _is_index(name, len(value)) else UNDEFINED


def _is_index(name: str, length: int) -> bool:
    if not (name.isascii() and name.isdigit()) or len(name) > 16:
        return False
    return int(name) < length and (name == "0" or name[0] != "0")


Comparison = Literal["<", "<=", ">", ">="]


def compare(sign: Comparison, left: Any, right: Any) -> bool:
    match sign:
        case "<":
            return less(left, right) is True
        case ">":
            return less(right, left) is True
        case "<=":
            return less(right, left) is False
        case ">=":
            return less(left, right) is False

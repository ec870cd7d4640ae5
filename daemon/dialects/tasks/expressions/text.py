"""How a value looks inside a longer text: as Java prints it (reference conductor.md §2.4)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_INFINITY = float("inf")
_PLAIN_FROM = 1e-3
_PLAIN_BELOW = 1e7
"""Between these, Java prints a double without an exponent."""

_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_ESCAPED = re.compile('["\\\\/\x00-\x1f\x7f-\x9f\u2000-\u20ff]')


def java_text(value: Any) -> str:
    """``null``, ``true``, ``1``, ``1.0``, ``{k=v, l=w}``, ``[a, b]``."""
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case dict():
            return f"{{{', '.join(f'{key}={java_text(v)}' for key, v in value.items())}}}"
        case list():
            return f"[{', '.join(map(java_text, value))}]"
        case _:
            return str(value)


def json_text(value: Any) -> str:
    """What a path that gives a list looks like: compact JSON, written by json-smart."""
    match value:
        case str():
            return f'"{_ESCAPED.sub(_escape, value)}"'
        case dict():
            pairs = (f"{json_text(key)}:{json_text(v)}" for key, v in value.items())
            return f"{{{','.join(pairs)}}}"
        case list():
            return f"[{','.join(map(json_text, value))}]"
        case _:
            return java_text(value)


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    return _ESCAPES.get(sign) or f"\\u{ord(sign):04X}"


def _double(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (_INFINITY, -_INFINITY):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return repr(value)
    return _scientific(Decimal(repr(value)))


def _scientific(number: Decimal) -> str:
    """One digit before the dot, and as few behind it as tell the number apart."""
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    sign = "-" if number.is_signed() else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"

"""JSON in which nothing is lost: what is read is what the sender wrote.

orjson takes the last of two equal keys and turns an integer that does not fit 64 bits
into a float. Both would be recorded as something nobody sent. Encoding the value again
proves at C speed that neither happened, whatever stands between the tokens; only a line with
other escapes or numbers is read a second time by the standard library, which sees every pair
and digit.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

SMALLEST_INTEGER = -(2**63)
LARGEST_INTEGER = 2**64 - 1
SHOWN_CHARACTERS = 40
BLANKS = b" \t\r\n"
"""Those within texts are left out on both sides as well; pairs and digits are not."""


class NotJson(ValueError):
    """The text is not JSON."""


class LossyJson(ValueError):
    """JSON that could not be kept as it was sent. ``kind`` is a short stable word, ``key``
    the name that stands twice, ``value`` what a careless reader would make of the text."""

    def __init__(
        self, kind: str, message: str, *, key: str | None = None, value: Any = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.key = key
        self.value = value


def parse(text: bytes, *, max_depth: int) -> Any:
    """Raises NotJson and LossyJson."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJson(_explain(error)) from error
    if text.count(b"{") + text.count(b"[") > max_depth:
        _check_depth(value, max_depth)
    again = orjson.dumps(value)
    if again != text and again.translate(None, BLANKS) != text.translate(None, BLANKS):
        _check_lossless(text, value)
    return value


def _explain(error: orjson.JSONDecodeError) -> str:
    if "depth limit" in error.msg:
        return f"nested too deeply to be read, at byte {error.pos}"
    return f"{error.msg}, at character {error.pos}"


def _check_depth(value: Any, max_depth: int) -> None:
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return
    raise LossyJson("tooDeep", f"nested deeper than {max_depth} arrays and objects", value=value)


def _inside(value: Any) -> list[Any]:
    """The arrays and objects that stand directly in ``value``."""
    inner = value.values() if isinstance(value, dict) else value
    return [each for each in inner if isinstance(each, dict | list)]


def _check_lossless(text: bytes, value: Any) -> None:
    try:
        json.loads(text, object_pairs_hook=_distinct, parse_int=_within_64_bits)
    except LossyJson as error:
        error.value = value
        raise


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = json.dumps(name[:SHOWN_CHARACTERS])
                message = f"the key {shown} stands twice in one object"
                raise LossyJson("duplicateKey", message, key=name)
            seen.add(name)
    return names


def _within_64_bits(digits: str) -> int:
    if len(digits) <= len(str(LARGEST_INTEGER)):
        number = int(digits)
        if SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
            return number
    shown = digits if len(digits) <= SHOWN_CHARACTERS else digits[:SHOWN_CHARACTERS] + "…"
    message = f"the integer {shown} does not fit 64 bits; send it as a string"
    raise LossyJson("numberTooLarge", message)

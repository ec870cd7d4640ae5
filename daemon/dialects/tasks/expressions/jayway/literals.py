"""Values written in a filter, in Jayway's looser JSON: single quotes, leading zeros."""

from __future__ import annotations

import re
from typing import Any

import msgspec

STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
LITERAL = re.compile(r"true|false|null")
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def literal(word: str) -> Any:
    return _LITERALS[word]


def number(text: str) -> Any:
    digits = text.removeprefix("-").lstrip("0")
    whole = digits if digits[:1].isdigit() else f"0{digits}"
    return msgspec.json.decode(f"-{whole}" if text.startswith("-") else whole)


def string(found: re.Match[str]) -> str:
    """The content of what STRING matched."""
    return _ESCAPE.sub(_character, found[1] if found[1] is not None else found[2])


def _character(found: re.Match[str]) -> str:
    sign = found[1]
    return chr(int(sign[1:], 16)) if len(sign) > 1 else _ESCAPED.get(sign, sign)


def document(text: str) -> Any:
    """A list or an object. Raises msgspec.DecodeError."""
    return msgspec.json.decode(STRING.sub(_double_quoted, text))


def _double_quoted(found: re.Match[str]) -> str:
    return msgspec.json.encode(string(found)).decode()

"""Filters: ``[?(@.price < 10 && @.kind in ['a', 'b'])]``.

``compile_filter`` reads one into a function of an element and the document. Names and
meanings of the comparisons are Jayway's: strings and numbers compare with each other as
its value nodes do, ``===`` wants the same kind on both sides, a path that leads nowhere
equals nothing, and alone it asks whether it leads anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from daemon.dialects.tasks.expressions.jayway.comparisons import COMPARISONS, Regex
from daemon.dialects.tasks.expressions.jayway.tokens import MISSING, Absent, Lookup, Token

if TYPE_CHECKING:
    from daemon.dialects.tasks.expressions.jayway.path import Path

Accepts = Callable[[Any, Lookup], bool]
Operand = Callable[[Any, Lookup], Any]
CompilePath = Callable[[str], "Path"]

DEEPEST_FILTER = 50
"""Brackets within brackets."""

_SYMBOL = re.compile(r"[<>=~!]+")
_WORD = re.compile(r"[A-Za-z]+(?=\s)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERAL = re.compile(r"true|false|null")
_LITERALS = {"true": True, "false": False, "null": None}
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class InvalidFilter(ValueError):
    """The text is no filter; the message says why."""


def compile_filter(text: str, opening: int, compile_path: CompilePath) -> tuple[Accepts, int]:
    """Reads from the bracket ``(`` at ``opening``; answers where the reading ended too."""
    if text[opening : opening + 1] != "(":
        raise InvalidFilter("it has to begin with ?(")
    reader = _Reader(text, opening, compile_path)
    accepts = reader.operand(0)
    return accepts, reader.at


class _Reader:
    def __init__(self, text: str, at: int, compile_path: CompilePath) -> None:
        self.text = text
        self.at = at
        self.compile_path = compile_path

    def _peek(self) -> str:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def _took(self, sign: str) -> bool:
        self._peek()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def _matched(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        self._peek()
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def _any(self, depth: int) -> Accepts:
        choices = [self._all(depth)]
        while self._took("||"):
            choices.append(self._all(depth))
        return choices[0] if len(choices) == 1 else _any_of(tuple(choices))

    def _all(self, depth: int) -> Accepts:
        demands = [self.operand(depth)]
        while self._took("&&"):
            demands.append(self.operand(depth))
        return demands[0] if len(demands) == 1 else _all_of(tuple(demands))

    def operand(self, depth: int) -> Accepts:
        if depth > DEEPEST_FILTER:
            raise InvalidFilter(f"more than {DEEPEST_FILTER} brackets within brackets")
        if self._took("!"):
            return _negated(self.operand(depth + 1))
        if self._took("("):
            inner = self._any(depth + 1)
            if not self._took(")"):
                raise InvalidFilter("a bracket is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Accepts:
        left, path = self._value()
        operator = self._matched(_SYMBOL) or self._matched(_WORD)
        if operator is None:
            if path is None:
                raise InvalidFilter("a value alone is no condition")
            return _exists(path)
        compare = COMPARISONS.get(operator[0].lower())
        if compare is None:
            raise InvalidFilter(f"there is no comparison {operator[0]}")
        right, _ = self._value()
        return lambda item, root: compare(left(item, root), right(item, root))

    def _value(self) -> tuple[Operand, Path | None]:
        match self._peek():
            case "@" | "$":
                path = self._path()
                return _value_of(path), path
            case "'" | '"':
                return _constant(self._string()), None
            case "/":
                return _constant(self._regex()), None
            case "[" | "{":
                return _constant(self._json()), None
            case _:
                return _constant(self._scalar()), None

    def _scalar(self) -> Any:
        if word := self._matched(_LITERAL):
            return _LITERALS[word[0]]
        if number := self._matched(_NUMBER):
            return msgspec.json.decode(_plain_number(number[0]))
        raise InvalidFilter(f"a value is missing at {self.at}")

    def _string(self) -> str:
        found = self._matched(_STRING)
        if found is None:
            raise InvalidFilter("a string is not closed")
        return _unescaped(found[1] if found[1] is not None else found[2])

    def _regex(self) -> Regex:
        found = self._matched(_PATTERN)
        if found is None:
            raise InvalidFilter("a pattern is not closed")
        try:
            return Regex(re.compile(found[1], re.IGNORECASE if "i" in found[2] else 0))
        except re.error as error:
            raise InvalidFilter(f"the pattern /{found[1]}/: {error}") from error

    def _json(self) -> Any:
        end = self._end_of_json()
        text = self.text[self.at : end]
        self.at = end
        try:
            return msgspec.json.decode(_double_quoted(text))
        except msgspec.DecodeError as error:
            raise InvalidFilter(f"{text} is no JSON") from error

    def _end_of_json(self) -> int:
        depth = 0
        at = self.at
        while at < len(self.text):
            char = self.text[at]
            if char in "'\"" and (quoted := _STRING.match(self.text, at)):
                at = quoted.end()
                continue
            depth += (char in "[{") - (char in "]}")
            at += 1
            if depth == 0:
                return at
        raise InvalidFilter("a bracket is not closed")

    def _path(self) -> Path:
        """Up to a blank, a comparison, a logical sign or a bracket that is not its own."""
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "[":
                self.at = self._end_of_json()
            elif self.text.startswith("()", self.at):
                self.at += 2
            elif char.isspace() or char in ")<>=~!&|":
                break
            else:
                self.at += 1
        try:
            return self.compile_path(self.text[start : self.at])
        except ValueError as error:
            raise InvalidFilter(f"{self.text[start : self.at]}: {error}") from error


def _constant(value: Any) -> Operand:
    return lambda item, root: value


def _value_of(path: Path) -> Operand:
    def value(item: Any, root: Lookup) -> Any:
        found = _found(path, item, root)
        if path.definite:
            return found[-1] if found else MISSING
        return found

    return value


def _exists(path: Path) -> Accepts:
    def exists(item: Any, root: Lookup) -> bool:
        return not path.definite or bool(_found(path, item, root))

    return exists


def _found(path: Path, item: Any, root: Lookup) -> list[Any]:
    tokens = list(path.tokens)
    values = [item]
    if path.text.startswith("$"):
        values = [] if not tokens else [root(getattr(tokens.pop(0), "name", ""))]
    for token in tokens:
        values = _picked(values, token, root)
    return [value for value in values if not isinstance(value, Absent)]


def _picked(values: list[Any], token: Token, root: Lookup) -> list[Any]:
    return [picked for value in values for picked in token.pick(value, root)]


def _any_of(choices: tuple[Accepts, ...]) -> Accepts:
    return lambda item, root: any(choice(item, root) for choice in choices)


def _all_of(demands: tuple[Accepts, ...]) -> Accepts:
    return lambda item, root: all(demand(item, root) for demand in demands)


def _negated(accepts: Accepts) -> Accepts:
    return lambda item, root: not accepts(item, root)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    sign = found[1]
    return chr(int(sign[1:], 16)) if len(sign) > 1 else _ESCAPED.get(sign, sign)


def _plain_number(text: str) -> str:
    """JSON knows no leading zeros."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    stripped = digits.lstrip("0")
    return sign + (stripped if stripped[:1].isdigit() else f"0{stripped}")


def _double_quoted(text: str) -> str:
    """Single-quoted strings become JSON strings."""
    return _STRING.sub(lambda found: msgspec.json.encode(_content(found)).decode(), text)


def _content(found: re.Match[str]) -> str:
    return _unescaped(found[1] if found[1] is not None else found[2])

"""Filters: ``[?(@.price < 10 && @.kind in ['a', 'b'])]``.

``compile_filter`` reads one into a function of an element and the document. Names and
meanings of the comparisons are Jayway's: strings and numbers compare with each other as
its value nodes do, ``===`` wants the same kind on both sides, a path that leads nowhere
is null, and alone it asks whether it leads anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from daemon.dialects.tasks.expressions.jayway import literals
from daemon.dialects.tasks.expressions.jayway.comparisons import COMPARISONS
from daemon.dialects.tasks.expressions.jayway.conditions import (
    Accepts,
    Operand,
    all_of,
    any_of,
    constant,
    exists,
    negated,
    value_of,
)
from daemon.dialects.tasks.expressions.jayway.patterns import (
    Regex,
    UnsafePattern,
    compile_regex,
)

if TYPE_CHECKING:
    from daemon.dialects.tasks.expressions.jayway.path import Path

CompilePath = Callable[[str], "Path"]

DEEPEST_FILTER = 50
"""Brackets within brackets."""

_SYMBOL = re.compile(r"[<>=~!]+")
_WORD = re.compile(r"[A-Za-z]+(?=\s)")
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)")


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
        return choices[0] if len(choices) == 1 else any_of(tuple(choices))

    def _all(self, depth: int) -> Accepts:
        demands = [self.operand(depth)]
        while self._took("&&"):
            demands.append(self.operand(depth))
        return demands[0] if len(demands) == 1 else all_of(tuple(demands))

    def operand(self, depth: int) -> Accepts:
        if depth > DEEPEST_FILTER:
            raise InvalidFilter(f"more than {DEEPEST_FILTER} brackets within brackets")
        if self._took("!"):
            return negated(self.operand(depth + 1))
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
            return exists(path)
        compare = COMPARISONS.get(operator[0].lower())
        if compare is None:
            raise InvalidFilter(f"there is no comparison {operator[0]}")
        right, _ = self._value()
        return lambda item, root: compare(left(item, root), right(item, root))

    def _value(self) -> tuple[Operand, Path | None]:
        match self._peek():
            case "@" | "$":
                path = self._path()
                return value_of(path), path
            case "'" | '"':
                return constant(self._string()), None
            case "/":
                return constant(self._regex()), None
            case "[" | "{":
                return constant(self._json()), None
            case _:
                return constant(self._scalar()), None

    def _scalar(self) -> Any:
        if word := self._matched(literals.LITERAL):
            return literals.literal(word[0])
        if number := self._matched(literals.NUMBER):
            return literals.number(number[0])
        raise InvalidFilter(f"a value is missing at {self.at}")

    def _string(self) -> str:
        found = self._matched(literals.STRING)
        if found is None:
            raise InvalidFilter("a string is not closed")
        return literals.string(found)

    def _regex(self) -> Regex:
        found = self._matched(_PATTERN)
        if found is None:
            raise InvalidFilter("a pattern is not closed")
        try:
            return compile_regex(found[1], found[2])
        except (UnsafePattern, re.error) as error:
            raise InvalidFilter(f"the pattern /{found[1]}/: {error}") from error

    def _json(self) -> Any:
        end = self._end_of_json()
        text = self.text[self.at : end]
        self.at = end
        try:
            return literals.document(text)
        except msgspec.DecodeError as error:
            raise InvalidFilter(f"{text} is no JSON") from error

    def _end_of_json(self) -> int:
        depth = 0
        at = self.at
        while at < len(self.text):
            char = self.text[at]
            if char in "'\"" and (quoted := literals.STRING.match(self.text, at)):
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

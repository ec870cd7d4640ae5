"""Reading a path's text, once."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from daemon.dialects.tasks.expressions.jayway.filters import InvalidFilter, compile_filter
from daemon.dialects.tasks.expressions.jayway.functions import FUNCTIONS
from daemon.dialects.tasks.expressions.jayway.selectors import UnknownSelector, selector
from daemon.dialects.tasks.expressions.jayway.tokens import (
    Filter,
    Function,
    Index,
    Name,
    Scan,
    Token,
    Wildcard,
)

COMPILED_PATHS = 4096
"""How many compiled paths are kept; a definition compiles each of its paths once anyway."""

MOST_FILTERS = 20
"""Filters in one path, those within filters included."""


class InvalidPath(ValueError):
    """The text is no path; the message says why."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    tokens: tuple[Token, ...]
    definite: bool
    """Leads to one value or none; any other path gives a list."""
    has_function: bool
    keys: tuple[str | int, ...] | None
    """Set when the path is nothing but names and indices."""


@lru_cache(maxsize=COMPILED_PATHS)
def compile_path(text: str) -> Path:
    """Raises InvalidPath. ``$.`` at the beginning may be left out."""
    if text != text.strip():
        raise InvalidPath("it begins or ends with a blank")
    if text.endswith("."):
        raise InvalidPath("it ends with a dot")
    if text.count("?") > MOST_FILTERS:
        raise InvalidPath(f"it has more than {MOST_FILTERS} filters")
    return _path(text, tuple(_Reader(_rooted(text)).tokens()))


def _rooted(text: str) -> str:
    if text[:1] not in ("$", "@"):
        return f"$.{text}"
    if text[1:2] not in ("", ".", "["):
        raise InvalidPath(f"a dot or a bracket has to follow {text[0]}")
    return text


def _path(text: str, tokens: tuple[Token, ...]) -> Path:
    return Path(
        text=text,
        tokens=tokens,
        definite=all(token.definite for token in tokens),
        has_function=bool(tokens) and isinstance(tokens[-1], Function),
        keys=_keys(tokens),
    )


def _keys(tokens: tuple[Token, ...]) -> tuple[str | int, ...] | None:
    keys: list[str | int] = []
    for token in tokens:
        match token:
            case Name(name=key) | Index(index=key):
                keys.append(key)
            case _:
                return None
    return tuple(keys)


class _Reader:
    """Goes once over the text, left to right. The first character is ``$`` or ``@``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 1
        self.found: list[Token] = []
        self.scans = False
        """The next token is what a ``..`` looks for."""

    def tokens(self) -> list[Token]:
        while self.at < len(self.text):
            match self.text[self.at]:
                case "[":
                    self._bracket()
                case ".":
                    self._dot()
                case "*":
                    self.at += 1
                    self._add(self._wildcard())
                case _:
                    self._name()
        return self.found

    def _dot(self) -> None:
        if self.text.startswith("..", self.at):
            self.scans = True
            self.at += 1
        self.at += 1
        if self.text[self.at : self.at + 1] in ("", "."):
            raise InvalidPath(f"nothing stands after the dot at {self.at}")

    def _name(self) -> None:
        end = self.at
        while end < len(self.text) and self.text[end] not in ".[(":
            end += 1
        name = self.text[self.at : end]
        if any(char.isspace() for char in name):
            raise InvalidPath("a name with a blank needs brackets: ['my name']")
        if self.text[end : end + 1] == "(":
            self._function(name, end)
            return
        self.at = end
        self._add(Name(name=name))

    def _function(self, name: str, at: int) -> None:
        if self.text[at:] != "()":
            raise InvalidPath(f"{name}() takes nothing and stands at the end")
        if name not in FUNCTIONS:
            raise InvalidPath(f"there is no function {name}()")
        self.at = len(self.text)
        self._add(Function(apply=FUNCTIONS[name]))

    def _bracket(self) -> None:
        start = self.at + 1
        if self.text[start:].lstrip().startswith("?"):
            self._filter(start)
            return
        end = _closing(self.text, start)
        inside = self.text[start:end]
        self.at = end + 1
        if inside.strip() == "*":
            self._add(self._wildcard())
            return
        try:
            self._add(selector(inside, last=self.at == len(self.text)))
        except UnknownSelector as error:
            raise InvalidPath(f"[{inside}] is not understood") from error

    def _filter(self, start: int) -> None:
        opening = self.text.find("(", start)
        try:
            accepts, end = compile_filter(self.text, opening, compile_path)
        except InvalidFilter as error:
            raise InvalidPath(f"the filter is not understood: {error}") from error
        closing = self.text.find("]", end)
        if self.text[start:opening].strip() != "?" or self.text[end:closing].strip():
            raise InvalidPath("a filter has the form [?( … )]")
        strict = not self.scans and all(token.definite for token in self.found)
        self.at = closing + 1
        self._add(Filter(accepts=accepts, strict=strict))

    def _wildcard(self) -> Wildcard:
        lenient = self.scans or any(isinstance(t, Wildcard | Scan) for t in self.found)
        return Wildcard(last=self.at == len(self.text), lenient=lenient)

    def _add(self, token: Token) -> None:
        if self.scans:
            token = Scan(of=token, last=self.at == len(self.text))
            self.scans = False
        self.found.append(token)


def _closing(text: str, start: int) -> int:
    """Where the bracket that is open at ``start`` closes; quoted text is passed over."""
    quote: str | None = None
    escaped = False
    for at in range(start, len(text)):
        char = text[at]
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif quote is not None:
            quote = None if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "]":
            return at
    raise InvalidPath("a bracket is not closed")

"""A small part of JavaScript's grammar, read into functions of ``$``.

    ternary    = or [ "?" ternary ":" ternary ]
    or         = and { "||" and }
    and        = equality { "&&" equality }
    equality   = relation { ("===" | "!==" | "==" | "!=") relation }
    relation   = unary { ("<" | "<=" | ">" | ">=") unary }
    unary      = "!" unary | "(" ternary ")" | literal | path
    path       = "$" { "." name | "[" text or index "]" }

Everything outside it raises ``Unsure``, so nothing that reads differently to an engine is
ever read here: no comments, escapes, exponents, statements or other names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from daemon.dialects.conditions.scripting import (
    UNDEFINED,
    Unsure,
    less,
    less_or_equal,
    loosely_equal,
    member,
    strictly_equal,
    truthy,
)

Read = Callable[[Any], Any]
"""The value of an expression, given ``$``."""

MAX_CHARACTERS = 500
MAX_NESTING = 20

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<number>(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?)(?![0-9A-Za-z_$.])
    | (?P<text>'[^'\\\r\n]*'|"[^"\\\r\n]*")
    | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!?:().\[\];-])
    )""",
    re.VERBOSE | re.ASCII,
)
_LITERALS = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
_EQUALITIES: dict[str, Callable[[Any, Any], bool]] = {
    "===": strictly_equal,
    "!==": lambda left, right: not strictly_equal(left, right),
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": less,
    "<=": less_or_equal,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: less_or_equal(right, left),
}


def read(source: str) -> Read:
    """The expression ``source``; raises Unsure when it is not one of this grammar."""
    reader = _Reader(_tokens(source))
    expression = reader.ternary()
    reader.end()
    return expression


def _tokens(source: str) -> list[tuple[str, str]]:
    text = source.rstrip(" \t\r\n")
    if len(text) > MAX_CHARACTERS:
        raise Unsure
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise Unsure
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def end(self) -> None:
        self._take(";")
        if self._at < len(self._tokens):
            raise Unsure

    def ternary(self) -> Read:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise Unsure
        chosen = self._or()
        if self._take("?"):
            yes = self.ternary()
            self._need(":")
            chosen = _choice(chosen, yes, self.ternary())
        self._depth -= 1
        return chosen

    def _or(self) -> Read:
        left = self._and()
        while self._take("||"):
            left = _either(left, self._and())
        return left

    def _and(self) -> Read:
        left = self._compared(_EQUALITIES, self._relation)
        while self._take("&&"):
            left = _both(left, self._compared(_EQUALITIES, self._relation))
        return left

    def _relation(self) -> Read:
        return self._compared(_RELATIONS, self._unary)

    def _compared(
        self, signs: dict[str, Callable[[Any, Any], bool]], operand: Callable[[], Read]
    ) -> Read:
        left = operand()
        while (sign := self._take(*signs)) is not None:
            left = _applied(signs[sign], left, operand())
        return left

    def _unary(self) -> Read:
        negations = 0
        while self._take("!"):
            negations += 1
        operand = self._primary()
        for _ in range(min(negations, 2 + negations % 2)):
            operand = _negated(operand)
        return operand

    def _primary(self) -> Read:
        if self._take("("):
            inside = self.ternary()
            self._need(")")
            return inside
        sign = -1 if self._take("-") else 1
        kind, text = self._next()
        if kind == "number":
            return _constant(_signed(text, sign))
        if sign < 0:
            raise Unsure
        if kind == "text":
            return _constant(text[1:-1])
        if kind == "name" and text in _LITERALS:
            return _constant(_LITERALS[text])
        if (kind, text) == ("name", "$"):
            return _path(self._names())
        raise Unsure

    def _names(self) -> tuple[str, ...]:
        names: list[str] = []
        while (sign := self._take(".", "[")) is not None:
            kind, text = self._next()
            if sign == ".":
                names.append(_expected(kind == "name", text))
                continue
            names.append(_key(kind, text))
            self._need("]")
        return tuple(names)

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise Unsure
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "sign" and text in signs:
                self._at += 1
                return text
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise Unsure


def _expected(fits: bool, text: str) -> str:
    if not fits:
        raise Unsure
    return text


def _key(kind: str, text: str) -> str:
    if kind == "text":
        return text[1:-1]
    return _expected(kind == "number" and "." not in text, text)


def _signed(text: str, sign: int) -> float:
    value = float(text) if "." in text else int(text)
    if sign < 0 and value == 0:
        raise Unsure
    return sign * value


def _constant(value: Any) -> Read:
    return lambda _: value


def _path(names: tuple[str, ...]) -> Read:
    def value_at(root: Any) -> Any:
        for name in names:
            root = member(root, name)
        return root

    return value_at


def _negated(operand: Read) -> Read:
    return lambda root: not truthy(operand(root))


def _either(left: Read, right: Read) -> Read:
    return lambda root: value if truthy(value := left(root)) else right(root)


def _both(left: Read, right: Read) -> Read:
    return lambda root: right(root) if truthy(value := left(root)) else value


def _choice(condition: Read, yes: Read, no: Read) -> Read:
    return lambda root: yes(root) if truthy(condition(root)) else no(root)


def _applied(operator: Callable[[Any, Any], bool], left: Read, right: Read) -> Read:
    return lambda root: operator(left(root), right(root))

"""Reading JSON objects into typed records, with every mistake noted and none hiding another.

``Fields`` is one object of a document. Each method reads one member; a member of the wrong
kind adds a Problem with its JSON pointer and gives the default instead. As Conductor's
server does, it takes ``"5"`` for 5, ``5`` for "5" and ``"true"`` for true, and null for a
plain number or flag as 0 or false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from daemon.dialects.plan import Problem

Choice = TypeVar("Choice", bound=StrEnum)

Default = TypeVar("Default")

_NOTHING: Any = object()

_NUMBER = re.compile(r"\s*-?[0-9]{1,18}\s*")


def pointer(base: str, *parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to something below ``base``."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "/".join((base, *escaped))


class Fields:
    """One JSON object of a document and where it stands in it."""

    def __init__(self, source: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
        self.source = source
        self.path = path
        self.problems = problems

    def at(self, *parts: str | int) -> str:
        return pointer(self.path, *parts)

    def has(self, key: str) -> bool:
        """Whether ``key`` is there with a value other than null."""
        return self.source.get(key) is not None

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(path=self.at(key), message=message))

    def text(self, key: str) -> str | None:
        value = self.source.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        self._expected(key, "a string", value)
        return None

    def flag(self, key: str, default: bool) -> bool:
        match self.source.get(key, _NOTHING):
            case None | False | "false":
                return False
            case True | "true":
                return True
            case value:
                return self._default(key, "true or false", value, default)

    def whole(self, key: str, default: int) -> int:
        """A whole number that is 0 when null."""
        match self.source.get(key, _NOTHING):
            case None:
                return 0
            case value:
                number = _whole(value)
                return self._default(key, "a whole number", value, default, number)

    def whole_or_none(self, key: str) -> int | None:
        """A whole number that may be left out."""
        value = self.source.get(key)
        if value is None:
            return None
        return self._default(key, "a whole number", value, None, _whole(value))

    def choice(self, key: str, default: Choice) -> Choice:
        value = self.source.get(key)
        if value is None:
            return default
        kind = type(default)
        if isinstance(value, str) and value in kind.__members__:
            return kind[value]
        self.wrong(
            key, f"{key} has to be one of {', '.join(kind.__members__)}, not {_shown(value)}"
        )
        return default

    def object(self, key: str) -> dict[str, Any]:
        match self.source.get(key):
            case None:
                return {}
            case dict(members):
                return members
            case other:
                self._expected(key, "an object", other)
                return {}

    def below(self, key: str) -> Fields | None:
        """The object ``key``; None when it is not there."""
        return Fields(self.object(key), self.at(key), self.problems) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings. Elements that are none are left out and noted."""
        texts = []
        for place, element in enumerate(self.elements(key)):
            if isinstance(element, str):
                texts.append(element)
            else:
                message = f"has to be a string, not {_shown(element)}"
                self.problems.append(Problem(path=self.at(key, place), message=message))
        return tuple(texts)

    def elements(self, key: str) -> list[Any]:
        match self.source.get(key):
            case None:
                return []
            case list(elements):
                return elements
            case other:
                self._expected(key, "a list", other)
                return []

    def objects(self, key: str) -> Iterator[Fields]:
        """A list of objects."""
        yield from objects_of(self.elements(key), self.at(key), self.problems)

    def _default(
        self, key: str, kind: str, value: Any, default: Default, read: Default | None = None
    ) -> Default:
        if read is not None:
            return read
        if value is not _NOTHING:
            self._expected(key, kind, value)
        return default

    def _expected(self, key: str, kind: str, value: Any) -> None:
        self.wrong(key, f"{key} has to be {kind}, not {_shown(value)}")


def objects_of(elements: list[Any], path: str, problems: list[Problem]) -> Iterator[Fields]:
    """Each element of a list as an object; one that is none is left out and noted."""
    for place, element in enumerate(elements):
        at = pointer(path, place)
        if isinstance(element, dict):
            yield Fields(element, at, problems)
        else:
            message = f"has to be an object, not {_shown(element)}"
            problems.append(Problem(path=at, message=message))


def _whole(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if _NUMBER.fullmatch(value):
            return int(value)
        case _:
            return None


def _shown(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return f"'{value[:_SHOWN]}…'" if len(value) > _SHOWN else f"'{value}'"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


_SHOWN = 60
"""Characters of a wrong value that a message repeats."""

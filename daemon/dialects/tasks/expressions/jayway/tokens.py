"""The parts of a compiled path. Each picks, from one value, the values it leads to.

What is odd here is odd in Jayway too and can be seen by users: a last ``['a','b']`` gives
one object, ``..[0].x`` looks into every element of every list, a wildcard that goes on
below a scalar ends the whole reading with null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Protocol

import msgspec

Lookup = Callable[[str], Any]
"""From a name at the document's root to its value, or ``MISSING``."""


class Absent:
    """There is no value, which is not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Absent()


class Aborted(Exception):
    """The whole reading gives null."""


class Token(Protocol):
    @property
    def definite(self) -> bool:
        """Leads to at most one value."""

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]: ...

    def found_in(self, value: Any, root: Lookup) -> bool:
        """Whether a deep scan that comes by ``value`` picks from it."""


class Name(msgspec.Struct, frozen=True, kw_only=True):
    definite: ClassVar[bool] = True
    name: str

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, dict) and self.name in value:
            yield value[self.name]

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, dict) and self.name in value


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Several properties, one after the other."""

    definite: ClassVar[bool] = False
    names: tuple[str, ...]

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, dict):
            yield from (value[name] for name in self.names if name in value)

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, dict)


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """Several properties at the end of a path: one object with those that are there."""

    definite: ClassVar[bool] = True
    names: tuple[str, ...]

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, dict):
            yield {name: value[name] for name in self.names if name in value}

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, dict) and all(name in value for name in self.names)


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """A negative index counts from the end."""

    definite: ClassVar[bool] = True
    index: int

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, list) and -len(value) <= self.index < len(value):
            yield value[self.index]

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, list)


class Indices(msgspec.Struct, frozen=True, kw_only=True):
    definite: ClassVar[bool] = False
    indices: tuple[int, ...]

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, list):
            size = len(value)
            yield from (value[index] for index in self.indices if -size <= index < size)

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, list)


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """``[2:]``, ``[:3]`` and ``[1:3]``. Only an open end counts negative bounds from the
    end of the list; between two bounds each index is looked up as it stands."""

    definite: ClassVar[bool] = False
    start: int | None
    stop: int | None

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, list):
            size = len(value)
            yield from (value[index] for index in self._span(size) if -size <= index < size)

    def found_in(self, value: Any, root: Lookup) -> bool:
        return isinstance(value, list)

    def _span(self, size: int) -> range:
        if self.start is None:
            stop = self.stop or 0
            return range(min(stop + size if stop < 0 else stop, size))
        if self.stop is None:
            return range(max(self.start + size if self.start < 0 else self.start, 0), size)
        return range(max(self.start, -size), min(self.stop, size))


class Wildcard(msgspec.Struct, frozen=True, kw_only=True):
    definite: ClassVar[bool] = False
    last: bool
    lenient: bool
    """Another wildcard stands before it: a scalar is passed over."""

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        elif not self.last and not self.lenient:
            raise Aborted

    def found_in(self, value: Any, root: Lookup) -> bool:
        return True


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Elements of a list, or the object itself, for which ``accepts`` holds."""

    definite: ClassVar[bool] = False
    accepts: Callable[[Any, Lookup], bool]
    strict: bool
    """Only definite parts stand before it: a scalar ends the reading."""

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(value, dict):
            if self.accepts(value, root):
                yield value
        elif isinstance(value, list):
            yield from (element for element in value if self.accepts(element, root))
        elif self.strict:
            raise Aborted

    def found_in(self, value: Any, root: Lookup) -> bool:
        return self.accepts(value, root)


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """``..``: from every object and list below, outermost first, what ``of`` picks."""

    definite: ClassVar[bool] = False
    of: Token
    last: bool

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        open_: list[Any] = [value]
        while open_:
            here = open_.pop()
            if not isinstance(here, dict | list):
                continue
            if self.of.found_in(here, root):
                yield from self._from(here, root)
            below = here.values() if isinstance(here, dict) else here
            open_.extend(reversed(list(below)))

    def _from(self, here: Any, root: Lookup) -> Iterator[Any]:
        if isinstance(here, list) and not self.last:
            yield from here
        else:
            yield from self.of.pick(here, root)

    def found_in(self, value: Any, root: Lookup) -> bool:
        return False


class Function(msgspec.Struct, frozen=True, kw_only=True):
    definite: ClassVar[bool] = True
    apply: Callable[[Any], Any]

    def pick(self, value: Any, root: Lookup) -> Iterator[Any]:
        yield self.apply(value)

    def found_in(self, value: Any, root: Lookup) -> bool:
        return False


def select(value: Any, tokens: Sequence[Token], root: Lookup) -> list[Any]:
    """What ``tokens`` lead to from ``value``, in the order of the document."""
    values = [value]
    for token in tokens:
        values = [picked for value in values for picked in token.pick(value, root)]
    return values


def select_from(root: Lookup, tokens: Sequence[Token]) -> list[Any]:
    """As ``select``, from the document. Only the one value that the path begins with is
    asked for; a path that begins with anything but a name leads nowhere."""
    match tokens:
        case (Name(name=name), *rest) if not isinstance(value := root(name), Absent):
            return select(value, rest, root)
        case _:
            return []

"""What stands between brackets, filters aside: ``0``, ``-1``, ``'a b'``, ``'a','b'``, ``1:3``.

Slices, lists of names and names with escapes are parsed by jsonpath-ng.
"""

from __future__ import annotations

import re
from typing import Any

from daemon.dialects.tasks.expressions.jayway.tokens import (
    Index,
    Indices,
    Merged,
    Name,
    Names,
    Slice,
    Token,
)

_INDICES = re.compile(r"\s*-?\d+(?:\s*,\s*-?\d+)*\s*")
_PLAIN_NAME = re.compile(r"\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*")
_SUPPORTED = re.compile(r"\s*['\"0-9:-]")
_TOO_LONG = re.compile(r"[^'\"]*[0-9]{10}")
"""No index has ten digits."""


class UnknownSelector(ValueError):
    """Not a selector of this language."""


def selector(inside: str, *, last: bool) -> Token:
    """``inside`` is the text between the brackets; ``last``: nothing follows it."""
    if name := _PLAIN_NAME.fullmatch(inside):
        return Name(name=name[1] if name[1] is not None else name[2])
    if not _SUPPORTED.match(inside) or _TOO_LONG.match(inside):
        raise UnknownSelector(inside)
    if _INDICES.fullmatch(inside):
        indices = tuple(int(index) for index in inside.split(","))
        return Index(index=indices[0]) if len(indices) == 1 else Indices(indices=indices)
    return _token(_parsed(inside), inside, last)


def _parsed(inside: str) -> Any:
    # Imported here because it costs a daemon's start 40 ms and few definitions need it.
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.jsonpath import Child
    from jsonpath_ng.parser import parse

    try:
        node = parse(f"$[{inside}]")
    except JSONPathError as error:
        raise UnknownSelector(inside) from error
    if not isinstance(node, Child):
        raise UnknownSelector(inside)
    return node.right


def _token(node: Any, inside: str, last: bool) -> Token:
    match type(node).__name__:
        case "Fields" if len(node.fields) == 1:
            return Name(name=node.fields[0])
        case "Fields":
            names = tuple(node.fields)
            return Merged(names=names) if last else Names(names=names)
        case "Slice" if node.start is not None or node.end is not None:
            return Slice(start=node.start, stop=node.end)
        case _:
            raise UnknownSelector(inside)

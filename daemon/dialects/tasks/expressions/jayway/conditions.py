"""What a filter is made of: functions of the element looked at and of the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daemon.dialects.tasks.expressions.jayway.tokens import (
    Aborted,
    Lookup,
    select,
    select_from,
)

if TYPE_CHECKING:
    from daemon.dialects.tasks.expressions.jayway.path import Path

Accepts = Callable[[Any, Lookup], bool]
Operand = Callable[[Any, Lookup], Any]


def constant(value: Any) -> Operand:
    return lambda item, root: value


def value_of(path: Path) -> Operand:
    """Null when a definite path leads nowhere; a list for any other path."""

    def value(item: Any, root: Lookup) -> Any:
        found = _found(path, item, root)
        if path.definite:
            return found[-1] if found else None
        return found

    return value


def exists(path: Path) -> Accepts:
    def leads(item: Any, root: Lookup) -> bool:
        return not path.definite or bool(_found(path, item, root))

    return leads


def _found(path: Path, item: Any, root: Lookup) -> list[Any]:
    """``@`` reads from the element that is looked at, ``$`` from the document."""
    try:
        if not path.text.startswith("$"):
            return select(item, path.tokens, root)
        return select_from(root, path.tokens)
    except Aborted:
        return []


def any_of(choices: tuple[Accepts, ...]) -> Accepts:
    return lambda item, root: any(choice(item, root) for choice in choices)


def all_of(demands: tuple[Accepts, ...]) -> Accepts:
    return lambda item, root: all(demand(item, root) for demand in demands)


def negated(accepts: Accepts) -> Accepts:
    return lambda item, root: not accepts(item, root)

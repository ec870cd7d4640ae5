"""The dialects there are, and which one a definition is written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.dialects.handlers import HandlerLanguage
from daemon.dialects.plan import Dialect, Problem
from daemon.dialects.steps import StepsDialect
from daemon.dialects.tasks import TasksDialect
from daemon.dialects.tasks.handlers import EventHandlers

DIALECTS: tuple[Dialect, ...] = (StepsDialect(), TasksDialect())

EVENT_HANDLERS: HandlerLanguage = EventHandlers()
"""The one language that event handlers are written in."""

_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


class UnknownDialect(LookupError):
    """A log of a newer release may name a dialect that this one does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no dialect {name!r}; known: {', '.join(_BY_NAME)}")


def dialect_named(name: str) -> Dialect:
    """Raises UnknownDialect."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownDialect(name) from None


def dialect_of(definition: Mapping[str, Any]) -> Dialect | Problem:
    """The one dialect that recognises ``definition``, or what to do about it."""
    match [dialect for dialect in DIALECTS if dialect.recognises(definition)]:
        case [dialect]:
            return dialect
        case []:
            message = (
                "this is no workflow definition: it needs 'tasks' (Conductor) "
                "or 'steps' (JustWorkflowIt)"
            )
        case _:
            message = (
                "it has both 'tasks' (Conductor) and 'steps' (JustWorkflowIt); "
                "a definition is written in one of the two languages"
            )
    return Problem(path="", message=message, kind="dialect")

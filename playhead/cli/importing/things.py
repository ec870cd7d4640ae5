"""What can be carried over, and how it is told apart in a folder of JSON files."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """In the order in which they are carried over: what is named comes before what names it."""

    TASK_TYPE = "task type"
    WORKFLOW = "workflow"
    EVENT_HANDLER = "event handler"
    SCHEDULE = "schedule"
    UNKNOWN = "unknown"


class Thing(NamedTuple):
    """One definition and where it was found. ``fault``: why it is none."""

    kind: Kind
    content: Any
    place: str
    fault: str | None = None

    @property
    def name(self) -> str:
        name = self.content.get("name") if isinstance(self.content, dict) else None
        return name if isinstance(name, str) and name else "(no name)"

    @property
    def version(self) -> int | None:
        """Of a workflow: the number that it carries; Conductor's default is 1."""
        if self.kind is not Kind.WORKFLOW:
            return None
        number = self.content.get("version", 1)
        return number if isinstance(number, int) else None


NOT_RECOGNISED = (
    "this is none of Conductor's definitions: a workflow has 'tasks', an event handler 'event' and "
    "'actions', a schedule 'startWorkflowRequest', a task type 'name' and no other of these"
)


def things_in(content: Any, place: str) -> Iterator[Thing]:
    """The definitions in one JSON document: one, or a list of them."""
    if isinstance(content, list):
        for index, each in enumerate(content):
            yield thing(each, f"{place}[{index}]")
    else:
        yield thing(content, place)


def thing(content: Any, place: str) -> Thing:
    kind = kind_of(content)
    fault = NOT_RECOGNISED if kind is Kind.UNKNOWN else None
    return Thing(kind, content, place, fault)


def kind_of(content: Any) -> Kind:
    match content:
        case {"tasks": _}:
            return Kind.WORKFLOW
        case {"event": _, "actions": _}:
            return Kind.EVENT_HANDLER
        case {"startWorkflowRequest": _}:
            return Kind.SCHEDULE
        case {"name": str()}:
            return Kind.TASK_TYPE
        case _:
            return Kind.UNKNOWN

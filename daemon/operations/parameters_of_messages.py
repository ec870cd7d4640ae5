"""Parameters of the operations on event handlers and messages (compare ``parameters``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from daemon.operations.parameters import Changing, Name, Page, Parameters

MessageId = Annotated[str, Meta(min_length=1, max_length=255)]
EventName = Annotated[str, Meta(min_length=1, max_length=512)]


class EventHandlerPut(Changing, frozen=True, kw_only=True):
    definition: dict[str, Any]
    only_if: Literal["new", "known"] | None = None
    """Refuse to change a handler that there is, or to add one."""
    keep_unsupported: bool = False
    """Take what only another server can do, as a warning: it fails when it is due."""


class EventHandlerValidate(Parameters, frozen=True, kw_only=True):
    definition: dict[str, Any]
    keep_unsupported: bool = False


class EventHandlerName(Parameters, frozen=True, kw_only=True):
    name: Name


class EventHandlerDelete(Changing, frozen=True, kw_only=True):
    name: Name


class EventHandlerList(Parameters, frozen=True, kw_only=True):
    event: EventName | None = None
    active_only: bool = False


class MessagePublish(Changing, frozen=True, kw_only=True):
    event: EventName
    payload: Any = None
    message_id: MessageId | None = None
    """A message with an id that there is already is not published again."""


class MessageReport(Changing, frozen=True, kw_only=True):
    """To the queue for ``status``: the task is found when the message is worked on."""

    job_id: Name
    status: Literal["COMPLETED", "FAILED"]
    ref: Name | None = None
    task_id: Name | None = None
    output: dict[str, Any] = {}


class MessageList(Page, frozen=True, kw_only=True):
    event: EventName | None = None
    open_only: bool = False
    """Those of which something is left to do."""


class MessageGet(Parameters, frozen=True, kw_only=True):
    message_id: MessageId

"""Events of the streams ``event-handler/<name>``, ``message/<messageId>`` and
``listener/notifications``."""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, Value, recorded


@recorded
class EventHandlerDefined(Event, frozen=True, kw_only=True):
    """Stream ``event-handler/<name>``: what is done about messages of ``event`` from now on.
    The definition itself is a stored document; ``definition`` is its digest."""

    fact: ClassVar[bool] = True
    name: str
    event: str
    active: bool
    definition: str


@recorded
class EventHandlerDeleted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    name: str


@recorded
class MessagePublished(Event, frozen=True, kw_only=True):
    """The first event of every message. ``handlers`` are those that were active for
    ``event`` in that moment, each with the digest of its definition; without any, nothing
    more happens."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("payload",)
    message_id: str
    event: str
    handlers: dict[str, str] = {}
    job: str | None = None
    """The job that published it."""
    payload: Value = None


@recorded
class ConditionEvaluated(Event, frozen=True, kw_only=True):
    """What a script engine made of the condition of ``handler``. ``error`` None: ``result``
    is the value."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("result", "error")
    handler: str
    result: Value = None
    error: Value = None


@recorded
class HandlerMatched(Event, frozen=True, kw_only=True):
    """The intent: every action of ``handler`` is carried out for the message."""

    handler: str
    actions: int


@recorded
class HandlerPassedOver(Event, frozen=True, kw_only=True):
    """``handler`` does nothing about the message: ``status`` is SKIPPED because its condition
    does not hold, FAILED because of ``error``."""

    values: ClassVar[tuple[str, ...]] = ("error",)
    handler: str
    status: str
    error: Value = None


@recorded
class ActionEnded(Event, frozen=True, kw_only=True):
    """The ``action``-th action (0, 1, 2 …) of ``handler`` is done: ``status`` is COMPLETED or
    FAILED. The job's own stream says what it did there."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output",)
    handler: str
    action: int
    status: str
    output: Value = None


@recorded
class NotificationsDelivered(Event, frozen=True, kw_only=True):
    """Of the callbacks of jobs up to the position ``through`` all were told, or given up."""

    fact: ClassVar[bool] = True
    through: int


@recorded
class NotificationDropped(Event, frozen=True, kw_only=True):
    """Nobody took the callback ``id`` at ``url`` for as long as the settings say."""

    fact: ClassVar[bool] = True
    id: str
    url: str
    reason: str

"""Messages and event handlers: state, evolve and decide; pure.

A message meets the handlers that are active when it is published, and no others. About each
of them one of three things is decided: it acts (``HandlerMatched``), it does not
(``HandlerPassedOver``), or an engine has to say (``ConditionEvaluated``). Of a handler that
acts every action ends once (``ActionEnded``); then the message has nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import immutables
import msgspec
from msgspec.structs import replace

from daemon.dialects.handlers import HandlerPlan, Question
from eventstore.events import (
    ActionEnded,
    ConditionEvaluated,
    Event,
    EventHandlerDefined,
    EventHandlerDeleted,
    HandlerMatched,
    HandlerPassedOver,
    MessagePublished,
    Value,
)

COMPLETED, FAILED, SKIPPED = "COMPLETED", "FAILED", "SKIPPED"


class EventHandler(msgspec.Struct, frozen=True, kw_only=True):
    """``definition`` None: deleted."""

    name: str
    event: str
    active: bool
    definition: str | None
    """Digest of the stored definition."""
    created_at: int
    created_by: str
    updated_at: int
    sequence: int


def evolve_handler(
    state: EventHandler | None, event: Event, at: int, position: int, actor: str
) -> EventHandler:
    match event:
        case EventHandlerDefined():
            anew = state is None or state.definition is None
            return EventHandler(
                name=event.name,
                event=event.event,
                active=event.active,
                definition=event.definition,
                created_at=at if state is None or anew else state.created_at,
                created_by=actor if state is None or anew else state.created_by,
                updated_at=at,
                sequence=1 if state is None else state.sequence + 1,
            )
        case _ if state is None:
            raise TypeError(f"a handler begins with EventHandlerDefined, not {type(event)}")
        case EventHandlerDeleted():
            changes = {"definition": None, "active": False, "updated_at": at}
            return replace(state, sequence=state.sequence + 1, **changes)
    return replace(state, sequence=state.sequence + 1)


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one action, or (``action`` None) of the handler as a whole."""

    handler: str
    action: int | None
    status: str
    output: Value
    at: int


class MessageState(msgspec.Struct, frozen=True, kw_only=True):
    message_id: str
    event: str
    payload: Value
    handlers: Mapping[str, str]
    job: str | None
    published_at: int
    published_by: str
    position: int
    """Of the ``MessagePublished``."""
    sequence: int = 1
    undecided: tuple[str, ...] = ()
    """Handlers of which an engine has to say whether they act."""
    matched: immutables.Map[str, int] = immutables.Map()
    """Handler that acts to the position of its ``HandlerMatched``."""
    left: tuple[tuple[str, int], ...] = ()
    """Handler and number of each action that has not ended, in order."""
    executions: tuple[Execution, ...] = ()

    @property
    def is_settled(self) -> bool:
        return not self.undecided and not self.left


def evolve_message(
    state: MessageState | None, event: Event, at: int, position: int, actor: str
) -> MessageState:
    if isinstance(event, MessagePublished):
        return MessageState(
            message_id=event.message_id,
            event=event.event,
            payload=event.payload,
            handlers=event.handlers,
            job=event.job,
            published_at=at,
            published_by=actor,
            position=position,
            undecided=tuple(event.handlers),
        )
    if state is None:
        raise TypeError(f"a message begins with MessagePublished, not {type(event).__name__}")
    state = replace(state, sequence=state.sequence + 1)
    match event:
        case HandlerMatched():
            more = tuple((event.handler, number) for number in range(event.actions))
            return replace(
                state,
                undecided=_without(state.undecided, event.handler),
                matched=state.matched.set(event.handler, position),
                left=(*state.left, *more),
            )
        case HandlerPassedOver():
            return _executed(
                replace(state, undecided=_without(state.undecided, event.handler)),
                Execution(
                    handler=event.handler,
                    action=None,
                    status=event.status,
                    output=None if event.error is None else {"exception": event.error},
                    at=at,
                ),
            )
        case ActionEnded():
            place = (event.handler, event.action)
            return _executed(
                replace(state, left=tuple(one for one in state.left if one != place)),
                Execution(
                    handler=event.handler,
                    action=event.action,
                    status=event.status,
                    output=event.output,
                    at=at,
                ),
            )
    return state


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _executed(state: MessageState, execution: Execution) -> MessageState:
    return replace(state, executions=(*state.executions, execution))


class Met(NamedTuple):
    """A handler that is active for a message, and the digest of its definition."""

    plan: HandlerPlan
    definition: str


def publish(
    message_id: str, event: str, payload: Value, job: str | None, met: tuple[Met, ...]
) -> tuple[Event, ...]:
    """The message, and what is decided about the handlers whose condition needs no engine."""
    published = MessagePublished(
        message_id=message_id,
        event=event,
        handlers={one.plan.name: one.definition for one in met},
        job=job,
        payload=payload,
    )
    return (published, *_judged(met, payload))


def _judged(met: tuple[Met, ...], payload: Value) -> Iterator[Event]:
    for one in met:
        verdict = one.plan.judge(payload)
        if not isinstance(verdict, Question):
            yield _decided(one.plan, verdict)


def _decided(plan: HandlerPlan, acts: bool) -> Event:
    if acts:
        return HandlerMatched(handler=plan.name, actions=plan.actions)
    return HandlerPassedOver(handler=plan.name, status=SKIPPED)


def condition_evaluated(
    plan: HandlerPlan, *, result: Value = None, error: str | None = None
) -> tuple[Event, ...]:
    """An engine answered. A condition that fails is no reason to act, and none to ask again."""
    fact = ConditionEvaluated(handler=plan.name, result=result, error=error)
    if error is not None:
        return (fact, HandlerPassedOver(handler=plan.name, status=FAILED, error=error))
    return (fact, _decided(plan, plan.holds(result)))

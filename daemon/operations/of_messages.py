"""``eventHandler.*`` and ``message.*``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from daemon.decider.messages import EventHandler, Execution, MessageState, Met
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.registry import EVENT_HANDLERS
from daemon.operations import parameters_of_messages as p
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.of_workflows import invalid_definition, new_id
from daemon.operations.parameters import LONGEST_NAME, Nothing
from daemon.operations.refusals import invalid, problems_of, refused
from daemon.reactor.messages import execution_id
from daemon.reactor.shelf import digest_of
from eventstore.events import (
    Event,
    EventHandlerDefined,
    EventHandlerDeleted,
    MessagePublished,
    TaskStatus,
)
from projections.messages import MessageFilter
from projections.times import iso

EXTERNAL_ID = "externalId"
RESULTS = (TaskStatus.COMPLETED, TaskStatus.FAILED)
"""There is a queue for each; ids of their messages begin with the status."""


def put_handler(house: House, call: Call, asked: p.EventHandlerPut) -> Answer:
    found = EVENT_HANDLERS.check(asked.definition).keeping(asked.keep_unsupported)
    if found.errors:
        raise invalid_definition(found.errors)
    name = EVENT_HANDLERS.read(asked.definition).name
    if len(name) > LONGEST_NAME:
        raise invalid("/definition/name", f"longer than {LONGEST_NAME} characters")
    _fits(house, name, asked.only_if)
    changed = house.handlers.put(asked.definition, call.context)
    if isinstance(changed, Refusal):
        cell = house.handlers.cell(name)
        return unchanged(
            call, {"name": name}, lambda noted: house.handlers.note(cell, noted, call.context)
        )
    return Written(changed.position.last, changed.events)


def validate_handler(house: House, call: Call, asked: p.EventHandlerValidate) -> Answer:
    found = EVENT_HANDLERS.check(asked.definition).keeping(asked.keep_unsupported)
    return {
        "valid": not found.errors,
        "errors": problems_of(found.errors),
        "warnings": problems_of(found.warnings),
    }


def _fits(house: House, name: str, only_if: str | None) -> None:
    there = house.handlers.is_there(name)
    if only_if == "new" and there:
        raise OperationError(ErrorType.CONFLICT, f"EventHandler with name {name} already exists!")
    if only_if == "known" and not there:
        raise no_such_handler(name)


def handler_named(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, EventHandlerDefined | EventHandlerDeleted)
    return {"name": event.name}


def get_handler(house: House, call: Call, asked: p.EventHandlerName) -> Answer:
    found = house.handlers.find(asked.name)
    if found is None:
        raise no_such_handler(asked.name)
    return _handler(house, found)


def list_handlers(house: House, call: Call, asked: p.EventHandlerList) -> Answer:
    found = [
        _handler(house, one)
        for one in house.handlers.all()
        if asked.event in (None, one.event) and (one.active or not asked.active_only)
    ]
    return {"eventHandlers": found}


def _handler(house: House, handler: EventHandler) -> Result:
    return {
        "name": handler.name,
        "event": handler.event,
        "active": handler.active,
        "definition": house.handlers.definition(handler),
        "createdAt": iso(handler.created_at),
        "createdBy": handler.created_by,
        "updatedAt": iso(handler.updated_at),
    }


def delete_handler(house: House, call: Call, asked: p.EventHandlerDelete) -> Answer:
    changed = house.handlers.delete(asked.name, call.context)
    if isinstance(changed, Refusal):
        raise refused(changed)
    return Written(changed.position.last, changed.events)


def no_such_handler(name: str) -> OperationError:
    return OperationError(
        ErrorType.NOT_FOUND,
        f"EventHandler with name {name} not found!",
        refusal=RefusalKind.NO_SUCH_EVENT_HANDLER.value,
    )


# Messages


def publish(house: House, call: Call, asked: p.MessagePublish) -> Answer:
    message_id = asked.message_id or new_id(house)
    done = house.messages.publish(message_id, asked.event, asked.payload, call.context)
    if done is None:
        raise OperationError(ErrorType.CONFLICT, f"there is a message {message_id!r} already")
    events, appended = done
    return Written(appended.last, events)


def report(house: House, call: Call, asked: p.MessageReport) -> Answer:
    """A message of the queue for the status, which meets that queue's own handler only."""
    if (asked.ref is None) is (asked.task_id is None):
        raise invalid("/ref", "say which task: either ref or taskId")
    definition = EVENT_HANDLERS.reports(TaskStatus(asked.status))
    document = msgspec.json.encode(definition, order="deterministic")
    digest = digest_of(document)
    plan = EVENT_HANDLERS.read(definition)
    done = house.messages.publish_to(
        (Met(plan, digest),),
        f"{asked.status}:{new_id(house)}",
        plan.event,
        {**asked.output, EXTERNAL_ID: _external_id(asked)},
        call.context,
        documents={digest: document},
    )
    assert done is not None, "its id is new"
    events, appended = done
    return Written(appended.last, events)


def queues(house: House, call: Call, asked: Nothing) -> Answer:
    """The queues for results, and how many messages of each are being worked on or wait."""
    found = []
    for status in RESULTS:
        event = EVENT_HANDLERS.read(EVENT_HANDLERS.reports(status)).event
        count = house.messages.count_open(f"{status}:")
        found.append({"status": status.value, "event": event, "open": count})
    return {"queues": found}


def _external_id(asked: p.MessageReport) -> str:
    task = {"taskRefName": asked.ref} if asked.task_id is None else {"taskId": asked.task_id}
    return orjson.dumps({"workflowId": asked.job_id, **task}).decode()


def published(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, MessagePublished)
    return {
        "messageId": event.message_id,
        "event": event.event,
        "handlers": sorted(event.handlers),
    }


def list_messages(house: House, call: Call, asked: p.MessageList) -> Answer:
    wanted = MessageFilter(event=asked.event, open_only=asked.open_only)
    return house.read_models.message_list(wanted, limit=asked.limit, cursor=asked.cursor)


async def get_message(house: House, call: Call, asked: p.MessageGet) -> Result:
    state = await house.messages.read(asked.message_id)
    if state is None:
        raise OperationError(ErrorType.NOT_FOUND, f"there is no message {asked.message_id!r}")
    return _document(state)


def _document(state: MessageState) -> Result:
    left = [(handler, number, "IN_PROGRESS") for handler, number in state.left]
    return {
        "messageId": state.message_id,
        "event": state.event,
        "payload": state.payload,
        "jobId": state.job,
        "handlers": sorted(state.handlers),
        "publishedAt": iso(state.published_at),
        "publishedBy": state.published_by,
        "position": state.position,
        "open": not state.is_settled,
        "executions": [_execution(state, one) for one in state.executions]
        + [
            {**_named(state, handler, number), "status": status, "output": None, "endedAt": None}
            for handler, number, status in left
        ],
    }


def _execution(state: MessageState, one: Execution) -> dict[str, Any]:
    return {
        **_named(state, one.handler, one.action or 0),
        "status": one.status,
        "output": one.output,
        "endedAt": iso(one.at),
    }


def _named(state: MessageState, handler: str, action: int) -> dict[str, Any]:
    return {
        "executionId": execution_id(state.message_id, action),
        "handler": handler,
        "action": action,
    }

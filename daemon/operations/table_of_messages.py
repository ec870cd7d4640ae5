"""Rows of the operations table: event handlers and messages."""

from __future__ import annotations

from daemon.operations import of_messages as messages
from daemon.operations import parameters_of_messages as p
from daemon.operations import results_of_messages as r
from daemon.operations.answering import Operation
from daemon.operations.parameters import Nothing
from daemon.operations.results import TaskTypeVerdict


def of_messages() -> tuple[Operation, ...]:
    return (*_of_handlers(), *_of_messages())


def _of_handlers() -> tuple[Operation, ...]:
    return (
        Operation(
            name="eventHandler.put",
            summary="Define or change what is done about messages of an event",
            parameters=p.EventHandlerPut,
            result=r.HandlerName,
            handler=messages.put_handler,
            answer=messages.handler_named,
        ),
        Operation(
            name="eventHandler.validate",
            summary="Everything wrong with an event handler, without storing it",
            parameters=p.EventHandlerValidate,
            result=TaskTypeVerdict,
            handler=messages.validate_handler,
        ),
        Operation(
            name="eventHandler.get",
            summary="One event handler",
            parameters=p.EventHandlerName,
            result=r.HandlerDocument,
            handler=messages.get_handler,
        ),
        Operation(
            name="eventHandler.list",
            summary="Event handlers by name",
            parameters=p.EventHandlerList,
            result=r.HandlerDocuments,
            handler=messages.list_handlers,
        ),
        Operation(
            name="eventHandler.delete",
            summary="Delete an event handler; messages that met it are still worked on",
            parameters=p.EventHandlerDelete,
            result=r.HandlerName,
            handler=messages.delete_handler,
            answer=messages.handler_named,
        ),
    )


def _of_messages() -> tuple[Operation, ...]:
    return (
        Operation(
            name="message.publish",
            summary="Publish a message; the handlers that are active for its event act upon it",
            parameters=p.MessagePublish,
            result=r.Published,
            handler=messages.publish,
            answer=messages.published,
        ),
        Operation(
            name="message.report",
            summary="Complete or fail a task by a message to the queue for that status",
            parameters=p.MessageReport,
            result=r.Published,
            handler=messages.report,
            answer=messages.published,
        ),
        Operation(
            name="message.queues",
            summary="The queues that message.report publishes to",
            parameters=Nothing,
            result=r.Queues,
            handler=messages.queues,
        ),
        Operation(
            name="message.list",
            summary="Messages, newest first",
            parameters=p.MessageList,
            result=r.Messages,
            handler=messages.list_messages,
        ),
        Operation(
            name="message.get",
            summary="A message and what came of it",
            parameters=p.MessageGet,
            result=r.MessageDocument,
            handler=messages.get_message,
        ),
    )

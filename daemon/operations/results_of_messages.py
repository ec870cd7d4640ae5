"""Shapes of the results of operations on event handlers and messages."""

from __future__ import annotations

from typing import Any, TypedDict


class HandlerName(TypedDict):
    name: str


class HandlerDocument(TypedDict):
    name: str
    event: str
    active: bool
    definition: dict[str, Any]
    createdAt: str
    createdBy: str
    updatedAt: str


class HandlerDocuments(TypedDict):
    eventHandlers: list[HandlerDocument]


class Published(TypedDict):
    messageId: str
    event: str
    handlers: list[str]
    """The names of those that it met."""


class Queue(TypedDict):
    status: str
    event: str
    open: int


class Queues(TypedDict):
    queues: list[Queue]


class ExecutionDocument(TypedDict):
    executionId: str
    handler: str
    action: int
    status: str
    output: dict[str, Any] | None
    endedAt: str | None


class MessageRow(TypedDict):
    messageId: str
    event: str
    jobId: str | None
    handlers: int
    open: bool
    publishedAt: str
    publishedBy: str
    position: int


class Messages(TypedDict):
    messages: list[MessageRow]
    cursor: str | None


class MessageDocument(TypedDict):
    messageId: str
    event: str
    payload: Any
    jobId: str | None
    handlers: list[str]
    publishedAt: str
    publishedBy: str
    position: int
    open: bool
    executions: list[ExecutionDocument]

"""What an event handler is to the rest of the daemon: definition in, ``HandlerPlan`` out; pure.

A handler says which messages it is about, on what condition, and what is then done to jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from daemon.dialects.plan import Fault, Findings
from eventstore.events import TaskStatus, Value


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a handler acts upon."""

    message_id: str
    event: str
    payload: Value


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that only a script engine can decide."""

    language: str
    expression: str
    input: Value


class StartJob(msgspec.Struct, frozen=True, kw_only=True):
    workflow: str
    version_number: int | None
    input: Value
    correlation_id: str | None
    domains: Mapping[str, str]


class ReportTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task with that id, or else the newest of a step of a job. Without either: the first
    open task of the kind ``of_kind``."""

    status: TaskStatus
    output: dict[str, Any]
    job_id: str | None = None
    ref: str | None = None
    task_id: str | None = None
    of_kind: str | None = None
    reason: str | None = None
    merges: bool = False
    """``output`` goes over what the task shows already."""
    only_open: bool = False
    """A task that ended is no task to report on."""


class TerminateJob(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    reason: str | None


class SetJobVariables(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    variables: dict[str, Any]
    appends: bool


Order = StartJob | ReportTask | TerminateJob | SetJobVariables
"""What one action comes to for one message, with every template filled in."""


class HandlerPlan(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def actions(self) -> int:
        """How many there are."""

    def judge(self, payload: Value) -> bool | Question:
        """Whether to act upon a message; a question where that needs an engine."""

    def holds(self, answer: Value) -> bool:
        """What the answer to the question says."""

    def order(self, action: int, message: Message) -> Order | Fault: ...


class HandlerLanguage(Protocol):
    def check(self, definition: Mapping[str, Any]) -> Findings:
        """Everything wrong with it, in one answer."""

    def read(self, definition: Mapping[str, Any]) -> HandlerPlan:
        """Of a definition without errors."""

    def reports(self, status: TaskStatus) -> dict[str, Any]:
        """The definition of the built-in handler of the queue for that status: it reports on
        the task that a message names under ``externalId``."""

"""How an operation answers, and how answers wait for the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import msgspec

from daemon.decider.state import JobState
from daemon.operations.calls import ErrorType, Failure, OperationError, Peer, Reply, Result, Service
from daemon.operations.house import House
from daemon.operations.parameters import Parameters
from daemon.reactor.jobs import Context
from eventstore.events import Event
from eventstore.store import EventStoreError, Recorded, Request


class Call(msgspec.Struct, frozen=True):
    """One call of one operation."""

    method: str
    peer: Peer
    reply: Reply
    request: Request | None
    weight: int
    digest_without_vault: bytes | None = None
    """As the request's digest was made before there was a vault, where it is made otherwise."""

    @property
    def context(self) -> Context:
        return Context(self.peer.actor, self.request, weight=self.weight)


class Written(msgspec.Struct, frozen=True):
    """Something changed; the answer is made of the events and waits until they are durable."""

    position: int
    events: Sequence[Event]
    state: JobState | None = None
    """The job after the events, where they are a job's."""


class Later:
    """The operation keeps the call and replies itself."""


LATER: Final = Later()

Answer = Result | Written | Later | Awaitable[Result]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the operations table."""

    name: str
    summary: str
    parameters: type[Parameters]
    result: Any
    """The shape of the result, for the OpenRPC document: a TypedDict."""
    handler: Callable[[House, Call, Any], Answer]
    answer: Callable[[Sequence[Event], JobState | None], Result] | None = None
    """Of an operation that changes state: its result, from the events it wrote and the job
    after them. The same function answers the call and every repeat of it."""
    answers_from_log: Callable[[House, Call, Sequence[Recorded]], Awaitable[Result]] | None = None
    """Instead of ``answer`` for a repeat, where the answer needs more of the log."""
    confidential: bool = False
    """Its parameters hold a secret: what is recorded of them tells nobody anything."""
    may_echo: bool = False
    """Its parameters may hold a secret that the caller was given."""


class WideService(Service, Protocol):
    """The service for an interface of this process, which may bring operations of its own."""

    def perform(
        self, operation: Operation, params: Any, peer: Peer, reply: Reply, *, weight: int = 0
    ) -> None:
        """As ``call``, of an operation that is in no table."""


class WaitingAnswer:
    """An answer behind the reply gate."""

    __slots__ = ("reply", "result")

    def __init__(self, reply: Reply, result: Result) -> None:
        self.reply = reply
        self.result = result

    def durable(self) -> None:
        self.reply(self.result)

    def lost(self, error: EventStoreError) -> None:
        self.reply(lost_answer(error))


def lost_answer(error: EventStoreError) -> Failure:
    return OperationError(
        ErrorType.UNKNOWN_OUTCOME,
        f"this was not written: {error}. Ask again, with the same requestId if it had one.",
        retryable=True,
    ).failure()


def request_id_reused(request_id: str, method: str) -> OperationError:
    """``method`` is what it was used for."""
    return OperationError(
        ErrorType.REQUEST_ID_REUSED,
        f"request id {request_id!r} was used for another call ({method}); take a new one",
    )

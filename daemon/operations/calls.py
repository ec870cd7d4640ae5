"""What an interface (JSON-RPC, HTTP, a test) needs to call operations.

An interface hands over a method, its parameters as plain JSON, who is asking and a
``reply`` that is called exactly once: at once, or later from the event loop when what
was decided is durable. There is no future and no task per call.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

import msgspec


class ErrorType(Enum):
    """Own error types: ``(JSON-RPC code, data.type)``. Standard codes are the rpc layer's."""

    INVALID_PARAMS = (-32602, "invalidParams")
    METHOD_NOT_FOUND = (-32601, "methodNotFound")
    INTERNAL = (-32603, "internal")
    NOT_FOUND = (1001, "notFound")
    CONFLICT = (1002, "conflict")
    REFUSED = (1003, "refused")
    """The state of the thing does not allow it."""
    INVALID_DEFINITION = (1004, "invalidDefinition")
    CONTRACT_BROKEN = (1005, "contractBroken")
    """An input breaks the contract that the definition states."""
    NO_VERSION = (1006, "noVersion")
    REQUEST_ID_REUSED = (1007, "requestIdReused")
    BUSY = (1008, "busy")
    READ_ONLY = (1009, "readOnly")
    STOPPING = (1010, "stopping")
    NOT_ALLOWED = (1011, "notAllowed")
    UNKNOWN_OUTCOME = (1012, "unknownOutcome")
    """The write was lost on its way to the disk; ask again with the same request id."""
    LAGGING = (1013, "lagging")
    BAD_CURSOR = (1014, "badCursor")
    BEYOND_HEAD = (1015, "beyondHead")
    TOO_LARGE = (1016, "tooLarge")
    NO_SLOT = (1017, "noSlot")
    """A limit on jobs is reached, and it refuses instead of making wait."""

    @property
    def code(self) -> int:
        return int(self.value[0])

    @property
    def word(self) -> str:
        return str(self.value[1])


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """An error answer. ``data`` always has ``type`` and ``message``; more by type:
    ``errors: [{path, message}]``, ``retryable: true``, ``status`` …"""

    code: int
    message: str
    data: dict[str, Any]


class OperationError(Exception):
    """Raised by an operation to answer with a Failure."""

    def __init__(self, type: ErrorType, message: str, **data: Any) -> None:
        super().__init__(message)
        self.type = type
        self.message = message
        self.data = data

    def failure(self) -> Failure:
        return Failure(
            code=self.type.code,
            message=self.message,
            data={"type": self.type.word, "message": self.message, **self.data},
        )


Result = dict[str, Any]
"""Plain JSON with camelCase keys, ready for orjson."""

Reply = Callable[[Result | Failure], None]


class Peer(Protocol):
    """One caller's connection."""

    @property
    def actor(self) -> str:
        """``uid:1000/alice``; recorded in every event the call causes."""

    @property
    def session(self) -> str:
        """The session of its polls unless they name another; unique per connection."""

    def notify(self, method: str, params: dict[str, Any]) -> bool:
        """Send a notification. False: the peer is gone or too far behind to take it."""


class Service(Protocol):
    """The operations table, ready to be called (``daemon.operations.service``)."""

    def call(self, method: str, params: Any, peer: Peer, reply: Reply, *, weight: int = 0) -> None:
        """Never raises. ``params`` is what stood in the request (an object, or None when
        left out); ``weight`` its size in bytes."""

    def gone(self, peer: Peer) -> None:
        """The connection closed: its polls and subscriptions end, its session's grace
        period begins. Safe to repeat."""

    def discover(self) -> Result:
        """The OpenRPC document of the table."""

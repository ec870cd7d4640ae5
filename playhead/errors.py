"""What can go wrong between a client and the daemon."""

from __future__ import annotations

from typing import Any, ClassVar


class PlayheadError(Exception):
    """Base of everything this package raises on purpose."""


class DaemonUnreachable(PlayheadError, ConnectionError):
    """Nobody answers at ``socket``."""

    def __init__(self, socket: str, why: str) -> None:
        super().__init__(f"no daemon answers at {socket}: {why}")
        self.socket = socket
        self.why = why


class ConnectionLost(PlayheadError, ConnectionError):
    """The daemon went away before it answered. Whether ``method`` was carried out is
    unknown; call it again with ``request_id`` and it is carried out once."""

    def __init__(self, method: str, request_id: str | None = None) -> None:
        again = f"; repeat it with requestId {request_id}" if request_id else ""
        super().__init__(
            f"the connection was lost before {method} was answered:"
            f" whether it was carried out is unknown{again}"
        )
        self.method = method
        self.request_id = request_id


class CallTimedOut(PlayheadError, TimeoutError):
    """``what`` (a method's answer, a job's end) did not come within the given time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what} did not come within {seconds:g} seconds")
        self.what = what
        self.seconds = seconds


class ProtocolError(PlayheadError):
    """What answers at the socket does not speak JSON-RPC 2.0."""


class RpcError(PlayheadError):
    """The daemon's answer is an error. ``type`` is its stable name, ``data`` all of it."""

    type_name: ClassVar[str] = ""

    def __init__(self, code: int, message: str, data: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def type(self) -> str:
        return str(self.data.get("type", ""))


class InvalidParams(RpcError, ValueError):
    type_name = "invalidParams"


class MethodNotFound(RpcError):
    type_name = "methodNotFound"


class InternalError(RpcError):
    type_name = "internal"


class NotFound(RpcError, LookupError):
    type_name = "notFound"


class Conflict(RpcError):
    type_name = "conflict"


class Refused(RpcError):
    """The state of the thing does not allow it."""

    type_name = "refused"


class InvalidDefinition(RpcError, ValueError):
    """``data["errors"]`` lists every problem with its path."""

    type_name = "invalidDefinition"


class ContractBroken(RpcError, ValueError):
    """``data["errors"]`` lists every path of the input that breaks the contract."""

    type_name = "contractBroken"


class NoVersion(RpcError, LookupError):
    type_name = "noVersion"


class NoSlot(RpcError):
    """A limit that refuses is reached; may be tried again when a job under it has ended."""

    type_name = "noSlot"


class RequestIdReused(RpcError):
    type_name = "requestIdReused"


class Busy(RpcError):
    """Refused before it was decided; may be tried again."""

    type_name = "busy"


class ReadOnly(RpcError):
    type_name = "readOnly"


class Stopping(RpcError):
    """The daemon ends; its successor may be asked."""

    type_name = "stopping"


class NotAllowed(RpcError):
    type_name = "notAllowed"


class UnknownOutcome(RpcError):
    """The write was lost on its way to the disk; ask again with the same request id."""

    type_name = "unknownOutcome"


class Lagging(RpcError):
    type_name = "lagging"


class BadCursor(RpcError, ValueError):
    type_name = "badCursor"


class BeyondHead(RpcError, LookupError):
    type_name = "beyondHead"


class TooLarge(RpcError, ValueError):
    type_name = "tooLarge"


def rpc_error(error: dict[str, Any]) -> RpcError:
    """The exception for the ``error`` member of an answer; a plain RpcError for a type
    that this release does not know."""
    data = error.get("data")
    known = data if isinstance(data, dict) else {}
    kinds = {kind.type_name: kind for kind in RpcError.__subclasses__()}
    kind = kinds.get(str(known.get("type")), RpcError)
    return kind(int(error["code"]), str(error["message"]), known)

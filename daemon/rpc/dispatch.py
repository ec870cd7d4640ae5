"""From a line to calls of the service, and from what is wrong with it to an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from config.sections import Rpc
from daemon.operations.calls import Failure, Peer, Reply, Service
from daemon.operations.strict_json import LossyJson, NotJson, parse
from daemon.rpc.answers import BatchAnswers, Sender, Single, Unanswered
from daemon.rpc.messages import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Absent,
    Malformed,
    RequestId,
    by_position,
    read_request,
    rpc_failure,
    usable_id,
)

DISCOVER = "rpc.discover"


class Dispatcher:
    """Reads the lines of one peer. ``sender.ended`` is called once for each line given to
    ``line`` or ``oversize``; the caller counts them as they go in. ``refused`` is told the
    kind of every line or member that never became a call."""

    def __init__(
        self,
        *,
        service: Service,
        peer: Peer,
        sender: Sender,
        limits: Rpc,
        refused: Callable[[str], None],
    ) -> None:
        self._service = service
        self._peer = peer
        self._sender = sender
        self._limits = limits
        self._refused = refused

    def line(self, text: bytes) -> None:
        try:
            message = parse(text, max_depth=self._limits.max_depth)
        except NotJson as error:
            self._refuse(None, rpc_failure(PARSE_ERROR, "parseError", f"not JSON: {error}"))
        except LossyJson as error:
            id = None if error.key == "id" else usable_id(error.value)
            self._refuse(id, rpc_failure(INVALID_REQUEST, error.kind, str(error)))
        else:
            if isinstance(message, list):
                self._batch(message, len(text))
            else:
                self._member(message, self._sender, len(text))

    def oversize(self) -> None:
        limit = self._limits.max_line_bytes
        message = f"a line has at most {limit} bytes; this one was skipped"
        self._refuse(None, rpc_failure(INVALID_REQUEST, "lineTooLong", message, limit=limit))

    def _batch(self, members: list[Any], size: int) -> None:
        limit = self._limits.max_batch
        if not members:
            failure = rpc_failure(INVALID_REQUEST, "emptyBatch", "a batch has at least one member")
            self._refuse(None, failure)
        elif len(members) > limit:
            message = f"a batch has at most {limit} members; this one has {len(members)}"
            failure = rpc_failure(INVALID_REQUEST, "batchTooLong", message, limit=limit)
            self._refuse(None, failure)
        else:
            batch = BatchAnswers(self._sender, len(members))
            for place, member in enumerate(members):
                self._member(member, batch.member(place), size // len(members))

    def _member(self, message: Any, sender: Sender, size: int) -> None:
        request = read_request(message)
        if isinstance(request, Malformed):
            self._refused(request.failure.data["type"])
            Single(sender, request.id)(request.failure)
            return
        id, params = request.id, request.params
        reply: Reply = Unanswered(sender) if isinstance(id, Absent) else Single(sender, id)
        if isinstance(params, list):
            if params:
                self._refused("invalidParams")
                reply(by_position())
                return
            params = None
        if request.method == DISCOVER:
            reply(self._service.discover())
        else:
            self._service.call(request.method, params, self._peer, reply, weight=size)

    def _refuse(self, id: RequestId, failure: Failure) -> None:
        self._refused(failure.data["type"])
        Single(self._sender, id)(failure)

"""The operations table at work: checks a call, carries it out, sees to its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b
from inspect import isawaitable
from typing import Any

import msgspec
import orjson
import structlog

from daemon.decider.evolve import fold
from daemon.operations.answering import (
    LATER,
    Answer,
    Call,
    Later,
    Operation,
    WaitingAnswer,
    Written,
    lost_answer,
    request_id_reused,
)
from daemon.operations.calls import ErrorType, OperationError, Peer, Reply, Result
from daemon.operations.discovery import openrpc_document
from daemon.operations.house import House
from daemon.operations.of_tokens import permit
from daemon.operations.parameters import Changing, Parameters
from daemon.operations.refusals import invalid, of_reading, of_store
from daemon.reactor.cold import Cold
from daemon.vault import VaultError
from eventstore.events import RequestNoted
from eventstore.store import AnsweredRequest, EventStoreError, Request

_log = structlog.get_logger("operations")


class OperationsService:
    def __init__(self, house: House, table: Mapping[str, Operation]) -> None:
        self._house = house
        self._table = table
        self.stopping = False
        self._reading: Counter[str] = Counter()
        """Calls whose job or plan is being read, by session of their connection."""
        self._left: dict[str, Peer] = {}
        """Connections that closed while their calls were being read."""

    def discover(self) -> Result:
        return openrpc_document(self._table.values())

    def gone(self, peer: Peer) -> None:
        if peer.session in self._reading:
            self._left[peer.session] = peer
        self._forget(peer)

    def _forget(self, peer: Peer) -> None:
        house = self._house
        house.polls.gone(peer.session)
        house.waits.gone(peer.session)
        house.subscriptions.gone(peer)
        house.sessions.gone(peer.session)

    def call(self, method: str, params: Any, peer: Peer, reply: Reply, *, weight: int = 0) -> None:
        operation = self._table.get(method)
        if operation is None:
            self._refuse(method, peer, reply, _no_such_method(method))
        else:
            self.perform(operation, params, peer, reply, weight=weight)

    def perform(
        self, operation: Operation, params: Any, peer: Peer, reply: Reply, *, weight: int = 0
    ) -> None:
        """As ``call``, of an operation that is in no table."""
        try:
            asked = _parameters(operation, params)
            request, plain = None, None
            if isinstance(asked, Changing):
                self._admit()
                request, plain = self._request(operation, asked, params)
            call = Call(operation.name, peer, reply, request, weight, plain)
            permit(self._house, call)
            if request is None or not self._repeated(operation, call, request):
                self._carry_out(operation, call, asked)
        except OperationError as error:
            self._refuse(operation.name, peer, reply, error)
        except Exception:  # noqa: BLE001 - a fault of one call is that call's answer
            self._fault(operation.name, reply)

    def _request(
        self, operation: Operation, asked: Changing, params: Any
    ) -> tuple[Request | None, bytes | None]:
        """A digest that a secret goes into is keyed: it stands in the log."""
        if asked.request_id is None:
            return None, None
        rest = {name: value for name, value in params.items() if name != "requestId"}
        text = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)
        vault = self._house.secrets.vault
        if operation.confidential or (operation.may_echo and vault.is_stored):
            digest = blake2b(text, digest_size=16, key=vault.digest_key).digest()
            plain = None if operation.confidential else blake2b(text, digest_size=16).digest()
        else:
            digest, plain = blake2b(text, digest_size=16).digest(), None
        request = Request(request_id=asked.request_id, method=operation.name, digest=digest)
        return request, plain

    def _admit(self) -> None:
        """Refuse, before anything is decided, what could not be recorded."""
        if self.stopping:
            raise OperationError(ErrorType.STOPPING, "the daemon is stopping", retryable=True)
        house = self._house
        if house.store.state.mode == "read-only":
            raise OperationError(ErrorType.READ_ONLY, house.store.state.why or "read-only")
        if house.store.queued_bytes > house.bounds.queued_bytes:
            raise OperationError(
                ErrorType.BUSY,
                "the disk does not keep up with what is to be recorded; try again",
                retryable=True,
            )

    def _carry_out(self, operation: Operation, call: Call, asked: Parameters) -> None:
        try:
            answer = operation.handler(self._house, call, asked)
        except Cold as cold:
            self._reading[call.peer.session] += 1
            self._house.tasks.start_soon(self._when_loaded, operation, call, asked, cold)
            return
        except EventStoreError as error:
            raise of_store(error) from error
        self._settle(operation, call, answer)

    def _settle(self, operation: Operation, call: Call, answer: Answer) -> None:
        if isinstance(answer, Written):
            assert operation.answer is not None, f"{operation.name} changes state"
            events = answer.events
            noted = events[0] if isinstance(events[0], RequestNoted) else None
            result = noted.answer if noted else operation.answer(events, answer.state)
            waiting = WaitingAnswer(call.reply, result)
            self._house.ledger.when_durable(answer.position, waiting)
        elif isinstance(answer, dict):
            call.reply(answer)
        elif isawaitable(answer):
            self._house.tasks.start_soon(self._when_read, call, answer)
        else:
            assert isinstance(answer, Later)
            assert answer is LATER

    async def _when_loaded(
        self, operation: Operation, call: Call, asked: Parameters, cold: Cold
    ) -> None:
        async def load() -> None:
            await cold.load()
            if call.request is None or not self._repeated(operation, call, call.request):
                self._carry_out(operation, call, asked)

        try:
            await self._guarded(call, load)
        finally:
            self._read(call.peer.session)

    def _read(self, session: str) -> None:
        """Whoever left meanwhile must not be there again because of a late call."""
        self._reading[session] -= 1
        if self._reading[session]:
            return
        del self._reading[session]
        peer = self._left.pop(session, None)
        if peer is not None:
            self._forget(peer)

    async def _when_read(self, call: Call, answer: Any) -> None:
        async def read() -> None:
            call.reply(await answer)

        await self._guarded(call, read)

    async def _guarded(self, call: Call, act: Callable[[], Any]) -> None:
        """Answer whatever goes wrong while ``act`` runs in a task of its own."""
        try:
            await act()
        except OperationError as error:
            self._refuse(call.method, call.peer, call.reply, error)
        except Exception as error:  # noqa: BLE001 - a fault of one call is that call's answer
            known = _known(error)
            if known is None:
                self._fault(call.method, call.reply)
            else:
                self._refuse(call.method, call.peer, call.reply, known)

    # Requests that were asked before

    def _repeated(self, operation: Operation, call: Call, request: Request) -> bool:
        """Whether the request was carried out before; its answer is then on its way."""
        earlier = self._house.store.request(call.peer.actor, request.request_id)
        if earlier is None:
            return False
        digests = (request.digest, call.digest_without_vault)
        if earlier.method != request.method or earlier.digest not in digests:
            raise request_id_reused(request.request_id, earlier.method)
        repeat = _Repeat(self, operation, call, earlier)
        if earlier.durable:
            repeat.durable()
        else:
            self._house.ledger.when_durable(self._house.store.next_position - 1, repeat)
        return True

    async def _answer_again(
        self, operation: Operation, call: Call, earlier: AnsweredRequest
    ) -> Result:
        """The first answer, from the events that the request wrote."""
        store = self._house.store
        count = earlier.last - earlier.first + 1
        events = await store.read_all(after=earlier.first - 1, limit=count)
        first = events[0]
        if isinstance(first.event, RequestNoted):
            return first.event.answer
        if operation.answers_from_log is not None:
            return await operation.answers_from_log(self._house, call, events)
        assert operation.answer is not None, f"{operation.name} changes state"
        state = None
        if first.stream.startswith("job/"):
            last = max(one.sequence for one in events if one.stream == first.stream)
            state = fold(await store.read(first.stream, limit=last))
        return operation.answer([one.event for one in events], state)

    # Bad ends

    def _refuse(self, method: str, peer: Peer, reply: Reply, error: OperationError) -> None:
        self._house.counters[f"calls_refused{{type={error.type.word}}}"] += 1
        _log.info(
            "refused", method=method, actor=peer.actor, type=error.type.word, why=error.message
        )
        reply(error.failure())

    def _fault(self, method: str, reply: Reply) -> None:
        self._house.counters["calls_failed"] += 1
        _log.exception("a call failed", method=method)
        message = "an internal fault; the daemon's log says more"
        reply(OperationError(ErrorType.INTERNAL, message).failure())


class _Repeat:
    """Answers a copy of a request once the first is durable."""

    __slots__ = ("call", "earlier", "operation", "service")

    def __init__(
        self,
        service: OperationsService,
        operation: Operation,
        call: Call,
        earlier: AnsweredRequest,
    ) -> None:
        self.service = service
        self.operation = operation
        self.call = call
        self.earlier = earlier

    def durable(self) -> None:
        service = self.service
        answer = service._answer_again(self.operation, self.call, self.earlier)
        service._settle(self.operation, self.call, answer)

    def lost(self, error: EventStoreError) -> None:
        self.call.reply(lost_answer(error))


def _no_such_method(method: str) -> OperationError:
    return OperationError(
        ErrorType.METHOD_NOT_FOUND, f"there is no method {method!r}; rpc.discover lists them"
    )


def _parameters(operation: Operation, params: Any) -> Parameters:
    if isinstance(params, list):
        raise invalid("", "parameters are given by name, as an object")
    try:
        return msgspec.convert({} if params is None else params, operation.parameters)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        path = place.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
        raise invalid(path, text) from error


def _known(error: Exception) -> OperationError | None:
    if isinstance(error, EventStoreError):
        return of_store(error)
    if isinstance(error, VaultError):
        return OperationError(ErrorType.BUSY, str(error), retryable=True)
    return of_reading(error)

"""Messages: published into the log, then taken to the handlers that they met.

A message is a stream of its own, open until its last action ended. So a start finds what is
left in the log's index, and memory holds the few messages that are being worked on and the
ids of some that wait; when these have been worked off, the index is asked for more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import anyio
import structlog
from anyio.abc import TaskGroup

from daemon.decider.messages import (
    MessageState,
    Met,
    condition_evaluated,
    evolve_message,
    publish,
)
from daemon.dialects.handlers import HandlerPlan, Message, Question
from daemon.dialects.plan import Fault
from daemon.dialects.registry import EVENT_HANDLERS
from daemon.executors.evaluator import EvaluationFailed, Evaluator
from daemon.reactor.actions import Actions, Ended, Errand, failed
from daemon.reactor.changing import batch_of
from daemon.reactor.cold import Cold
from daemon.reactor.handlers import Handlers
from daemon.reactor.jobs import DAEMON, Context
from daemon.reactor.ledger import Ledger
from daemon.reactor.shelf import Shelf
from eventstore.events import ActionEnded, Event, Value
from eventstore.store import Appended, Entry, EventStoreError

_log = structlog.get_logger("messages")

STREAMS = "message/"


class Messages:
    def __init__(
        self,
        ledger: Ledger,
        handlers: Handlers,
        shelf: Shelf,
        evaluator: Evaluator,
        actions: Actions,
        *,
        concurrency: int,
        waiting: int,
        retry_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._handlers = handlers
        self._shelf = shelf
        self._evaluator = evaluator
        self._actions = actions
        self._concurrency = concurrency
        self._room = waiting
        self._retry_seconds = retry_seconds
        self._known: set[str] = set()
        """Ids of those that wait or are worked on."""
        self._waiting: deque[str] = deque()
        self._more = False
        """The index has messages for which there was no room."""
        self._running = 0
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        tasks.start_soon(self._take_up)

    def count_open(self, prefix: str) -> int:
        """How many with such ids wait or are worked on, as far as memory knows."""
        return sum(1 for message_id in self._known if message_id.startswith(prefix))

    # Publishing

    def publish(
        self,
        message_id: str,
        event: str,
        payload: Value,
        context: Context,
        *,
        job: str | None = None,
    ) -> tuple[tuple[Event, ...], Appended] | None:
        """None: that message is there already. Raises EventStoreError."""
        met = self._handlers.active(event)
        return self.publish_to(met, message_id, event, payload, context, job=job)

    def publish_to(
        self,
        met: tuple[Met, ...],
        message_id: str,
        event: str,
        payload: Value,
        context: Context,
        *,
        job: str | None = None,
        documents: Mapping[str, bytes] | None = None,
    ) -> tuple[tuple[Event, ...], Appended] | None:
        stream = f"{STREAMS}{message_id}"
        if self._store.sequence(stream) > 0:
            return None
        events = publish(message_id, event, payload, job, met)
        state, appended = self._append(stream, None, events, context, documents or {})
        if not state.is_settled:
            self._ledger.when_durable(appended.last, _Published(self, message_id))
        return events, appended

    def _append(
        self,
        stream: str,
        state: MessageState | None,
        events: tuple[Event, ...],
        context: Context,
        documents: Mapping[str, bytes],
    ) -> tuple[MessageState, Appended]:
        now = self._store.now()
        position = self._store.next_position
        expected = 0 if state is None else state.sequence
        after = state
        for place, event in enumerate(events):
            after = evolve_message(after, event, now, position + place, context.actor)
        assert after is not None, "something happened"
        entry = Entry(stream=stream, expected=expected, events=events, open=not after.is_settled)
        return after, self._ledger.append(batch_of((entry,), context, now, documents))

    # Which are worked on

    async def _take_up(self) -> None:
        """Those that are open in the log, the oldest first, as far as there is room."""
        self._more = False
        for row in await self._store.open_streams(prefix=STREAMS):
            self.enqueue(row.stream.removeprefix(STREAMS))

    def enqueue(self, message_id: str) -> None:
        if message_id in self._known:
            return
        if len(self._waiting) >= self._room:
            self._more = True
            return
        self._known.add(message_id)
        self._waiting.append(message_id)
        self._pump()

    def _pump(self) -> None:
        while self._waiting and self._running < self._concurrency:
            self._running += 1
            self._tasks.start_soon(self._work_on, self._waiting.popleft())

    async def _work_on(self, message_id: str) -> None:
        try:
            await self._to_its_end(message_id)
        except EventStoreError as error:
            _log.warning("a message waits", message_id=message_id, error=str(error))
            self._tasks.start_soon(self._again, message_id)
        self._known.discard(message_id)
        self._running -= 1
        self._pump()
        if self._more and not self._waiting:
            self._tasks.start_soon(self._take_up)

    async def _again(self, message_id: str) -> None:
        """Not at once: a full disk stays full for a while."""
        await anyio.sleep(self._retry_seconds)
        self.enqueue(message_id)

    # What is done about one

    async def read(self, message_id: str) -> MessageState | None:
        """As it is durable now."""
        state = None
        for one in await self._store.read(f"{STREAMS}{message_id}"):
            state = evolve_message(state, one.event, one.at, one.position, one.actor)
        return state

    async def _to_its_end(self, message_id: str) -> None:
        state = await self.read(message_id)
        stream = f"{STREAMS}{message_id}"
        while state is not None and not state.is_settled:
            events, context = await self._next(state)
            state, appended = self._append(stream, state, events, context, {})
            await self._store.durable(appended.last)

    async def _next(self, state: MessageState) -> tuple[tuple[Event, ...], Context]:
        if state.undecided:
            plan = await self._plan(state, state.undecided[0])
            return await self._judged(plan, state), Context(DAEMON.actor, None, state.position)
        handler, action = state.left[0]
        cause = state.matched[handler]
        ended = await self._carried_out(state, handler, action, cause)
        event = ActionEnded(
            handler=handler, action=action, status=ended.status, output=ended.output
        )
        return (event,), Context(DAEMON.actor, None, cause)

    async def _judged(self, plan: HandlerPlan, state: MessageState) -> tuple[Event, ...]:
        asked = plan.judge(state.payload)
        if not isinstance(asked, Question):
            return condition_evaluated(plan, result=asked)
        try:
            value = await self._evaluator.evaluate(asked.language, asked.expression, asked.input)
        except EvaluationFailed as error:
            return condition_evaluated(plan, error=str(error))
        except Exception as error:  # noqa: BLE001 - an evaluator's fault is the message's to hear
            _log.exception("evaluation failed", message_id=state.message_id, handler=plan.name)
            return condition_evaluated(plan, error=f"{type(error).__name__}: {error}")
        return condition_evaluated(plan, result=value)

    async def _carried_out(
        self, state: MessageState, handler: str, action: int, cause: int
    ) -> Ended:
        plan = await self._plan(state, handler)
        message = Message(message_id=state.message_id, event=state.event, payload=state.payload)
        try:
            order = plan.order(action, message)
            if isinstance(order, Fault):
                return failed(order.reason)
            errand = Errand(
                key=f"{execution_id(state.message_id, action)}/{handler}",
                order=order,
                event=state.event,
                cause=cause,
                published_at=state.published_at,
            )
            return await self._actions.carry_out(errand)
        except EventStoreError:
            raise
        except Exception as error:  # noqa: BLE001 - told in the log of the message
            _log.exception("an action failed", message_id=state.message_id, handler=handler)
            return failed(f"{type(error).__name__}: {error}")

    async def _plan(self, state: MessageState, handler: str) -> HandlerPlan:
        while True:
            try:
                return EVENT_HANDLERS.read(self._shelf.definition(state.handlers[handler]))
            except Cold as cold:
                await cold.load()


def execution_id(message_id: str, action: int) -> str:
    return f"{message_id}_{action}"


class _Published:
    """A message with something left to do, once it is in the log."""

    __slots__ = ("message_id", "messages")

    def __init__(self, messages: Messages, message_id: str) -> None:
        self.messages = messages
        self.message_id = message_id

    def durable(self) -> None:
        self.messages.enqueue(self.message_id)

    def lost(self, error: EventStoreError) -> None:
        """Whoever wanted it published hears so."""

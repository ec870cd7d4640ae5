"""Callbacks of jobs told to URLs: read from the log, at least once, in order for each URL.

What is told stands in the log already, and how far it was told is an event of its own, so a
start goes on where the last one was, and jobs never wait. Memory holds positions of what is
still to be told, and no more than so many; beyond that they are found in the log again.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any

import anyio
import msgspec
import structlog

from daemon.decider.announcing import OF_JOBS
from daemon.decider.state import JobState
from daemon.dialects.announcing import JobChange
from daemon.dialects.plan import Plan
from daemon.executors.notifying import CloudEvent, DeliveryFailed, Sender
from daemon.reactor.cold import Cold
from daemon.reactor.jobs import DAEMON, Done, Jobs
from daemon.reactor.ledger import Ledger
from daemon.reactor.task_callbacks import OF_TASKS, status_of, task_summary
from eventstore.events import (
    Event,
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobStatus,
    JobTerminated,
    JobTimedOut,
    NotificationDropped,
    NotificationsDelivered,
    TaskStatus,
)
from eventstore.store import Appended, Batch, Entry, EventStoreError, Recorded
from projections.times import iso

_log = structlog.get_logger("listener")

STREAM = "listener/notifications"
TYPE = "playhead.job."
TASK_TYPE = "playhead.task."

_STATUS: dict[type[Event], JobStatus] = {
    JobCompleted: JobStatus.COMPLETED,
    JobFailed: JobStatus.FAILED,
    JobTimedOut: JobStatus.TIMED_OUT,
    JobTerminated: JobStatus.TERMINATED,
    JobPaused: JobStatus.PAUSED,
    JobHeld: JobStatus.PAUSED,
}
"""RUNNING after every other event."""

_ENDS = (JobCompleted, JobFailed, JobTimedOut, JobTerminated)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell, and how hard to try."""

    webhook_url: str
    allowed_sinks: tuple[str, ...]
    """Beginnings of the URLs that definitions may name."""
    task_statuses: frozenset[TaskStatus] = frozenset()
    retry_seconds: float
    retry_limit_seconds: float
    give_up_seconds: float
    window: int
    """Callbacks that are told before how far it got is noted."""
    waiting: int

    def urls(self, sink: str | None) -> tuple[str, ...]:
        own = () if sink is None or not self._allows(sink) else (sink,)
        return tuple(dict.fromkeys(filter(None, (self.webhook_url, *own))))

    def _allows(self, sink: str) -> bool:
        return any(_begins(sink, one) for one in self.allowed_sinks)


def _begins(url: str, beginning: str) -> bool:
    """Not in the middle of a name: ``https://a.example`` is no beginning of
    ``https://a.example.org``."""
    if not url.startswith(beginning):
        return False
    rest = url[len(beginning) :]
    return not rest or beginning.endswith("/") or rest[0] in "/?#"


class Listening:
    def __init__(self, ledger: Ledger, jobs: Jobs, sender: Sender, wanted: Wanted) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._jobs = jobs
        self._sender = sender
        self._wanted = wanted
        self._hints: deque[int] = deque()
        """Positions of events to tell of."""
        self._lost_count = False
        """There was no room for more: the log is to be looked through."""
        self._wake = anyio.Event()
        self._sequence = 0
        self.tells_tasks = bool(wanted.webhook_url and wanted.task_statuses)
        self._kinds = frozenset(OF_JOBS) | (OF_TASKS if self.tells_tasks else frozenset())
        """Of events that may be told of."""
        self._down: set[str] = set()
        """URLs that were given up: they are tried once until they answer again."""

    def durable(self, done: Done) -> None:
        """A decision about a job whose definition has a listener, or of any while tasks are
        told of."""
        for place, event in enumerate(done.events):
            if type(event) in self._kinds:
                self._hint(done.position.first + place)

    def _hint(self, position: int) -> None:
        if len(self._hints) >= self._wanted.waiting:
            self._lost_count = True
            return
        if not self._lost_count:
            self._hints.append(position)
            self._wake.set()

    async def aclose(self) -> None:
        await self._sender.aclose()

    async def run(self) -> None:
        """A store that takes nothing now is tried again: nothing is lost but time."""
        while True:
            try:
                await self._follow()
            except* EventStoreError as errors:
                _log.warning("the listener waits", error=str(errors.exceptions[0]))
            await anyio.sleep(self._wanted.retry_seconds)

    async def _follow(self) -> None:
        told = await self._begin()
        self._hints.clear()
        self._lost_count = True
        while True:
            if self._hints:
                told = await self._tell_hinted()
            elif self._lost_count:
                self._lost_count = False
                told = await self._tell_from(told, self._store.head.position)
            else:
                self._wake = anyio.Event()
                await self._wake.wait()

    async def _begin(self) -> int:
        """How far it was told; a log that never had a listener is told of from now on."""
        row = await self._store.stream_row(STREAM)
        if row is None:
            head = self._store.head.position
            self._sequence = 0
            await self._note(NotificationsDelivered(through=head))
            return head
        self._sequence = end = row.sequence
        while end > 0:
            start = max(0, end - self._wanted.window)
            window = await self._store.read(STREAM, after=start, limit=end - start)
            for one in reversed(window):
                if isinstance(one.event, NotificationsDelivered):
                    return one.event.through
            end = start
        return 0

    async def _tell_hinted(self) -> int:
        count = min(len(self._hints), self._wanted.window)
        positions = [self._hints.popleft() for _ in range(count)]
        found: list[Recorded] = []
        for position in positions:
            found += await self._store.read_all(after=position - 1, limit=1)
        await self._tell(found, positions[-1])
        return positions[-1]

    async def _tell_from(self, told: int, end: int) -> int:
        """Look through the log for what is to be told."""
        while told < end:
            page = await self._store.read_all(after=told, limit=self._wanted.window, streams="job/")
            page = [one for one in page if one.position <= end]
            if not page:
                return end
            told = page[-1].position
            await self._tell([one for one in page if type(one.event) in self._kinds], told)
        return told

    async def _tell(self, found: Sequence[Recorded], through: int) -> None:
        by_url: defaultdict[str, list[CloudEvent]] = defaultdict(list)
        for recorded in found:
            for url, event in await self._notifications(recorded):
                by_url[url].append(event)
        if not by_url:
            return
        async with anyio.create_task_group() as tasks:
            for url, events in by_url.items():
                tasks.start_soon(self._in_order, url, events)
        await self._note(NotificationsDelivered(through=through))

    async def _notifications(self, recorded: Recorded) -> list[tuple[str, CloudEvent]]:
        job_id = recorded.stream.removeprefix("job/")
        state = await self._jobs.durable(job_id)
        if state is None:
            return []
        plan = await self._plan(state)
        if type(recorded.event) in OF_TASKS:
            told = self._of_task(state, recorded, plan)
            return [] if told is None else [(self._wanted.webhook_url, told)]
        listeners = plan.listeners
        if not listeners.status:
            return []
        events = [self._event(state, recorded, one) for one in OF_JOBS[type(recorded.event)]]
        return [(url, one) for url in self._wanted.urls(listeners.sink) for one in events]

    def _of_task(self, state: JobState, recorded: Recorded, plan: Plan) -> CloudEvent | None:
        if status_of(recorded.event) not in self._wanted.task_statuses:
            return None
        summary = task_summary(state, recorded)
        if summary is None:
            return None
        task = state.tasks[recorded.event.task]  # type: ignore[attr-defined]
        if not plan.rules(state, task).tells_status:
            return None
        return CloudEvent(
            id=str(recorded.position),
            source=f"/playhead/{self._store.log_id}",
            type=f"{TASK_TYPE}{summary['callback']}",
            subject=summary["taskId"],
            time=iso(recorded.at),
            data=summary,
        )

    async def _plan(self, state: JobState) -> Plan:
        while True:
            try:
                return self._jobs.pinned(state).plan
            except Cold as cold:
                await cold.load()

    def _event(self, state: JobState, recorded: Recorded, change: JobChange) -> CloudEvent:
        beside = change is JobChange.FINALIZED
        return CloudEvent(
            id=f"{recorded.position}-{change}" if beside else str(recorded.position),
            source=f"/playhead/{self._store.log_id}",
            type=f"{TYPE}{change}",
            subject=state.job_id,
            time=iso(recorded.at),
            data=_summary(state, recorded, change),
        )

    async def _in_order(self, url: str, events: Iterable[CloudEvent]) -> None:
        for event in events:
            error = await self._delivered(url, event)
            if error is None:
                self._down.discard(url)
                continue
            self._down.add(url)
            _log.warning("a callback was given up", url=url, id=event.id, error=error)
            await self._note(NotificationDropped(id=event.id, url=url, reason=error))

    async def _delivered(self, url: str, event: CloudEvent) -> str | None:
        """None, or why it was given up."""
        wanted = self._wanted
        waited, wait = 0.0, wanted.retry_seconds
        while True:
            try:
                await self._sender.send(url, event)
                return None
            except DeliveryFailed as error:
                if url in self._down or waited + wait > wanted.give_up_seconds:
                    return str(error)
                _log.info("a callback is told again", url=url, id=event.id, error=str(error))
            await anyio.sleep(wait)
            waited += wait
            wait = min(wait * 2, wanted.retry_limit_seconds)

    async def _note(self, event: Event) -> Appended:
        entry = Entry(stream=STREAM, expected=self._sequence, events=(event,))
        batch = Batch(entries=(entry,), at=self._store.now(), actor=DAEMON.actor)
        appended = self._ledger.append(batch)
        self._sequence += 1
        await self._store.durable(appended.last)
        return appended


def _summary(state: JobState, recorded: Recorded, change: JobChange) -> dict[str, Any]:
    """Conductor's WorkflowSummary without input and output, at that event."""
    event = recorded.event
    status = _STATUS.get(type(event), JobStatus.RUNNING)
    ended = iso(recorded.at) if isinstance(event, _ENDS) else None
    return {
        "callback": change.value,
        "workflowType": state.workflow,
        "version": state.version_number,
        "workflowId": state.job_id,
        "correlationId": state.correlation_id,
        "priority": state.frame.priority,
        "status": status.value,
        "startTime": iso(state.started_at),
        "endTime": ended,
        "reasonForIncompletion": getattr(event, "reason", None),
    }

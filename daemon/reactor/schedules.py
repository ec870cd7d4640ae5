"""Schedules at work: looked at when they are due, and their jobs started once.

Which schedules are due when is found at the start in the log's index; a schedule is folded
when something touches it. A firing names its job, so a crash between the two starts the same
job again, which is then there already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog

from daemon.clock import Entropy
from daemon.decider.identity import uuid7
from daemon.decider.schedules import (
    Run,
    Schedule,
    evolve_schedule,
    fire,
    pause,
    resume,
)
from daemon.decider.turn import Refusal, RefusalKind
from daemon.reactor.cell import Cell
from daemon.reactor.changing import Changed, batch_of
from daemon.reactor.claims import Strategy
from daemon.reactor.cold import Cold
from daemon.reactor.jobs import Context, Jobs
from daemon.reactor.ledger import Ledger
from daemon.reactor.starts import Selector, Starts, Wanted
from daemon.timers.calendar import SECOND, UnknownZone
from daemon.timers.cron import BadCron
from daemon.timers.due import after_of
from daemon.timers.heap import JOB, Timers
from eventstore.events import (
    Event,
    RequestNoted,
    ScheduleDeleted,
    ScheduleFired,
    ScheduleJobRefused,
    ScheduleJobStarted,
    SchedulerPaused,
    SchedulerResumed,
    ScheduleSaved,
    Value,
)
from eventstore.store import Entry, EventStoreError, Request

_log = structlog.get_logger("schedules")

STREAMS = "schedule/"
WHOLE = "scheduler"
"""The stream about all of them."""
ACTOR = "daemon"
SCHEDULE = "schedule"
"""The timer that says: look at this schedule."""
MILLISECOND = 1_000


class Schedules:
    def __init__(
        self,
        ledger: Ledger,
        jobs: Jobs,
        starts: Starts,
        timers: Timers,
        run: Callable[[Callable[[], Any]], None],
        *,
        entropy: Entropy,
        max_catch_up: int,
        retry_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._jobs = jobs
        self._starts = starts
        self._timers = timers
        self._run = run
        self._entropy = entropy
        self._max_catch_up = max_catch_up
        self._retry = round(retry_seconds * SECOND)
        self._cells: dict[str, Cell[Schedule]] = {}
        self._held: dict[str, None] = {}
        """Schedules that came due while all were paused."""
        self.paused = False
        """All of them."""

    # At the start

    async def load(self) -> None:
        """Arm every schedule that is open: one read of the log's index."""
        for one in await self._store.read(WHOLE):
            self._halt(one.event)
        for row in await self._store.open_streams(prefix=STREAMS):
            if row.due_at is not None:
                self._timers.arm(row.stream, JOB, SCHEDULE, row.due_at)

    # Looking

    def cell(self, name: str) -> Cell[Schedule]:
        """As decided so far; ``tail`` None: there is no such schedule. Raises Cold."""
        cell = self._cells.get(name)
        if cell is None:
            raise Cold(f"schedule {name}", lambda: self.read(name))
        return cell

    async def read(self, name: str) -> None:
        state: Schedule | None = None
        for one in await self._store.read(f"{STREAMS}{name}"):
            state = evolve_schedule(state, one.event, one.at, one.position, one.actor)
        # Appending takes a schedule in memory first, so nothing came between.
        self._cells.setdefault(name, Cell(f"{STREAMS}{name}", state))

    async def find(self, name: str) -> Schedule | None:
        """Durable, and not deleted."""
        if name not in self._cells:
            await self.read(name)
        found = self._cells[name].durable
        return None if found is None or found.deleted else found

    # Changing. Each raises Cold.

    def save(self, saved: ScheduleSaved, context: Context) -> Changed:
        """``next_at`` is filled in here. A time that is over is not caught up: a schedule
        begins when it is saved."""
        cell = self.cell(saved.name)
        due = after_of(saved)(self._store.now())
        event = msgspec.structs.replace(saved, next_at=None if due is None else due.at)
        return self._append(cell, (event,), context)

    def pause(self, name: str, reason: Value, context: Context) -> Changed | Refusal:
        return self._change(name, lambda state: pause(state, reason), context)

    def resume(self, name: str, context: Context) -> Changed | Refusal:
        now = self._store.now()
        return self._change(name, lambda state: resume(state, now, after_of(state.saved)), context)

    def delete(self, name: str, context: Context) -> Changed | Refusal:
        return self._change(name, lambda _: ScheduleDeleted(), context)

    def note(self, name: str, noted: RequestNoted, context: Context) -> Changed:
        """Keep the answer of a request that changed nothing."""
        return self._append(self.cell(name), (noted,), context)

    def _change(
        self, name: str, decide: Callable[[Schedule], Event | Refusal], context: Context
    ) -> Changed | Refusal:
        cell = self.cell(name)
        if cell.tail is None or cell.tail.deleted:
            return no_such_schedule(name)
        event = decide(cell.tail)
        return event if isinstance(event, Refusal) else self._append(cell, (event,), context)

    # All of them

    def pause_all(self, context: Context) -> Changed:
        return self._about_all(SchedulerPaused(), context)

    def resume_all(self, context: Context) -> Changed:
        return self._about_all(SchedulerResumed(), context)

    def note_for_all(self, noted: RequestNoted, context: Context) -> Changed:
        return self._about_all(noted, context)

    def look_again(self) -> int:
        """At every schedule that is in memory; how many."""
        for name in tuple(self._cells):
            self.wake(f"{STREAMS}{name}")
        return len(self._cells)

    def _about_all(self, event: Event, context: Context) -> Changed:
        entry = Entry(stream=WHOLE, expected=self._store.sequence(WHOLE), events=(event,))
        changed = self._write(entry, context)
        self._ledger.when_durable(changed.position.last, _Halt(self, event))
        return changed

    def halted(self, event: Event) -> None:
        self._halt(event)
        if not self.paused:
            held, self._held = self._held, {}
            for name in held:
                self.wake(f"{STREAMS}{name}")

    def _halt(self, event: Event) -> None:
        match event:
            case SchedulerPaused():
                self.paused = True
            case SchedulerResumed():
                self.paused = False

    # Firing

    def wake(self, stream: str) -> None:
        """The timer of a schedule, or somebody who wants it looked at."""
        self._run(lambda: self._look_at(stream.removeprefix(STREAMS)))

    def _look_at(self, name: str) -> None:
        cell = self.cell(name)
        state = cell.tail
        if state is None:
            return
        if cell.on_the_way == 0:
            for run in state.runs:
                self._start(name, run)
        if self.paused:
            self._held[name] = None
            return
        events = self._due(state)
        if events:
            request = Request(request_id=f"{name}:{state.next_at}", indexed=False)
            self._append(cell, events, Context(ACTOR, request, state.position))
        elif state.next_at is not None and state.next_at > self._store.now():
            self._arm(cell)

    def _due(self, state: Schedule) -> tuple[Event, ...]:
        now = self._store.now()
        if state.due_at is None or state.next_at is None or state.next_at > now:
            return ()
        job_id = uuid7(now // MILLISECOND, self._entropy(10))
        try:
            after = after_of(state.saved)
        except (BadCron, UnknownZone) as error:
            _log.error("a schedule cannot go on", schedule=state.name, error=str(error))
            return ()
        return fire(state, now, after, job_id, max_catch_up=self._max_catch_up)

    def _start(self, name: str, run: Run) -> None:
        """Start the job of a durable firing, and write down what became of it."""
        self._run(partial(self._start_now, name, run))

    def _start_now(self, name: str, run: Run) -> None:
        cell = self.cell(name)
        state = cell.tail
        if state is None or run not in state.runs:
            return
        refusal = None
        if self._jobs.cell(run.job_id).tail is None:
            refusal = self._submit(state.saved, run)
        answer: Event = ScheduleJobStarted(due_at=run.due_at, job_id=run.job_id)
        if refusal is not None:
            answer = ScheduleJobRefused(
                due_at=run.due_at, job_id=run.job_id, reason=refusal.message
            )
        self._append(cell, (answer,), Context(ACTOR, None, run.position))

    def _submit(self, saved: ScheduleSaved, run: Run) -> Refusal | None:
        selector = Selector(
            tag=saved.tag, version_number=saved.version_number, version_id=saved.version_id
        )
        wanted = Wanted(
            input=_input(saved, run),
            correlation_id=saved.correlation_id,
            priority=saved.priority,
            domains=saved.domains,
            job_id=run.job_id,
            idempotency_key=saved.idempotency_key,
            strategy=Strategy(saved.idempotency_strategy or Strategy.FAIL),
        )
        request = Request(request_id=f"{STREAMS}{saved.name}:{run.due_at}", indexed=False)
        context = Context(ACTOR, request, run.position)
        if isinstance(saved.definition, dict):
            done = self._starts.submit_document(saved.definition, wanted, context)
        else:
            done = self._starts.submit(saved.workflow, selector, wanted, context)
        return done if isinstance(done, Refusal) else None

    # Writing

    def _append(self, cell: Cell[Schedule], events: Sequence[Event], context: Context) -> Changed:
        now = self._store.now()
        state = cell.tail
        expected = 0 if state is None else state.sequence
        first = self._store.next_position
        for place, event in enumerate(events):
            state = evolve_schedule(state, event, now, first + place, context.actor)
        assert state is not None, "an event makes a schedule"
        entry = Entry(
            stream=cell.stream,
            expected=expected,
            events=tuple(events),
            open=state.due_at is not None,
            due_at=state.due_at,
            clear_due=True,
        )
        changed = self._write(entry, context, now)
        cell.decided(state)
        self._ledger.when_durable(changed.position.last, _Change(self, cell, state, changed.events))
        self._arm(cell)
        return changed

    def _write(self, entry: Entry, context: Context, now: int | None = None) -> Changed:
        at = self._store.now() if now is None else now
        return Changed(entry.events, self._ledger.append(batch_of((entry,), context, at)))

    def _arm(self, cell: Cell[Schedule]) -> None:
        """For its next time; what it asked for already is on its way."""
        state = cell.tail
        self._timers.disarm(cell.stream, JOB)
        if state is not None and not (state.paused or state.deleted) and state.next_at is not None:
            self._timers.arm(cell.stream, JOB, SCHEDULE, state.next_at)

    def committed(self, cell: Cell[Schedule], after: Schedule, events: Iterable[Event]) -> None:
        cell.committed(after)
        fired = {event.job_id for event in events if isinstance(event, ScheduleFired)}
        for run in after.runs:
            if run.job_id in fired:
                self._start(after.name, run)

    def undo(self, cell: Cell[Schedule]) -> None:
        """The log lost what was decided: go back to what is durable, and look at it again,
        but not at once: a full disk stays full for a while."""
        cell.tail = cell.durable
        cell.on_the_way = 0
        self._timers.disarm(cell.stream, JOB)
        if cell.durable is None:
            self._cells.pop(cell.stream.removeprefix(STREAMS), None)
        elif cell.durable.due_at is not None:
            again = max(cell.durable.due_at, self._store.now() + self._retry)
            self._timers.arm(cell.stream, JOB, SCHEDULE, again)


def _input(saved: ScheduleSaved, run: Run) -> Value:
    """As Conductor's scheduler tells its workflows; times in milliseconds."""
    if not saved.tells_job:
        return saved.input
    given = saved.input if isinstance(saved.input, dict) else {}
    return {
        **given,
        "_startedByScheduler": saved.name,
        "_scheduledTime": run.due_at // MILLISECOND,
        "_executedTime": run.fired_at // MILLISECOND,
        "_executionId": run.job_id,
        "_schedulerCron": f"{run.cron} {run.zone}",
    }


def no_such_schedule(name: str) -> Refusal:
    return Refusal(kind=RefusalKind.NO_SUCH_SCHEDULE, message=f"there is no schedule {name!r}")


class _Change:
    """Waits for the commit of one change of one schedule."""

    __slots__ = ("after", "cell", "events", "schedules")

    def __init__(
        self,
        schedules: Schedules,
        cell: Cell[Schedule],
        after: Schedule,
        events: Sequence[Event],
    ) -> None:
        self.schedules = schedules
        self.cell = cell
        self.after = after
        self.events = events

    def durable(self) -> None:
        self.schedules.committed(self.cell, self.after, self.events)

    def lost(self, error: EventStoreError) -> None:
        self.schedules.undo(self.cell)


class _Halt:
    """Waits until it is durable that all schedules pause, or go on."""

    __slots__ = ("event", "schedules")

    def __init__(self, schedules: Schedules, event: Event) -> None:
        self.schedules = schedules
        self.event = event

    def durable(self) -> None:
        self.schedules.halted(self.event)

    def lost(self, error: EventStoreError) -> None:
        """Nothing was done yet."""

"""The jobs in memory: commands are decided here, on each job's tail.

``execute`` is synchronous. It decides, hands the events to the log, moves the tail on and
queues what must wait for the disk. A job that is not in memory raises ``Cold``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import anyio
import msgspec

from daemon.decider.commands import Command, Facts, Restart, Submit
from daemon.decider.decide import decide
from daemon.decider.evolve import evolve, fold
from daemon.decider.state import Frame, JobState
from daemon.decider.turn import RULES_VERSION, Decision, Pinned, Refusal, RefusalKind
from daemon.reactor.admission import end, submitted, with_slots
from daemon.reactor.caching import kept
from daemon.reactor.cell import Cell
from daemon.reactor.cold import Cold
from daemon.reactor.ledger import Ledger
from daemon.reactor.limits import Claims, Limits
from daemon.reactor.reactions import due_in
from daemon.reactor.shelf import Shelf
from eventstore.events import Event, RequestNoted
from eventstore.store import Appended, Batch, Entry, EventStoreError, Request


class JobCell(Cell[JobState]):
    """Keeps the plan that its job is pinned to, while the pins stay the same."""

    __slots__ = ("frame", "pinned")

    def __init__(self, stream: str, state: JobState | None) -> None:
        super().__init__(stream, state)
        self.frame: Frame | None = None
        self.pinned: Pinned | None = None


class Context(msgspec.Struct, frozen=True):
    """Who asked, and because of what."""

    actor: str
    request: Request | None = None
    cause: int | None = None
    trace: str | None = None
    weight: int = 0


DAEMON = Context("daemon")

NO_DOCUMENTS: Mapping[str, bytes] = {}


class Done(msgspec.Struct, frozen=True):
    """A command that was carried out. Durable once ``position.last`` is."""

    events: tuple[Event, ...]
    before: JobState | None
    after: JobState
    position: Appended
    pinned: Pinned


class Effects:
    """What the reactor does about a decision: at once, and once it is durable."""

    def decided(self, done: Done) -> None:
        """Caches: queues, timers, sessions. Undone by ``lost``."""

    def durable(self, done: Done) -> None: ...
    def lost(self, job_id: str, tail: JobState) -> None: ...


class _Waiting(msgspec.Struct, frozen=True):
    jobs: Jobs
    cell: JobCell
    done: Done
    claims: Claims | None

    def durable(self) -> None:
        cell, done = self.cell, self.done
        cell.durable = done.after
        cell.on_the_way -= 1
        if self.claims is not None:
            self.claims.durable()
        self.jobs.effects.durable(done)

    def lost(self, error: EventStoreError) -> None:
        self.jobs.forget_tail(self.cell, self.done)
        if self.claims is not None:
            self.claims.lost()


class Jobs:
    def __init__(self, ledger: Ledger, shelf: Shelf, limits: Limits, *, cached_jobs: int) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._shelf = shelf
        self._limits = limits
        self._room = cached_jobs
        self._cells: OrderedDict[str, JobCell] = OrderedDict()
        self._reading: dict[str, anyio.Event] = {}
        self.effects: Effects = Effects()
        self.masked: Callable[[Command, Pinned], Command] = lambda command, _: command
        """What somebody says who was told secrets, without them. Both are set by the
        composition."""

    def cell(self, job_id: str) -> JobCell:
        """The job, from memory; ``tail`` None: there is no such job. Raises Cold."""
        cell = self._cells.get(job_id)
        if cell is None:
            raise Cold(f"job {job_id}", lambda: self.load(job_id))
        self._cells.move_to_end(job_id)
        return cell

    def __len__(self) -> int:
        """Jobs in memory."""
        return len(self._cells)

    async def load(self, job_id: str) -> None:
        """Read and fold the job. One reader at a time: appending takes a job in memory
        first, so what is being read cannot have moved on when it is put in place."""
        if job_id in self._cells:
            return
        reading = self._reading.get(job_id)
        if reading is not None:
            await reading.wait()
            return
        self._reading[job_id] = reading = anyio.Event()
        try:
            self._put(JobCell(f"job/{job_id}", await self.fold(job_id)))
        finally:
            del self._reading[job_id]
            reading.set()

    async def durable(self, job_id: str) -> JobState | None:
        """The job as it is durable now, from memory where it is there; it is not put there."""
        cell = self._cells.get(job_id)
        return await self.fold(job_id) if cell is None else cell.durable

    async def fold(self, job_id: str) -> JobState | None:
        """The job as it is durable now, read from the log."""
        return fold(await self._store.read(f"job/{job_id}"))

    def pinned(self, state: JobState) -> Pinned:
        frame = state.frame
        pinned = self._shelf.plan(frame.dialect, frame.definition, frame.pins)
        if not frame.deferred:
            return pinned
        return msgspec.structs.replace(pinned, deferred=pinned.deferred.union(frame.deferred))

    def _pinned(self, cell: JobCell, state: JobState) -> Pinned:
        if cell.frame is not state.frame or cell.pinned is None:
            cell.pinned = self.pinned(state)
            cell.frame = state.frame
        return cell.pinned

    def execute(
        self,
        job_id: str,
        command: Command,
        context: Context = DAEMON,
        documents: Mapping[str, bytes] | None = None,
        claims: Claims | None = None,
    ) -> Done | Refusal:
        """Decide ``command`` on the job's tail and hand the events to the log.
        ``documents`` are those that its events name for the first time, ``claims`` what it
        takes of limits. Raises Cold."""
        cell = self.cell(job_id)
        tail = cell.tail
        if tail is None:
            return Refusal(kind=RefusalKind.NO_SUCH_JOB, message=f"there is no job {job_id}")
        pinned = cell.pinned
        if isinstance(command, Restart):
            pinned = self._shelf.plan(command.dialect, command.definition, command.pins)
        elif pinned is None or cell.frame is not tail.frame:
            pinned = self._pinned(cell, tail)
        if pinned.is_told_secrets:
            command = self.masked(command, pinned)
        if claims is None and tail.admission is not None:
            claims = self._limits.claims(self._store.now())
            slotted = with_slots(tail, command, claims)
            if isinstance(slotted, Refusal):
                return slotted
            command = slotted
        documents = documents or NO_DOCUMENTS
        return self._decide(cell, pinned, command, context, (), documents, claims)

    def submit(
        self,
        pinned: Pinned,
        command: Submit,
        context: Context,
        *,
        guards: Sequence[Entry] = (),
        documents: Mapping[str, bytes],
    ) -> Done | Refusal:
        """Start a job whose id is new. ``guards`` are checked in the same batch. Raises
        Cold."""
        claims = None
        if command.limits:
            claims = self._limits.claims(self._store.now())
            slotted = submitted(command, claims)
            if isinstance(slotted, Refusal):
                return slotted
            command = slotted
        cell = self._cells.get(command.job_id)
        if cell is None:
            cell = JobCell(f"job/{command.job_id}", None)
        done = self._decide(cell, pinned, command, context, guards, documents, claims)
        if isinstance(done, Done):
            self._put(cell)
        return done

    def _decide(
        self,
        cell: JobCell,
        pinned: Pinned,
        command: Command,
        context: Context,
        guards: Sequence[Entry],
        documents: Mapping[str, bytes],
        claims: Claims | None = None,
    ) -> Done | Refusal:
        store = self._store
        now = store.now() if claims is None else claims.now
        facts = Facts(now=now, position=store.next_position, actor=context.actor)
        decision = decide(pinned, cell.tail, command, facts)
        if isinstance(decision, Refusal):
            return decision
        if decision.documents:
            documents = {**documents, **decision.documents}
        before = cell.tail
        if before is not None and before.slots is not decision.state.slots:
            claims = self._freed(before, decision, claims or self._limits.claims(now))
        if decision.state.admission is not None and decision.state.has_ended:
            claims = claims or self._limits.claims(now)
            end(decision.state, claims)
        if before is not None and pinned.plan.caches:
            guards = (*guards, *kept(store, before, decision.events))
        return self._append(cell, pinned, decision, now, context, guards, documents, claims)

    def _freed(self, before: JobState, decision: Decision, claims: Claims) -> Claims:
        """Tasks that are carried out no more free their slots. Raises Cold."""
        for event in decision.events:
            number = getattr(event, "task", 0)
            limit = before.slots.get(number)
            if limit is not None and number not in decision.state.slots:
                claims.free(limit, before.task_id(number))
        return claims

    def note(self, job_id: str, noted: RequestNoted, context: Context) -> Done:
        """Keep the answer of a request that changed nothing."""
        cell = self.cell(job_id)
        assert cell.tail is not None, "a request about a job that there is"
        store = self._store
        now = store.now()
        after = evolve(cell.tail, noted, now, store.next_position, context.actor)
        pinned = self._pinned(cell, cell.tail)
        noting = Decision((noted,), after)
        return self._append(cell, pinned, noting, now, context, (), NO_DOCUMENTS)

    def _append(
        self,
        cell: JobCell,
        pinned: Pinned,
        decision: Decision,
        now: int,
        context: Context,
        guards: Sequence[Entry],
        documents: Mapping[str, bytes],
        claims: Claims | None = None,
    ) -> Done:
        before, after, events = cell.tail, decision.state, decision.events
        has_ended = after.ended_at is not None
        entry = Entry(
            stream=cell.stream,
            expected=0 if before is None else before.sequence,
            events=events,
            open=not has_ended or not after.is_settled,
            due_at=due_in(events),
            clear_due=has_ended,
        )
        appended = self._ledger.append(
            Batch(
                entries=(entry, *guards) if claims is None else (entry, *guards, *claims.entries()),
                at=now,
                actor=context.actor,
                cause=context.cause,
                request=context.request,
                trace=context.trace,
                decider=RULES_VERSION,
                documents=documents,
                weight=512 * len(events) + context.weight,
            )
        )
        cell.tail = after
        cell.on_the_way += 1
        done = Done(events, before, after, appended, pinned)
        self._ledger.when_durable(appended.last, _Waiting(self, cell, done, claims))
        self.effects.decided(done)
        if claims is not None:
            claims.decided(appended.first)
        return done

    def forget_tail(self, cell: JobCell, done: Done) -> None:
        """The log lost what was decided: drop the job; the next touch reads it again."""
        job_id = done.after.job_id
        if self._cells.get(job_id) is cell:
            del self._cells[job_id]
            tail = cell.tail
            assert tail is not None, "a decided cell has a tail"
            self.effects.lost(job_id, tail)

    def _put(self, cell: JobCell) -> None:
        self._cells[cell.stream.removeprefix("job/")] = cell
        if len(self._cells) > self._room:
            self._evict()

    def _evict(self) -> None:
        """The longest untouched jobs go, but none whose decisions are on their way."""
        excess = list(islice(self._cells, len(self._cells) - self._room))
        for job_id in excess:
            if self._cells[job_id].on_the_way == 0:
                del self._cells[job_id]

"""The reactor: carries out what follows from events, and has no opinions of its own.

What follows is said by ``daemon.reactor.reactions``; here it is done. After a crash or a
lost commit the same effects are found again from the folded jobs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import structlog
from anyio.abc import TaskGroup
from msgspec.structs import replace

from daemon.decider.commands import Command, FireTimer, Report, ReturnTask, StartTask
from daemon.decider.on_timer import deadlines
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned, Refusal
from daemon.executors.handoff import MissingSecret, Sources
from daemon.queues.handout import HandedOut, HandOut, NoSlot
from daemon.queues.queue import Poll, Ready, TaskKey
from daemon.queues.sessions import Sessions
from daemon.reactor.broken_contracts import BrokenContracts
from daemon.reactor.caching import Caching
from daemon.reactor.cold import Cold
from daemon.reactor.durations import Durations
from daemon.reactor.evaluating import Evaluating
from daemon.reactor.family import Family
from daemon.reactor.inside import Inside
from daemon.reactor.jobs import DAEMON, Context, Done, Effects, Jobs
from daemon.reactor.lanes import WINDOW, Lane, Lanes
from daemon.reactor.line import Line
from daemon.reactor.listening import Listening
from daemon.reactor.messages import Messages
from daemon.reactor.publishing import Publishing
from daemon.reactor.reactions import at_once, still_open
from daemon.reactor.schedules import SCHEDULE, Schedules
from daemon.reactor.watching import Watches
from daemon.reactor.work import work_order
from daemon.timers.heap import JOB, Timers
from eventstore.events import (
    CachedOutputSought,
    ChildRequested,
    ChildTerminationRequested,
    EvaluationRequested,
    FailureJobRequested,
    MessageRequested,
    TaskStatus,
)
from eventstore.store import EventStoreError

_log = structlog.get_logger("reactor")

_BEYOND = frozenset(
    {
        CachedOutputSought,
        ChildRequested,
        ChildTerminationRequested,
        EvaluationRequested,
        FailureJobRequested,
        MessageRequested,
    }
)
"""Events that something outside the job follows from."""

WAKE = "wake"
"""A timer that only says: fold this job, something in it is due."""


class Reactor(Effects):
    def __init__(
        self,
        jobs: Jobs,
        handout: HandOut,
        contracts: BrokenContracts,
        *,
        retry_seconds: float,
    ) -> None:
        self._jobs = jobs
        self._contracts = contracts
        self._handout = handout
        self._retry_seconds = retry_seconds
        self._lost: set[str] = set()
        self.watches = Watches()
        self.durations = Durations()
        self.sources = Sources()
        """Secrets and environment values that tasks may be given."""
        self.family: Family
        self.caching: Caching
        self.evaluating: Evaluating
        self.inside: Inside
        self.listening: Listening | None = None
        self.messages: Messages
        self.publishing: Publishing
        self.lanes: Lanes
        self.line: Line
        self.schedules: Schedules
        self.sessions: Sessions
        self.timers: Timers
        """These call back; the composition sets them before ``start``."""
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self.caching.start(tasks)
        self.evaluating.start(tasks)
        self.inside.start(tasks)
        self.messages.start(tasks)
        if self.listening is not None:
            tasks.start_soon(self.listening.run)
        self.line.start(tasks)

    # Effects of a decision

    def decided(self, done: Done) -> None:
        at_once(self, done.events, done.after, done.pinned)

    def durable(self, done: Done) -> None:
        if done.after.parent_job is not None or not _BEYOND.isdisjoint(map(type, done.events)):
            self.family.durable(done)
            self.caching.durable(done.events, done.after)
            self.evaluating.durable(done.events, done.after)
            self.publishing.durable(done.events, done.after)
        if self.listening is not None and (
            self.listening.tells_tasks or done.pinned.plan.listeners.status
        ):
            self.listening.durable(done)
        self._contracts.tell(done.pinned, done.events, done.after)
        if self.watches.by_job:
            self.watches.tell(done.after.job_id)
        if self.durations.wanted:
            self.durations.tell(done.events, done.after)

    def lost(self, job_id: str, tail: JobState) -> None:
        for number in tail.open:
            self.settle(job_id, number)
        self.disarm_job(job_id)
        if not self._lost:
            self._tasks.start_soon(self._recover_lost)
        self._lost.add(job_id)

    def take_up(self, state: JobState) -> None:
        """Go on with a job read from the log: after a start, a lost commit, an eviction."""
        still_open(self, state)
        self._handout.match_soon()
        self.family.take_up(state)
        self.caching.take_up(state)
        self.evaluating.take_up(state)
        self.publishing.take_up(state)
        for task in state.open_tasks():
            command = self.inside.after_crash((state.job_id, task.number), task)
            if command is not None:
                self.send(state.job_id, command)

    # The caches that reactions change

    def offer(self, state: JobState, task: TaskState, pinned: Pinned | None = None) -> None:
        """Raises Cold when ``pinned`` is not given."""
        lane = None
        if self.lanes.are_any or task.made.own_limit:
            lane = self.lanes.lane_of(state, task, lambda: pinned or self._jobs.pinned(state))
        ready = Ready(
            rank=-state.frame.priority,
            turn=0 if task.returned else 1,
            position=task.ready_position,
            job_id=state.job_id,
            task=task.number,
            since=task.updated_at,
            lane="" if lane is None else lane.name,
        )
        self._handout.offer(ready, task.made.task_type, task.made.domain)
        if lane is not None:
            self.lanes.wait_in(lane)

    def track(self, job_id: str, task: TaskState) -> None:
        key = (job_id, task.number)
        self._handout.taken(key, task.made.task_type, task.made.domain)
        self.timers.rearm(job_id, task.number, deadlines(task) if task.is_open else [])
        if task.session:
            self.sessions.holds(task.session, key)
        else:
            self.sessions.released(key)

    def settle(self, job_id: str, task: int) -> None:
        key = (job_id, task)
        self._handout.withdraw(key)
        self.timers.disarm(job_id, task)
        self.sessions.released(key)

    def arm(self, job_id: str, task: int, timer: str, due_at: int) -> None:
        self.timers.arm(job_id, task, timer, due_at)

    def disarm_job(self, job_id: str) -> None:
        self.timers.disarm(job_id, JOB)

    # Commands of the daemon's own

    def run(self, act: Callable[[], Any]) -> None:
        """Do ``act`` now, or as soon as what it needs is loaded."""
        try:
            act()
        except Cold as cold:
            self._tasks.start_soon(self._run_cold, act, cold)
        except EventStoreError as error:
            _log.warning("not carried out", error=str(error))

    async def _run_cold(self, act: Callable[[], Any], cold: Cold) -> None:
        if await self._loaded(cold.what, cold.load):
            self.run(act)

    async def _loaded(self, what: str, load: Callable[[], Awaitable[None]]) -> bool:
        """What cannot be read stops nothing else; whoever asks for it is told why."""
        try:
            await load()
        except EventStoreError as error:
            _log.error("cannot be read", what=what, error=str(error))
            return False
        return True

    def send(self, job_id: str, command: Command, context: Context = DAEMON) -> None:
        self.run(lambda: self._jobs.execute(job_id, command, context))

    def fire(self, job_id: str, task: int, timer: str, due_at: int) -> None:
        """A timer came due."""
        if timer == WAKE:
            self.run(lambda: self._wake(job_id))
            return
        if timer == SCHEDULE:
            self.schedules.wake(job_id)
            return
        if timer == WINDOW:
            self.lanes.look_again(job_id)
            return
        command = FireTimer(timer=timer, due_at=due_at, task=None if task == JOB else task)
        self.send(job_id, command)

    def _wake(self, job_id: str, *, lost: bool = False) -> None:
        state = self._jobs.cell(job_id).tail
        if state is None:
            return
        self.take_up(state)
        if lost:
            self.family.ask_again(state)

    def give_back(self, key: TaskKey, session: str) -> None:
        """A session stayed away past its grace period."""
        why = f"its worker's session {session} is gone"
        self.send(key[0], ReturnTask(task=key[1], why=why, session=session))

    def start_task(self, ready: Ready, poll: Poll) -> HandedOut | NoSlot | None:
        number = ready.task
        try:
            done = self._start_task(ready, poll)
        except Cold as cold:
            self._tasks.start_soon(self._run_cold, lambda: self._offer_again(ready.key), cold)
            return None
        if isinstance(done, Refusal):
            return None
        if isinstance(done, NoSlot):
            return done
        if poll.request is not None:
            # Only the first of a poll's batches is found by its request id.
            poll.request = replace(poll.request, indexed=False)
        try:
            order = work_order(done.pinned, self.sources, done.after, done.after.tasks[number])
        except MissingSecret as missing:
            self.send(ready.job_id, _not_handed_out(number, poll.worker, missing))
            return None
        return HandedOut(order, done.position.last)

    def _start_task(self, ready: Ready, poll: Poll) -> Done | NoSlot | Refusal:
        command = StartTask(task=ready.task, worker=poll.worker, session=poll.session)
        context = Context(poll.actor, poll.request)
        lane = self._lane(ready) if ready.lane or self.lanes.are_any else None
        if lane is None:
            return self._jobs.execute(ready.job_id, command, context)
        claims = self.lanes.claim(lane, f"{ready.job_id}.{ready.task}")
        if claims is None:
            return NoSlot(lane.name)
        command = replace(command, limit=lane.limit)
        return self._jobs.execute(ready.job_id, command, context, claims=claims)

    def _lane(self, ready: Ready) -> Lane | None:
        state = self._jobs.cell(ready.job_id).tail
        task = None if state is None else state.tasks.get(ready.task)
        if state is None or task is None or not task.is_ready:
            return None
        return self.lanes.lane_of(state, task, lambda: self._jobs.pinned(state))

    def _offer_again(self, key: TaskKey) -> None:
        state = self._jobs.cell(key[0]).tail
        task = None if state is None else state.tasks.get(key[1])
        if state is not None and task is not None and task.is_ready:
            self.offer(state, task)
            self._handout.match()

    # After a lost commit

    async def _recover_lost(self) -> None:
        """Read the jobs again, but not at once: a full disk stays full for a while."""
        await anyio.sleep(self._retry_seconds)
        lost, self._lost = sorted(self._lost), set()
        for job_id in lost:
            if await self._loaded(f"job {job_id}", partial(self._jobs.load, job_id)):
                self.run(partial(self._wake, job_id, lost=True))
        self._handout.match()


def _not_handed_out(number: int, worker: str, missing: MissingSecret) -> Report:
    """The attempt fails and nobody is given it; the step's retries decide."""
    return Report(task=number, status=TaskStatus.FAILED, worker=worker, reason=str(missing))

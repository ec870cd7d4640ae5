"""Calls of ``job.wait`` under way: looked at when something of their jobs becomes durable,
answered when what they wait for is there, when the time is over, or when the daemon stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from daemon.decider.state import JobState, TaskState
from daemon.operations.calls import Reply
from daemon.reactor.jobs import Jobs
from daemon.reactor.watching import Watches


class Found(NamedTuple):
    job: JobState
    task: int


class Sought:
    """What ends a wait beside the end of the job: a task of one of ``refs`` that ended, an
    open one of ``task_types`` that no time ends, in the job or in one that works for an open
    task of it; an event of the job with a sequence above ``after``."""

    __slots__ = ("after", "refs", "task_types")

    def __init__(
        self, *, refs: frozenset[str], task_types: frozenset[str], after: int | None
    ) -> None:
        self.refs = refs
        self.task_types = task_types
        self.after = after

    def _is_met_by(self, task: TaskState) -> bool:
        if task.is_open:
            return task.task_type in self.task_types and task.complete_at is None
        return task.ref in self.refs

    def _candidates(self, state: JobState) -> list[TaskState]:
        """Open tasks and those of the refs, in the order of the job's list."""
        numbers = set(state.open)
        numbers.update(state.refs[ref] for ref in self.refs if ref in state.refs)
        return sorted((state.tasks[one] for one in numbers), key=lambda task: task.place)

    def first(self, jobs: Jobs, state: JobState, seen: list[str]) -> Found | None:
        """The first such task, children looked at where they stand; ``seen`` gets the jobs
        that were looked at. Raises Cold."""
        for task in self._candidates(state) if self.refs or self.task_types else ():
            if self._is_met_by(task):
                return Found(state, task.number)
            if task.is_open and task.child_job is not None:
                seen.append(task.child_job)
                child = jobs.cell(task.child_job).durable
                found = None if child is None else self.first(jobs, child, seen)
                if found is not None:
                    return found
        return None


class Wait:
    """One call. ``state`` is the job as it is durable when the wait begins."""

    def __init__(
        self, waits: Waits, state: JobState, sought: Sought, answer: Reply, session: str
    ) -> None:
        self._waits = waits
        self._state = state
        self._sought = sought
        self._answer = answer
        self.session = session
        self._watched: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._soon = False
        self._over = False

    def begin(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self.time_is_over)
        self._waits.run(self.look)

    def stirred(self) -> None:
        """One look for a whole group of commits."""
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._waits.run, self.look)

    def look(self) -> None:
        """Raises Cold."""
        self._soon = False
        if self._over:
            return
        seen = [self._state.job_id]
        try:
            state = self._waits.jobs.cell(self._state.job_id).durable
            assert state is not None, "the job was there when the wait began"
            self._state = state
            found = self._sought.first(self._waits.jobs, state, seen)
        finally:
            self._watch(set(seen))
        if state.has_ended:
            self._end("ended", found)
        elif found is not None:
            self._end("task", found)
        elif self._sought.after is not None and state.sequence > self._sought.after:
            self._end("event", None)

    def time_is_over(self) -> None:
        """Answered as it stands. Safe to repeat."""
        if not self._over:
            self._end("time", None)

    def drop(self) -> None:
        """Nobody listens any more. Safe to repeat."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._watch(set())
        self._waits.discard(self)

    def _watch(self, jobs: set[str]) -> None:
        for job_id in self._watched - jobs:
            self._waits.watches.discard(job_id, self)
        for job_id in jobs - self._watched:
            self._waits.watches.add(job_id, self)
        self._watched = jobs

    def _end(self, met: str, found: Found | None) -> None:
        self.drop()
        self._answer(
            {
                "jobId": self._state.job_id,
                "status": self._state.status.value,
                "met": met,
                "taskId": None if found is None else found.job.task_id(found.task),
            }
        )


class Waits:
    def __init__(
        self, jobs: Jobs, watches: Watches, run: Callable[[Callable[[], None]], None]
    ) -> None:
        """``run`` does something that may raise Cold, again once what it needs is loaded."""
        self.jobs = jobs
        self.watches = watches
        self.run = run
        self._running: dict[Wait, None] = {}

    def __len__(self) -> int:
        return len(self._running)

    def begin(
        self, state: JobState, sought: Sought, seconds: float, answer: Reply, session: str
    ) -> None:
        wait = Wait(self, state, sought, answer, session)
        self._running[wait] = None
        wait.begin(seconds)

    def discard(self, wait: Wait) -> None:
        self._running.pop(wait, None)

    def gone(self, session: str) -> None:
        for wait in tuple(self._running):
            if wait.session == session:
                wait.drop()

    def end_all(self) -> None:
        """The daemon stops: each is answered as it stands."""
        for wait in tuple(self._running):
            wait.time_is_over()

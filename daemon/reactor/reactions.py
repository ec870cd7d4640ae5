"""Which effect follows which event: a pure table (DESIGN §1.8).

``at_once`` are changes of caches (queues, timers, sessions): they may run ahead of the
disk, since nothing leaves the daemon before its events are durable, and a lost commit
undoes them. Commands to other jobs (``asks_failure_job``) wait for the disk.
``still_open`` finds the caches' part again from a folded job, after a start or a lost
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Protocol

from daemon.decider.on_timer import deadlines
from daemon.decider.state import FailureRequest, JobState, TaskState
from daemon.decider.turn import Pinned
from daemon.timers.heap import JOB
from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    Event,
    JobResumed,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskExtended,
    TaskFailed,
    TaskProgressed,
    TaskReopened,
    TaskReturned,
    TaskScheduled,
    TasksSuperseded,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
    TimerFired,
    TimerSet,
)


class Caches(Protocol):
    """What is changed: queues, timers, sessions. Every change is safe to repeat."""

    def offer(self, state: JobState, task: TaskState, pinned: Pinned | None) -> None:
        """The task lies in its queue. ``pinned``: what its job runs, where that is known."""

    def settle(self, job_id: str, task: int) -> None:
        """The task is out of every queue, session and timer."""

    def track(self, job_id: str, task: TaskState) -> None:
        """The task left its queue; its deadlines and its session are watched."""

    def arm(self, job_id: str, task: int, timer: str, due_at: int) -> None: ...
    def disarm_job(self, job_id: str) -> None:
        """No timer of the job itself is pending."""


Reaction = Callable[[Caches, JobState, Any, Pinned | None], None]
"""Given what to change, the state behind the last event, the event, and the plan."""


def at_once(
    caches: Caches, events: Iterable[Event], after: JobState, pinned: Pinned | None
) -> None:
    """In the order of the events; ``after`` is the state behind the last of them."""
    for event in events:
        react = _AT_ONCE.get(type(event))
        if react is not None:
            react(caches, after, event, pinned)
    if after.has_ended:
        caches.disarm_job(after.job_id)


def _watch_again(caches: Caches, after: JobState, event: Any, pinned: Pinned | None) -> None:
    """The task is (again) one that waits to be handed out, or for its time."""
    if event.task in after.open:
        _watch(caches, after, after.tasks[event.task], pinned)


def _settled(caches: Caches, after: JobState, event: Any, pinned: Pinned | None) -> None:
    caches.settle(after.job_id, event.task)


def _taken(caches: Caches, after: JobState, event: Any, pinned: Pinned | None) -> None:
    caches.track(after.job_id, after.tasks[event.task])


def _done_but_for_others(
    caches: Caches, after: JobState, event: TaskExecuted, pinned: Pinned | None
) -> None:
    """What it waits for may have been there, and a loop may have forgotten it since."""
    if event.task in after.tasks:
        _taken(caches, after, event, pinned)
    else:
        _settled(caches, after, event, pinned)


def _back_in_its_queue(caches: Caches, after: JobState, event: Any, pinned: Pinned | None) -> None:
    _settled(caches, after, event, pinned)
    _watch_again(caches, after, event, pinned)


def _armed(caches: Caches, after: JobState, event: TimerSet, pinned: Pinned | None) -> None:
    if event.task is None:
        caches.arm(after.job_id, JOB, event.timer, event.due_at)


def _all_settled(
    caches: Caches, after: JobState, event: TasksSuperseded, pinned: Pinned | None
) -> None:
    for number in event.tasks:
        caches.settle(after.job_id, number)


def _watch_all(caches: Caches, after: JobState, event: Event, pinned: Pinned | None) -> None:
    for task in after.open_tasks():
        _watch(caches, after, task, pinned)


_AT_ONCE: dict[type[Event], Reaction] = {
    TaskScheduled: _watch_again,
    TaskStarted: _taken,
    TaskExtended: _taken,
    TaskExecuted: _done_but_for_others,
    TaskReopened: _watch_again,
    TaskCompleted: _settled,
    CachedOutputFound: _settled,
    CachedOutputMissed: _watch_again,
    TaskFailed: _settled,
    TaskDecided: _settled,
    TaskTimedOut: _settled,
    TaskCanceled: _settled,
    TaskReturned: _back_in_its_queue,
    TaskProgressed: _back_in_its_queue,
    TimerFired: _watch_again,
    TimerSet: _armed,
    TasksSuperseded: _all_settled,
    JobResumed: _watch_all,
}


def _watch(caches: Caches, state: JobState, task: TaskState, pinned: Pinned | None) -> None:
    if task.is_ready:
        caches.offer(state, task, pinned)
    elif task.ready_at is not None:
        caches.arm(state.job_id, task.number, f"ready/{task.number}", task.ready_at)
    for timer, due in deadlines(task):
        caches.arm(state.job_id, task.number, timer, due)


def asks_failure_job(state: JobState) -> FailureRequest | None:
    """The job that is still to be started because of this one's failure. Read from the
    durable state: the command to the other job leaves no earlier."""
    asked = state.failure_request
    return asked if asked is not None and asked.answer is None else None


def still_open(caches: Caches, state: JobState) -> None:
    """What ``at_once`` would have left behind for a job read from the log."""
    if state.has_ended:
        return
    for task in state.open_tasks():
        if task.status is TaskStatus.IN_PROGRESS and task.offered:
            caches.track(state.job_id, task)
        _watch(caches, state, task, None)
    for timer, due in state.timers.items():
        if "/" not in timer:
            caches.arm(state.job_id, JOB, timer, due)


def _times(*names: str) -> tuple[Callable[[Event], Any], Any]:
    """How to get these times of an event, and what that gives when none is set."""
    if len(names) == 1:
        names *= 2  # so that it gives a tuple
    return attrgetter(*names), (None,) * len(names)


_DUE: dict[type[Event], tuple[Callable[[Event], Any], Any]] = {
    TaskStarted: _times("respond_by", "end_by"),
    TaskScheduled: _times("ready_at", "poll_by", "total_by", "complete_at", "end_by"),
    TaskReopened: _times("end_by"),
    TimerSet: _times("due_at"),
    TaskReturned: _times("poll_by"),
    TaskExtended: _times("respond_by"),
    TaskProgressed: _times("ready_at", "poll_by"),
}


def due_in(events: Iterable[Event]) -> int | None:
    """The first time that any of ``events`` asks to be woken at."""
    first: int | None = None
    for event in events:
        asked = _DUE.get(type(event))
        if asked is not None:
            times_of, none = asked
            times = times_of(event)
            if times != none:
                due = min(filter(None, times))
                first = due if first is None else min(first, due)
    return first

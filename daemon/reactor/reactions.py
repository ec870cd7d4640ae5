"""Which effect follows which event: a pure table (DESIGN §1.8).

``at_once`` are changes of caches (queues, timers, sessions): they may run ahead of the
disk, since nothing leaves the daemon before its events are durable, and a lost commit
undoes them. Commands to other jobs (``asks_failure_job``) wait for the disk.
``still_open`` finds the caches' part again from a folded job, after a start or a lost
commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from daemon.decider.on_timer import deadlines
from daemon.decider.state import FailureRequest, JobState, TaskState
from daemon.timers.heap import JOB
from eventstore.events import (
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


class Offer(msgspec.Struct, frozen=True):
    """The task lies in its queue."""

    task: int


class Settle(msgspec.Struct, frozen=True):
    """The task is out of every queue, session and timer."""

    task: int


class Track(msgspec.Struct, frozen=True):
    """The task left its queue; its deadlines and its session are watched."""

    task: int


class Arm(msgspec.Struct, frozen=True):
    task: int
    timer: str
    due_at: int


class DisarmJob(msgspec.Struct, frozen=True):
    """No timer of the job itself is pending."""


AtOnce = Offer | Settle | Track | Arm | DisarmJob


def at_once(events: Iterable[Event], after: JobState) -> Iterator[AtOnce]:
    """In the order of the events; ``after`` is the state behind the last of them."""
    for event in events:
        effects = _AT_ONCE.get(type(event))
        if effects is not None:
            yield from effects(event, after)
    if after.has_ended:
        yield DisarmJob()


def _watch_again(event: Any, after: JobState) -> Iterable[AtOnce]:
    """The task is (again) one that waits to be handed out, or for its time."""
    return _watch(after.tasks[event.task]) if event.task in after.open else ()


def _settled(event: Any, after: JobState) -> Iterable[AtOnce]:
    return (Settle(event.task),)


def _taken(event: Any, after: JobState) -> Iterable[AtOnce]:
    return (Track(event.task),)


def _back_in_its_queue(event: Any, after: JobState) -> Iterable[AtOnce]:
    return (*_settled(event, after), *_watch_again(event, after))


def _armed(event: TimerSet, after: JobState) -> Iterable[AtOnce]:
    return (Arm(JOB, event.timer, event.due_at),) if event.task is None else ()


def _all_settled(event: TasksSuperseded, after: JobState) -> Iterable[AtOnce]:
    return [Settle(number) for number in event.tasks]


def _watch_all(event: Event, after: JobState) -> Iterable[AtOnce]:
    return [effect for task in after.open_tasks() for effect in _watch(task)]


_AT_ONCE: dict[type[Event], Callable[[Any, JobState], Iterable[AtOnce]]] = {
    TaskScheduled: _watch_again,
    TaskStarted: _taken,
    TaskExtended: _taken,
    TaskExecuted: _taken,
    TaskReopened: _watch_again,
    TaskCompleted: _settled,
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


def _watch(task: TaskState) -> Iterator[AtOnce]:
    if task.is_ready:
        yield Offer(task.number)
    elif task.ready_at is not None:
        yield Arm(task.number, f"ready/{task.number}", task.ready_at)
    yield from (Arm(task.number, timer, due) for timer, due in deadlines(task))


def asks_failure_job(state: JobState) -> FailureRequest | None:
    """The job that is still to be started because of this one's failure. Read from the
    durable state: the command to the other job leaves no earlier."""
    asked = state.failure_request
    return asked if asked is not None and asked.answer is None else None


def still_open(state: JobState) -> Iterator[AtOnce]:
    """What ``at_once`` would have left behind for a job read from the log."""
    if state.has_ended:
        return
    for task in state.open_tasks():
        if task.status is TaskStatus.IN_PROGRESS and task.offered:
            yield Track(task.number)
        yield from _watch(task)
    for timer, due in state.timers.items():
        if "/" not in timer:
            yield Arm(JOB, timer, due)


_DUE: dict[type[Event], Callable[[Any], tuple[int | None, ...]]] = {
    TaskStarted: lambda event: (event.respond_by, event.end_by),
    TaskScheduled: lambda event: (
        event.ready_at,
        event.poll_by,
        event.total_by,
        event.complete_at,
        event.end_by,
    ),
    TaskReopened: lambda event: (event.end_by,),
    TimerSet: lambda event: (event.due_at,),
    TaskReturned: lambda event: (event.poll_by,),
    TaskExtended: lambda event: (event.respond_by,),
    TaskProgressed: lambda event: (event.ready_at, event.poll_by),
}


def due_in(events: Iterable[Event]) -> int | None:
    """The first time that any of ``events`` asks to be woken at."""
    first: int | None = None
    for event in events:
        times = _DUE.get(type(event))
        for at in () if times is None else times(event):
            if at is not None and (first is None or at < first):
                first = at
    return first

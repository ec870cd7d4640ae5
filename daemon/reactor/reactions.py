"""Which effect follows which event: a pure table (DESIGN §1.8).

``at_once`` are changes of caches (queues, timers, sessions): they may run ahead of the
disk, since nothing leaves the daemon before its events are durable, and a lost commit
undoes them. Commands to other jobs (``asks_failure_job``) wait for the disk.
``still_open`` finds the caches' part again from a folded job, after a start or a lost
commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
        match event:
            case TaskScheduled() if event.task in after.open:
                yield from _watch(after.tasks[event.task])
            case TaskStarted() | TaskExtended() | TaskExecuted():
                yield Track(event.task)
            case TaskCompleted() | TaskFailed() | TaskDecided() | TaskTimedOut() | TaskCanceled():
                yield Settle(event.task)
            case TaskReturned() | TaskProgressed() if event.task in after.open:
                yield Settle(event.task)
                yield from _watch(after.tasks[event.task])
            case TimerFired(task=int() as number) if number in after.open:
                yield from _watch(after.tasks[number])
            case TimerSet(task=None):
                yield Arm(JOB, event.timer, event.due_at)
            case TasksSuperseded():
                yield from (Settle(number) for number in event.tasks)
            case JobResumed():
                for task in after.open_tasks():
                    yield from _watch(task)
    if after.has_ended:
        yield DisarmJob()


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


def due_in(events: Iterable[Event]) -> int | None:
    """The first time that any of ``events`` asks to be woken at."""
    first: int | None = None
    for event in events:
        match event:
            case TaskStarted():
                first = _earliest(first, event.respond_by, event.end_by)
            case TaskScheduled():
                first = _earliest(
                    first, event.ready_at, event.poll_by, event.total_by, event.complete_at
                )
            case TimerSet():
                first = _earliest(first, event.due_at)
            case TaskReturned():
                first = _earliest(first, event.poll_by)
            case TaskExtended():
                first = _earliest(first, event.respond_by)
            case TaskProgressed():
                first = _earliest(first, event.ready_at, event.poll_by)
    return first


def _earliest(*times: int | None) -> int | None:
    return min((time for time in times if time is not None), default=None)

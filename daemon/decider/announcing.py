"""Who is told of a decision: messages about what it changed, as the plan wants them.

Only a plan with listeners is asked, and once, when everything else is decided: a task that the
decision scheduled and ended at once is shown as ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from daemon.decider.publishing import publish
from daemon.decider.turn import Turn
from daemon.dialects.announcing import JobChange, Listeners, TaskChange
from eventstore.events import (
    CachedOutputFound,
    Event,
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskScheduled,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
)

_BAD_END = (JobChange.FINALIZED, JobChange.TERMINATED)

OF_JOBS: dict[type[Event], tuple[JobChange, ...]] = {
    JobSubmitted: (JobChange.STARTED,),
    JobCompleted: (JobChange.COMPLETED, JobChange.FINALIZED),
    JobFailed: _BAD_END,
    JobTimedOut: _BAD_END,
    JobTerminated: _BAD_END,
    JobPaused: (JobChange.PAUSED,),
    JobHeld: (JobChange.PAUSED,),
    JobResumed: (JobChange.RESUMED,),
    JobRestarted: (JobChange.RESTARTED,),
    JobRetried: (JobChange.RETRIED,),
    JobRerun: (JobChange.RERUN,),
}
"""In the order in which the original calls its listener (reference conductor.md §3.9)."""

_ENDS = TaskCompleted | TaskFailed | TaskDecided | TaskTimedOut | TaskCanceled | CachedOutputFound

_BY_STATUS = {
    TaskStatus.COMPLETED: TaskChange.SUCCEEDED,
    TaskStatus.COMPLETED_WITH_ERRORS: TaskChange.SUCCEEDED,
    TaskStatus.FAILED: TaskChange.FAILED,
    TaskStatus.FAILED_WITH_TERMINAL_ERROR: TaskChange.FAILED,
    TaskStatus.TIMED_OUT: TaskChange.FAILED,
    TaskStatus.CANCELED: TaskChange.CANCELED,
}


def announce(turn: Turn, listeners: Listeners) -> None:
    announcer = listeners.announcer
    if announcer is None and turn.state.tells:
        announcer = listeners.forked
    if announcer is None:
        return
    for event in tuple(turn.events):
        for change in OF_JOBS.get(type(event), ()):
            for move in announcer.of_job(turn.state, change):
                publish(turn, move)
    for number, task_change in dict.fromkeys(_task_changes(turn)):
        task = turn.state.tasks.get(number)
        if task is not None:
            for move in announcer.of_task(turn.state, task, task_change):
                publish(turn, move)


def _task_changes(turn: Turn) -> Iterator[tuple[int, TaskChange]]:
    """Of an end that the decision overruled only the last word is told."""
    for event in turn.events:
        match event:
            case TaskScheduled():
                yield event.task, TaskChange.SCHEDULED
                if not event.offered:
                    yield event.task, TaskChange.STARTED
            case TaskStarted():
                yield event.task, TaskChange.STARTED
            case _ if isinstance(event, _ENDS):
                yield from _end(turn, event)


def _end(turn: Turn, event: Any) -> Iterator[tuple[int, TaskChange]]:
    task = turn.state.tasks.get(event.task)
    change = None if task is None else _BY_STATUS.get(task.status)
    if change is not None:
        yield event.task, change

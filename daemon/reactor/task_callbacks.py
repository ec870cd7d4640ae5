"""What a webhook is told of tasks: Conductor's listener of their statuses (conductor.md §7)."""

from __future__ import annotations

from typing import Any

from daemon.decider.state import JobState
from eventstore.events import (
    Event,
    TaskCanceled,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskScheduled,
    TaskSkipped,
    TaskStarted,
    TaskStatus,
    TaskTimedOut,
)
from eventstore.store import Recorded
from projections.times import iso, iso_or_none

ALL = "*"

_STATUS: dict[type[Event], TaskStatus] = {
    TaskScheduled: TaskStatus.SCHEDULED,
    TaskStarted: TaskStatus.IN_PROGRESS,
    TaskCompleted: TaskStatus.COMPLETED,
    TaskTimedOut: TaskStatus.TIMED_OUT,
    TaskCanceled: TaskStatus.CANCELED,
    TaskSkipped: TaskStatus.SKIPPED,
}
_WITH_STATUS = (TaskFailed, TaskDecided)
"""These say it themselves."""
OF_TASKS: frozenset[type[Event]] = frozenset((*_STATUS, *_WITH_STATUS))

_NOT_ENDED = (TaskStatus.SCHEDULED, TaskStatus.IN_PROGRESS)
WORDS = {
    TaskStatus.SCHEDULED: "scheduled",
    TaskStatus.IN_PROGRESS: "inProgress",
    TaskStatus.COMPLETED: "completed",
    TaskStatus.COMPLETED_WITH_ERRORS: "completedWithErrors",
    TaskStatus.FAILED: "failed",
    TaskStatus.FAILED_WITH_TERMINAL_ERROR: "failedWithTerminalError",
    TaskStatus.TIMED_OUT: "timedOut",
    TaskStatus.CANCELED: "canceled",
    TaskStatus.SKIPPED: "skipped",
}


def wanted_statuses(words: str) -> frozenset[TaskStatus]:
    """Of the setting ``listener.task_statuses``."""
    named = words.split()
    return frozenset(status for status, word in WORDS.items() if ALL in named or word in named)


def status_of(event: Any) -> TaskStatus:
    """Of the task that an event of ``OF_TASKS`` is about, as it leaves it."""
    status: TaskStatus = event.status if type(event) in _WITH_STATUS else _STATUS[type(event)]
    return status


def task_summary(state: JobState, recorded: Recorded) -> dict[str, Any] | None:
    """Conductor's TaskSummary without input and output, at that event. None: the job was run
    again from before the task, which is gone."""
    event: Any = recorded.event
    task = state.tasks.get(event.task)
    if task is None:
        return None
    status = status_of(event)
    started = None if status is TaskStatus.SCHEDULED else task.started_at
    return {
        "callback": WORDS[status],
        "workflowId": state.job_id,
        "workflowType": state.workflow,
        "correlationId": state.correlation_id,
        "workflowPriority": state.frame.priority,
        "taskId": state.task_id(task.number),
        "taskType": task.task_type,
        "taskDefName": task.name,
        "referenceTaskName": task.ref,
        "retryCount": task.attempt,
        "domain": task.domain,
        "status": status.value,
        "scheduledTime": iso(task.scheduled_at),
        "startTime": iso_or_none(started),
        "updateTime": iso(recorded.at),
        "endTime": None if status in _NOT_ENDED else iso(recorded.at),
        "reasonForIncompletion": getattr(event, "reason", None),
    }

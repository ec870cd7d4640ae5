"""What a plan wants to be told of changes of state."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from daemon.dialects.moves import Publish

if TYPE_CHECKING:
    from daemon.dialects.plan import JobView, TaskView


class TaskChange(StrEnum):
    SCHEDULED = "onScheduled"
    STARTED = "onStart"
    SUCCEEDED = "onSuccess"
    FAILED = "onFailed"
    CANCELED = "onCancelled"


class JobChange(StrEnum):
    STARTED = "started"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    """Any bad end."""
    FINALIZED = "finalized"
    """What was open when the job ended is canceled."""
    PAUSED = "paused"
    RESUMED = "resumed"
    RESTARTED = "restarted"
    RETRIED = "retried"
    RERUN = "rerun"


class Announcer(Protocol):
    """Asked once a decision is drawn to its end, on the state that it leaves."""

    def of_task(self, job: JobView, task: TaskView, change: TaskChange) -> Iterable[Publish]: ...
    def of_job(self, job: JobView, change: JobChange) -> Iterable[Publish]: ...


class Listeners(msgspec.Struct, frozen=True, kw_only=True):
    publishes: bool = False
    """There may be messages, from one of the two."""
    announcer: Announcer | None = None
    """Messages that are part of the decision; None: the definition itself names none."""
    forked: Announcer | None = None
    """Asked instead of None, once a task has told that others publish messages."""
    status: bool = False
    """The job's callbacks are told to whom the daemon's settings name."""
    sink: str | None = None
    """And to this URL, if they allow it."""


NOBODY = Listeners()

"""What a worker's function may be given, return and raise."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playhead.documents import TaskDocument


class NonRetryable(Exception):
    """Raise it when no other attempt can succeed: FAILED_WITH_TERMINAL_ERROR."""


@dataclass(frozen=True, kw_only=True)
class InProgress:
    """Return it to be given the task again after ``callback_seconds``."""

    callback_seconds: float
    output: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One attempt, as it was handed out. ``document`` has all of it."""

    task_id: str
    job_id: str
    ref: str
    task_type: str
    attempt: int
    poll_count: int
    input: dict[str, Any]
    respond_by_seconds: float | None
    document: TaskDocument
    unwanted: threading.Event = field(default_factory=threading.Event)
    """Set when the attempt has ended without this worker, which a function in a thread
    may look at; an async one is cancelled."""


def task_of(document: TaskDocument) -> Task:
    return Task(
        task_id=document["taskId"],
        job_id=document["jobId"],
        ref=document["ref"],
        task_type=document["taskType"],
        attempt=document["attempt"],
        poll_count=document.get("pollCount", 0),
        input=document["input"],
        respond_by_seconds=document.get("respondBySeconds"),
        document=document,
    )

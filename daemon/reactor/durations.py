"""How long tasks waited and ran and jobs took, for whoever draws curves of it.

Nothing is measured before somebody asked for it the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from daemon.decider.state import JobState, TaskState
from eventstore.events import (
    Event,
    JobCompleted,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskStarted,
    TaskTimedOut,
)

MOST = 10_000
"""Task types, statuses and workflows that are told apart; what is new beyond is not measured."""


class Measured(NamedTuple):
    """``kind`` with the values of what it is told apart by."""

    kind: str
    of: tuple[str, ...]


class Durations:
    """Of what became durable since ``begin``."""

    def __init__(self) -> None:
        self.wanted = False
        self._found: dict[Measured, list[int]] = {}

    def begin(self) -> None:
        """Safe to repeat."""
        self.wanted = True

    def all(self) -> list[tuple[Measured, int, int]]:
        """With how often it was measured, and the microseconds of all times together."""
        return [(of, count, total) for of, (count, total) in self._found.items()]

    def tell(self, events: Sequence[Event], after: JobState) -> None:
        """``after``: the job behind the last of the events, all of one decision."""
        ended: dict[int, None] = {}
        for event in events:
            match event:
                case TaskStarted():
                    self._waited(after.tasks[event.task])
                case TaskCompleted() | TaskFailed() | TaskTimedOut() | TaskDecided():
                    ended[event.task] = None
                case JobCompleted() if after.ended_at is not None:
                    self._add("job", (after.workflow,), after.ended_at - after.started_at)
        for number in ended:
            task = after.tasks.get(number)
            if task is not None:  # its loop may have forgotten it
                self._ran(after, task)

    def _waited(self, task: TaskState) -> None:
        if task.started_at is not None:
            self._add("queueWait", (task.task_type,), task.started_at - task.scheduled_at)

    def _ran(self, state: JobState, task: TaskState) -> None:
        if task.started_at is not None and task.ended_at is not None:
            of = (task.name or task.task_type, task.status.value)
            self._add("run", of, task.ended_at - task.started_at)
            self._add("runWithRetries", of, _with_retries(state, task))

    def _add(self, kind: str, of: tuple[str, ...], microseconds: int) -> None:
        key = Measured(kind, of)
        found = self._found.get(key)
        if found is not None:
            found[0] += 1
            found[1] += microseconds
        elif len(self._found) < MOST:
            self._found[key] = [1, microseconds]


def _with_retries(state: JobState, task: TaskState) -> int:
    total = 0
    attempt: TaskState | None = task
    while attempt is not None:
        if attempt.started_at is not None and attempt.ended_at is not None:
            total += attempt.ended_at - attempt.started_at
        before = attempt.retry_of
        attempt = None if before is None else state.tasks.get(before)
    return total

"""Outputs that are kept for other tasks: looking for one, and keeping one (ADR 0014)."""

from __future__ import annotations

from daemon.decider.state import TaskState
from daemon.decider.turn import SECOND, Turn
from eventstore.events import CachedOutputSought, TaskOutputCached


def seek(turn: Turn, number: int) -> None:
    """Before the first attempt of a step. One that has ended already needs none; retries and
    reruns are there to do the work again."""
    task = turn.task(number)
    if task.is_open and task.made.cache is not None:
        turn.emit(CachedOutputSought(task=number, digest=task.made.cache.digest))


def keep(turn: Turn, task: TaskState) -> None:
    """The output that the event before this one holds is good for others."""
    use = task.made.cache
    if use is not None:
        until = turn.now + use.seconds * SECOND
        turn.emit(TaskOutputCached(task=task.number, digest=use.digest, until=until))

"""Contracts that were broken where that stops nothing: an operator hears of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

import structlog

from daemon.decider.state import JobState
from daemon.decider.turn import Pinned
from daemon.dialects.plan import Contracts, TaskView
from eventstore.events import Event, TaskCompleted, TaskDecided, TaskFailed

_log = structlog.get_logger("contracts")

COUNTER = "contracts_broken"


@runtime_checkable
class HasContracts(Protocol):
    """A plan of a language in which steps have contracts."""

    def breaches(self, task: TaskView) -> Iterable[str]:
        """How an ended task broke them although ``contracts = warn`` let it pass."""


class BrokenContracts:
    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters

    def tell(self, pinned: Pinned, events: Iterable[Event], job: JobState) -> None:
        """Of the tasks that ended with ``events``, which led to ``job``."""
        if pinned.policy.contracts is not Contracts.WARN:
            return
        if not isinstance(pinned.plan, HasContracts):
            return
        for number in _ended(events):
            task = job.tasks[number]
            for broken in pinned.plan.breaches(task):
                self._counters[COUNTER] += 1
                _log.warning(
                    "contract broken",
                    job_id=job.job_id,
                    task_id=job.task_id(number),
                    workflow=job.frame.workflow,
                    ref=task.ref,
                    why=broken,
                )


def _ended(events: Iterable[Event]) -> Iterator[int]:
    for event in events:
        if isinstance(event, TaskCompleted | TaskDecided | TaskFailed):
            yield event.task

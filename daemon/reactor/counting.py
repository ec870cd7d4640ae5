"""Counters, counted where events become durable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from eventstore.events import Event, JobFailed, JobTerminated, JobTimedOut, JobTimeoutAlerted
from eventstore.store import EventStoreError, Recorded

WORKFLOW_FAILURE = 'workflow_failure{{status="{status}"}}'
"""The counter that ``timeoutPolicy`` ALERT_ONLY raises (seed page, Timeout Policy)."""

_FAILURES = {
    JobTimeoutAlerted: "TIMED_OUT",
    JobTimedOut: "TIMED_OUT",
    JobFailed: "FAILED",
    JobTerminated: "TERMINATED",
}


@cache
def _name(kind: type[Event]) -> str:
    return f'events{{type="{kind.__name__}"}}'


class Counting:
    """A listener of the store."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters

    def on_durable(self, events: Sequence[Recorded]) -> None:
        counters = self._counters
        counters["commits"] += 1
        for one in events:
            kind = type(one.event)
            counters[_name(kind)] += 1
            status = _FAILURES.get(kind)
            if status is not None:
                counters[WORKFLOW_FAILURE.format(status=status)] += 1

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        self._counters["commits_failed"] += 1

"""Counters, counted where events become durable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter

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


_EVENT: Callable[[Recorded], Event] = attrgetter("event")


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
        kinds: Iterable[type[Event]] = map(type, map(_EVENT, events))
        for kind, count in Counter(kinds).items():
            counters[_name(kind)] += count
            status = _FAILURES.get(kind)
            if status is not None:
                counters[WORKFLOW_FAILURE.format(status=status)] += count

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        self._counters["commits_failed"] += 1

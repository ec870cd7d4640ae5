"""Who polled last, for the pages that show it. In memory only: it says who is there."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

MOST = 10_000
"""Task types and domains that are remembered."""


class Polled:
    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str | None], tuple[str, int]] = OrderedDict()
        self._times: Counter[tuple[str, str | None]] = Counter()

    def note(self, task_type: str, domain: str | None, worker: str, now: int) -> None:
        key = (task_type, domain)
        self._last[key] = (worker, now)
        self._times[key] += 1
        self._last.move_to_end(key)
        while len(self._last) > MOST:
            forgotten, _ = self._last.popitem(last=False)
            del self._times[forgotten]

    def counts(self) -> list[tuple[str, str | None, int]]:
        """How often each task type and domain was polled over HTTP."""
        return [
            (of, domain, times)
            for (of, domain), times in sorted(
                self._times.items(), key=lambda one: (one[0][0], one[0][1] or "")
            )
        ]

    def rows(self, task_type: str | None = None) -> list[dict[str, Any]]:
        """PollData."""
        return [
            {"queueName": of, "domain": domain, "workerId": worker, "lastPollTime": at}
            for (of, domain), (worker, at) in sorted(self._last.items(), key=lambda one: one[0][0])
            if task_type is None or of == task_type
        ]

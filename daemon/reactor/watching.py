"""Who wants to hear that something of a job became durable.

Nobody does of most jobs, so a decision costs one look at an empty table.
"""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    def stirred(self) -> None:
        """Something of a watched job is durable now."""


class Watches:
    def __init__(self) -> None:
        self.by_job: dict[str, dict[Watcher, None]] = {}

    def add(self, job_id: str, watcher: Watcher) -> None:
        """Safe to repeat."""
        self.by_job.setdefault(job_id, {})[watcher] = None

    def discard(self, job_id: str, watcher: Watcher) -> None:
        """Safe to repeat."""
        watchers = self.by_job.get(job_id)
        if watchers is None:
            return
        watchers.pop(watcher, None)
        if not watchers:
            del self.by_job[job_id]

    def tell(self, job_id: str) -> None:
        for watcher in tuple(self.by_job.get(job_id, ())):
            watcher.stirred()

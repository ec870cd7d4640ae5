"""What follows when slots of a limit are taken, freed, or lost with a commit."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
import structlog
from anyio.abc import TaskGroup

from daemon.reactor.lanes import Lanes
from daemon.reactor.limits import Limits, LimitsEffects
from eventstore.store import EventStoreError

_log = structlog.get_logger("limits")


class Line(LimitsEffects):
    def __init__(self, limits: Limits, lanes: Lanes, *, retry_seconds: float) -> None:
        self._limits = limits
        self._lanes = lanes
        self._retry_seconds = retry_seconds
        self._lost: set[str] = set()
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks

    def moved(self, limits: Iterable[str]) -> None:
        self._lanes.moved(limits)

    def lost(self, limits: Iterable[str]) -> None:
        """Read them again, but not at once: a full disk stays full for a while."""
        if not self._lost:
            self._tasks.start_soon(self._recover)
        self._lost.update(limits)
        self._lanes.lost(limits)

    async def _recover(self) -> None:
        await anyio.sleep(self._retry_seconds)
        lost, self._lost = sorted(self._lost), set()
        for limit in lost:
            try:
                await self._limits.load(limit)
            except EventStoreError as error:
                _log.error("a limit cannot be read", limit=limit, error=str(error))
            else:
                self._lanes.look_again(limit)

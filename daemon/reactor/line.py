"""What follows when slots of a limit are taken, freed, or lost with a commit: closed lanes of
tasks open, and the job that is next in line is admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import anyio
import structlog
from anyio.abc import TaskGroup

from daemon.decider.commands import Admit, Command
from daemon.reactor.cold import Cold
from daemon.reactor.jobs import Context
from daemon.reactor.lanes import OF_TASK_TYPES, Lanes
from daemon.reactor.limits import STREAMS, Limits, LimitsEffects
from eventstore.store import EventStore, EventStoreError

_log = structlog.get_logger("limits")

Send = Callable[[str, Command, Context], None]


class Line(LimitsEffects):
    """``send`` has a command carried out on a job, loading it if need be."""

    def __init__(
        self, store: EventStore, limits: Limits, lanes: Lanes, send: Send, *, retry_seconds: float
    ) -> None:
        self._store = store
        self._limits = limits
        self._lanes = lanes
        self._send = send
        self._retry_seconds = retry_seconds
        self._lost: set[str] = set()
        self._stirred: dict[str, int | None] = {}
        """Limits of jobs to look at, each with the event that changed it."""
        self._soon = False
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks

    async def recover(self) -> None:
        """After a start: whoever is next in line where a slot is free."""
        for row in await self._store.open_streams(prefix=STREAMS):
            if not row.stream.startswith(OF_TASK_TYPES):
                await self._load(row.stream)

    def moved(self, limits: Iterable[str], cause: int | None) -> None:
        self._lanes.moved(limits)
        for limit in limits:
            if not limit.startswith(OF_TASK_TYPES):
                self._stir(limit, cause)

    def _stir(self, limit: str, cause: int | None) -> None:
        self._stirred[limit] = cause
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        """One job of each limit; its admission stirs the limit again."""
        self._soon = False
        stirred, self._stirred = self._stirred, {}
        for limit, cause in stirred.items():
            try:
                holder = self._limits.tail(limit).next_in_line()
            except Cold:
                self._tasks.start_soon(self._load, limit)
                continue
            if holder is not None:
                self._send(holder, Admit(limit=limit), Context("daemon", None, cause))

    def lost(self, limits: Iterable[str]) -> None:
        """Read them again, but not at once: a full disk stays full for a while."""
        if not self._lost:
            self._tasks.start_soon(self._recover_lost)
        self._lost.update(limits)
        self._lanes.lost(limits)

    async def _recover_lost(self) -> None:
        await anyio.sleep(self._retry_seconds)
        lost, self._lost = sorted(self._lost), set()
        for limit in lost:
            await self._load(limit)

    async def _load(self, limit: str) -> None:
        """What cannot be read of one limit keeps no other from going on."""
        try:
            await self._limits.load(limit)
        except EventStoreError as error:
            _log.error("a limit cannot be read", limit=limit, error=str(error))
            return
        if limit.startswith(OF_TASK_TYPES):
            self._lanes.look_again(limit)
        else:
            self._stir(limit, None)

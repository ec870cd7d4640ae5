"""W4: the daemon and its workers are killed with jobs open, and the daemon starts again."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import definitions
from benchmarks.folders import fresh
from benchmarks.load import ENDS, Load
from benchmarks.options import Options
from benchmarks.processes import PATIENCE_SECONDS, Process, daemon, running
from benchmarks.stand import HELD, HELD_TYPE, SHORT, register, verified
from benchmarks.table import Table
from benchmarks.wire import Wire, patiently
from daemon.app import PROJECTIONS_FILE

QUIET, UNDER_LOAD, BARE = "when all is quiet", "under load", "quiet, projections deleted"
EVENTS_BEFORE_THE_KILL = 20
"""Under load, for each job in flight; about two jobs one after another."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a killed daemon left behind."""

    at: datetime
    since: int
    """The position of the log before the open jobs were submitted: some may have ended in it
    without anybody being told."""
    open: set[str]
    """Acknowledged jobs whose end nobody was told."""
    behind: int
    """Events that the projections lacked."""


@dataclass(frozen=True, kw_only=True)
class Back:
    """Seconds since the new daemon was started."""

    accepts: float
    progress: float
    done: float


class House:
    """One data directory, and the daemons that serve it one after another."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.socket = folder / "d.sock"
        self._runs = 0

    @asynccontextmanager
    async def served(self) -> AsyncIterator[tuple[Process, Wire]]:
        process = daemon(self.data, self.socket)
        try:
            yield process, await patiently(self.socket)
        finally:
            process.kill()
            # The connection's end is noticed in the loop.
            await asyncio.sleep(0)

    async def load(self, wire: Wire) -> Load:
        self._runs += 1
        load = Load(wire, f"run-{self._runs}")
        await load.start()
        return load

    def worker(self, *types: str, hold: int | None = None) -> Any:
        held = () if hold is None else (str(hold),)
        return running("-m", "benchmarks.worker", str(self.socket), ",".join(types), *held)

    def forget_projections(self) -> None:
        for path in self.data.glob(f"{PROJECTIONS_FILE}*"):
            path.unlink()


async def measure(options: Options) -> Table:
    rows = []
    with fresh(options.directory) as folder:
        house = House(folder)
        await _finish(house, options)
        for scenario in (QUIET, UNDER_LOAD, BARE):
            left = await _killed(house, scenario, options)
            if scenario == BARE:
                house.forget_projections()
            back, verdict = await _back(house, left)
            rows.append(_row(scenario, left, back, verdict))
    return Table(
        title=f"W4  kill -9 with {options.finished:,} jobs finished and {options.open} open, "
        "half of them in a worker's hands, half queued; seconds from the start of the next daemon",
        columns=(
            "", "open", "projections behind", "accepts", "first progress", "all done",
            "audit / replay",
        ),
        rows=rows,
    )  # fmt: skip


async def _finish(house: House, options: Options) -> None:
    async with house.served() as (_, wire):
        await register(wire)
        load = await house.load(wire)
        with house.worker(definitions.TYPE):
            await load.many(SHORT, options.finished, options.in_flight)


async def _killed(house: House, scenario: str, options: Options) -> Left:
    """Half of the open jobs are in the hands of a worker that is killed, too."""
    async with house.served() as (process, wire):
        load = await house.load(wire)
        since = (await _status(wire)).position
        with (
            house.worker(definitions.TYPE) as worker,
            house.worker(HELD_TYPE, hold=options.open // 2) as holder,
        ):
            jobs = [load.submit(HELD) for _ in range(options.open)]
            open_jobs = set(await asyncio.gather(*jobs))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await _until_held(wire, options)
            async with _moment(scenario, wire, load, options) as status:
                for doomed in (process, worker, holder):
                    doomed.kill()
                return Left(
                    at=datetime.now(UTC),
                    since=since,
                    open=open_jobs | load.unfinished(),
                    behind=status.behind,
                )


async def _until_held(wire: Wire, options: Options) -> None:
    """The holder has its half, the others wait in the queue."""
    held = options.open // 2
    while True:
        queues = (await wire.call("queue.list"))["queues"]
        if any((one["held"], one["ready"]) == (held, options.open - held) for one in queues):
            return
        await asyncio.sleep(0.01)


class Status(NamedTuple):
    position: int
    """Of the log."""
    behind: int
    """Events that the projections lack."""


@asynccontextmanager
async def _moment(scenario: str, wire: Wire, load: Load, options: Options) -> AsyncIterator[Status]:
    """When to kill: when all is quiet, or in the middle of a load that would never end,
    while the projections are behind."""
    if scenario != UNDER_LOAD:
        await asyncio.sleep(options.quiet_seconds)
        yield await _status(wire)
        return
    lanes = asyncio.create_task(load.many(SHORT, sys.maxsize, options.in_flight))
    status = await _status(wire)
    middle = status.position + options.in_flight * EVENTS_BEFORE_THE_KILL
    while status.position < middle or not status.behind or not load.unfinished():
        await asyncio.sleep(0.005)
        status = await _status(wire)
    yield status
    lanes.cancel()
    await asyncio.wait([lanes])


async def _status(wire: Wire) -> Status:
    status = await wire.call("system.status")
    position = status["log"]["position"]
    return Status(position, position - status["projections"]["position"])


async def _back(house: House, left: Left) -> tuple[Back, str]:
    with house.worker(definitions.TYPE, HELD_TYPE) as worker:
        worker.announced()
        begun = time.perf_counter()
        async with house.served() as (_, wire):
            accepts = time.perf_counter() - begun
            watch = Watch(wire, left, begun)
            types = ["TaskStarted", *ENDS]
            await wire.call("events.subscribe", after=left.since, types=types)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await watch.all_done
            back = Back(accepts=accepts, progress=watch.progress, done=watch.done)
            return back, await verified(wire)


class Watch:
    """Learns from the log's own events when the jobs that were left go on and end."""

    def __init__(self, wire: Wire, left: Left, begun: float) -> None:
        self._killed_at = left.at
        self._open = set(left.open)
        self._begun = begun
        self.progress = 0.0
        self.done = 0.0
        self.all_done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wire.on_notification = self._told

    def _told(self, message: dict[str, Any]) -> None:
        event = message["params"]["event"]
        now = time.perf_counter() - self._begun
        if event["type"] == "TaskStarted":
            if datetime.fromisoformat(event["at"]) > self._killed_at:
                self.progress = self.progress or now
            return
        self._open.discard(event["stream"].removeprefix("job/"))
        if not self._open and not self.all_done.done():
            self.done = now
            self.all_done.set_result(None)


def _row(scenario: str, left: Left, back: Back, verdict: str) -> tuple[str, ...]:
    times = (f"{seconds:.2f}" for seconds in (back.accepts, back.progress, back.done))
    return (scenario, f"{len(left.open)}", f"{left.behind:,}", *times, verdict)

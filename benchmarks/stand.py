"""A daemon with a worker and a client, and what the daemon used while something was done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import definitions
from benchmarks.load import Load
from benchmarks.processes import Process, Used, daemon, running
from benchmarks.wire import Wire, patiently

SHORT, LONG, CHECKED, HELD = "short", "long", "checked", "held"
"""Names of the benchmark's workflows: 3 steps, 10 steps, 3 steps with contracts, 3 steps of
which the second has a type of its own."""

HELD_TYPE = f"{HELD}-held"
THREADS = ("loop", "log", "log reads", "projections")
"""What the daemon's threads do, in the order of their start."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Of a running daemon, at one moment."""

    threads: list[Used]
    events: int
    commits: int

    def since(self, before: Reading) -> Spent:
        threads = [
            Used(now.cpu_seconds - then.cpu_seconds, now.written_bytes - then.written_bytes)
            for now, then in zip(self.threads, before.threads, strict=False)
        ]
        return Spent(
            cpu_seconds=sum(one.cpu_seconds for one in threads),
            by_thread=dict(zip(THREADS, threads, strict=False)),
            events=self.events - before.events,
            commits=self.commits - before.commits,
        )


@dataclass(frozen=True, kw_only=True)
class Spent:
    """By a daemon between two readings."""

    cpu_seconds: float
    by_thread: dict[str, Used]
    events: int
    commits: int


class Stand:
    def __init__(self, process: Process, worker: Process, wire: Wire) -> None:
        self.daemon = process
        self.worker = worker
        self.wire = wire

    async def reading(self) -> Reading:
        """Taken once the projections have caught up."""
        await self.wire.call("job.list", limit=1)
        status = await self.wire.call("system.status")
        return Reading(
            threads=self.daemon.used(),
            events=status["log"]["position"],
            commits=status["counters"].get("commits", 0),
        )


async def verified(wire: Wire) -> str:
    """What the daemon finds when it checks its log, and its read models against it."""
    audit = await wire.call("audit.verify")
    replay = await wire.call("replay.verify")
    return f"{_word(audit)} / {_word(replay)}"


def _word(verdict: dict[str, Any]) -> str:
    return "ok" if verdict["ok"] else f"BROKEN {verdict}"


@asynccontextmanager
async def stand(folder: Path) -> AsyncIterator[tuple[Stand, Load]]:
    """On a fresh log with the benchmark's workflows registered."""
    socket = folder / "d.sock"
    process = daemon(folder / "data", socket)
    try:
        wire = await patiently(socket)
        await register(wire)
        load = Load(wire, "bench")
        await load.start()
        with running("-m", "benchmarks.worker", str(socket), definitions.TYPE) as worker:
            worker.announced()
            yield Stand(process, worker, wire), load
        wire.close()
        await asyncio.sleep(0)
    finally:
        process.kill()


async def register(wire: Wire) -> None:
    """The benchmark's workflows."""
    for definition in (
        definitions.tasks(SHORT, 3),
        definitions.tasks(LONG, 10),
        definitions.tasks(HELD, 3, held=2),
        definitions.steps(CHECKED, 3),
    ):
        await wire.call("version.add", definition=definition)
    await wire.call("tag.set", workflow=CHECKED, tag="$LIVE", version={"versionNumber": 1})

"""W1 over HTTP: the same jobs by Conductor's REST, beside the figures of the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks import definitions
from benchmarks.definitions import SAMPLE
from benchmarks.folders import fresh
from benchmarks.http_wire import HttpWire
from benchmarks.load import Load
from benchmarks.options import Options
from benchmarks.processes import Process, daemon, running
from benchmarks.stand import SHORT, Stand, register, stand
from benchmarks.table import Table, spread
from benchmarks.wire import Wire, patiently

SDK_THREADS = 16
IDLE_SECONDS = 86_400
"""A slow run leaves most connections alone for long, and what is asked on one that the daemon
just closed is lost."""
WATCH_SECONDS = 0.5
SDK_SHARE = 10
"""Conductor's own worker is slow: it is given this part of the jobs."""

Workers = Callable[[int, Options], AbstractContextManager[Process]]
"""A running worker for the daemon at a port."""


class HttpLoad(Load):
    """Submits over HTTP; the ends are told on the socket, as everywhere."""

    def __init__(self, wire: Wire, http: HttpWire, worker: Process) -> None:
        super().__init__(wire, "bench")
        self._http = http
        self._worker = worker

    async def many(self, workflow: str, jobs: int, in_flight: int) -> float:
        """A job whose worker is gone never ends: that is an error, no wait."""
        load = asyncio.ensure_future(super().many(workflow, jobs, in_flight))
        try:
            while not load.done():
                watched = (load, self._http.broken)
                await asyncio.wait(
                    watched, timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._see_that_all_is_well()
        finally:
            load.cancel()
        return load.result()

    def _see_that_all_is_well(self) -> None:
        if self._http.broken.done():
            self._http.broken.result()
        if not self._worker.is_running:
            raise RuntimeError("the worker ended; what it printed says why")

    async def submit(self, workflow: str) -> str:
        body = {"name": workflow, "version": 1, "input": SAMPLE}
        return (await self._http.call("POST", "/workflow", body)).decode()


@dataclass(frozen=True, kw_only=True)
class Run:
    """All but the first by job."""

    jobs_a_second: float
    requests: float
    commits: float
    cpu_ms: float
    worker_ms: float


async def measure(options: Options) -> Table:
    lines: dict[str, list[Run]] = {}
    for _ in range(options.rounds):
        with fresh(options.directory) as folder:
            async with stand(folder) as (there, load):
                lines.setdefault("socket", []).append(await _run(there, load, options, 1))
        for label, workers, share in _workers():
            with fresh(options.directory) as folder:
                async with http_stand(folder, workers, options) as (there, load):
                    found = await _run(there, load, options, share)
                lines.setdefault(label, []).append(found)
    return Table(
        title=f"W1 over HTTP  {options.jobs:,} jobs of 3 steps, {options.in_flight} in flight "
        f"and as many connections, {options.rounds} rounds",
        columns=("", "jobs/s", "requests/job", "commits/job", "CPU ms/job", "worker ms/job"),
        rows=[_row(label, runs) for label, runs in lines.items()],
    )


def _workers() -> list[tuple[str, Workers, int]]:
    found: list[tuple[str, Workers, int]] = [("HTTP, bare client and worker", _bare, 1)]
    if find_spec("conductor") is not None:
        found.append(("HTTP, conductor-python's worker", _sdk, SDK_SHARE))
    return found


def _bare(port: int, options: Options) -> AbstractContextManager[Process]:
    arguments = (str(port), definitions.TYPE, str(options.in_flight))
    return running("-m", "benchmarks.http_worker", *arguments)


def _sdk(port: int, options: Options) -> AbstractContextManager[Process]:
    return running("-m", "benchmarks.sdk_worker", f"http://127.0.0.1:{port}", str(SDK_THREADS))


@asynccontextmanager
async def http_stand(
    folder: Path, workers: Workers, options: Options
) -> AsyncIterator[tuple[Stand, HttpLoad]]:
    """As ``stand``, with the daemon's HTTP on a free port and a worker that uses it."""
    socket = folder / "d.sock"
    async with AsyncExitStack() as ends:
        served = ("http.serve=on", "http.port=0", f"http.idle_seconds={IDLE_SECONDS}")
        process = daemon(folder / "data", socket, *served)
        ends.callback(process.kill)
        wire = await patiently(socket)
        await register(wire)
        port = (await wire.call("system.status"))["http"]["port"]
        http = HttpWire()
        await http.connect(port, options.in_flight)
        worker = ends.enter_context(workers(port, options))
        worker.announced()
        load = HttpLoad(wire, http, worker)
        await load.start()
        yield Stand(process, worker, wire), load
        http.close()
        wire.close()
        await asyncio.sleep(0)


async def _run(there: Stand, load: Load, options: Options, share: int) -> Run:
    jobs = max(1, options.jobs // share)
    await load.many(SHORT, max(1, options.warm_up // share), options.in_flight)
    before, worker = await there.reading(), there.worker.cpu_seconds()
    asked = await _responses(there)
    seconds = await load.many(SHORT, jobs, options.in_flight)
    spent, worker = (await there.reading()).since(before), there.worker.cpu_seconds() - worker
    return Run(
        jobs_a_second=jobs / seconds,
        requests=(await _responses(there) - asked) / jobs,
        commits=spent.commits / jobs,
        cpu_ms=spent.cpu_seconds / jobs * 1000,
        worker_ms=worker / jobs * 1000,
    )


async def _responses(there: Stand) -> int:
    """How many the daemon has sent over HTTP."""
    http = (await there.wire.call("system.status"))["http"]
    return 0 if http is None else sum(http["responses"].values())


def _row(label: str, runs: list[Run]) -> tuple[str, ...]:
    return (
        label,
        spread([one.jobs_a_second for one in runs]),
        spread([one.requests for one in runs], 1),
        spread([one.commits for one in runs], 3),
        spread([one.cpu_ms for one in runs], 3),
        spread([one.worker_ms for one in runs], 3),
    )

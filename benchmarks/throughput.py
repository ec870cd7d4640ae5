"""W1: many jobs of three steps that do nothing, done by a worker process over the socket."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.ceiling_load import ceiling
from benchmarks.folders import fresh
from benchmarks.load import Load
from benchmarks.options import Options
from benchmarks.stand import CHECKED, SHORT, THREADS, Stand, stand
from benchmarks.table import Table, spread
from benchmarks.worker import COUNT

LINES = {SHORT: "tasks", CHECKED: "steps, with contracts"}
WAITS = 4
"""For a submit and three results."""


@dataclass(frozen=True, kw_only=True)
class Bare:
    """A run of the ceiling."""

    jobs_a_second: float
    cpu_ms: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the daemon; all but the first two by job."""

    jobs_a_second: float
    events_a_second: float
    commits: float
    cpu_ms: float
    threads_ms: tuple[float, ...]
    worker_ms: float


async def measure(options: Options) -> Table:
    bare: list[Bare] = []
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for _ in range(options.rounds):
        with fresh(options.directory) as folder:
            bare.append(await _bare(folder, options))
        for workflow in LINES:
            with fresh(options.directory) as folder:
                runs[workflow].append(await _run(folder, workflow, options))
    return Table(
        title=f"W1  {options.jobs:,} jobs of 3 steps, {options.in_flight} in flight, "
        f"one poll for {COUNT} tasks at a time, {options.rounds} rounds",
        columns=(
            "", "jobs/s", "of ceiling", "events/s", "commits/job", "CPU ms/job",
            *(f"{name} ms" for name in THREADS), "worker ms/job",
        ),
        rows=[_of_ceiling(bare), *(_of_daemon(LINES[one], runs[one], bare) for one in LINES)],
    )  # fmt: skip


async def _bare(folder: Path, options: Options) -> Bare:
    async with ceiling(folder) as (process, lanes):
        await lanes.run(options.warm_up, waits=WAITS, in_flight=options.in_flight)
        before, begun = process.cpu_seconds(), time.perf_counter()
        await lanes.run(options.jobs, waits=WAITS, in_flight=options.in_flight)
        seconds, used = time.perf_counter() - begun, process.cpu_seconds() - before
    return Bare(jobs_a_second=options.jobs / seconds, cpu_ms=used / options.jobs * 1000)


async def _run(folder: Path, workflow: str, options: Options) -> Run:
    async with stand(folder) as (there, load):
        await load.many(workflow, options.warm_up, options.in_flight)
        return await _measured(there, load, workflow, options)


async def _measured(there: Stand, load: Load, workflow: str, options: Options) -> Run:
    jobs = options.jobs
    before, worker = await there.reading(), there.worker.cpu_seconds()
    seconds = await load.many(workflow, jobs, options.in_flight)
    spent, worker = (await there.reading()).since(before), there.worker.cpu_seconds() - worker
    return Run(
        jobs_a_second=jobs / seconds,
        events_a_second=spent.events / seconds,
        commits=spent.commits / jobs,
        cpu_ms=spent.cpu_seconds / jobs * 1000,
        threads_ms=tuple(spent.by_thread[name].cpu_seconds / jobs * 1000 for name in THREADS),
        worker_ms=worker / jobs * 1000,
    )


def _of_ceiling(bare: list[Bare]) -> tuple[str, ...]:
    rate = spread([one.jobs_a_second for one in bare])
    cpu = spread([one.cpu_ms for one in bare], 3)
    return ("ceiling", rate, "", "", "", cpu, *("" for _ in THREADS), "")


def _of_daemon(label: str, runs: list[Run], bare: list[Bare]) -> tuple[str, ...]:
    pairs = zip(runs, bare, strict=True)
    return (
        label,
        spread([one.jobs_a_second for one in runs]),
        spread([run.jobs_a_second / ceiling.jobs_a_second for run, ceiling in pairs], 3),
        spread([one.events_a_second for one in runs]),
        f"{median(one.commits for one in runs):.3f}",
        spread([one.cpu_ms for one in runs], 3),
        *(f"{median(column):.3f}" for column in zip(*(r.threads_ms for r in runs), strict=True)),
        f"{median(one.worker_ms for one in runs):.3f}",
    )

"""W2: one job of ten steps that do nothing, alone; again and again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.ceiling_load import ceiling
from benchmarks.folders import fresh
from benchmarks.options import Options
from benchmarks.stand import LONG, stand
from benchmarks.table import Table, percentile, spread

STEPS = 10
WAITS = STEPS + 1
"""For the submit and each result."""
WARM_UP = 10


@dataclass(frozen=True, kw_only=True)
class Run:
    """Milliseconds of each job."""

    jobs: list[float]
    commits_a_step: float = 0


async def measure(options: Options) -> Table:
    bare: list[Run] = []
    runs: list[Run] = []
    for _ in range(options.rounds):
        with fresh(options.directory) as folder:
            bare.append(await _bare(folder, options))
        with fresh(options.directory) as folder:
            runs.append(await _run(folder, options))
    commits = f"{median(run.commits_a_step for run in runs):.2f}"
    return Table(
        title=f"W2  {options.alone} times one job of {STEPS} steps alone, {options.rounds} rounds",
        columns=("", "p50 ms", "p99 ms", "commits/step"),
        rows=[_row("ceiling", bare, ""), _row("tasks", runs, commits)],
    )


async def _bare(folder: Path, options: Options) -> Run:
    async with ceiling(folder) as (_, lanes):
        await lanes.run(WARM_UP, waits=WAITS, in_flight=1)
        seconds = await lanes.run(options.alone, waits=WAITS, in_flight=1)
    return Run(jobs=[one * 1000 for one in seconds])


async def _run(folder: Path, options: Options) -> Run:
    async with stand(folder) as (there, load):
        await load.alone(LONG, WARM_UP)
        before = await there.reading()
        seconds = await load.alone(LONG, options.alone)
        spent = (await there.reading()).since(before)
    return Run(
        jobs=[one * 1000 for one in seconds],
        commits_a_step=spent.commits / options.alone / STEPS,
    )


def _row(label: str, runs: list[Run], commits: str) -> tuple[str, ...]:
    middle = spread([percentile(run.jobs, 0.5) for run in runs], 2)
    slowest = spread([percentile(run.jobs, 0.99) for run in runs], 2)
    return (label, middle, slowest, commits)

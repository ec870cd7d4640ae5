"""W5: what a job writes, and how often the log is forced to the disk for it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.folders import fresh
from benchmarks.options import Options
from benchmarks.stand import SHORT, stand
from benchmarks.table import Table

FILES = ("log", "projections")
"""Each is written by one thread, which is how their bytes are told apart."""


async def measure(options: Options) -> Table:
    rows = []
    for in_flight in options.volumes:
        with fresh(options.directory) as folder:
            rows.append(await _row(folder, in_flight, options))
    return Table(
        title=f"W5  written by a job of 3 steps, over {options.jobs:,} jobs "
        "(pages made dirty by the daemon; commits of the log, one fsync each)",
        columns=("in flight", *(f"{name} KB/job" for name in FILES), "commits/job", "events/job"),
        rows=rows,
    )


async def _row(folder: Path, in_flight: int, options: Options) -> tuple[str, ...]:
    async with stand(folder) as (there, load):
        await load.many(SHORT, options.warm_up, in_flight)
        before = await there.reading()
        await load.many(SHORT, options.jobs, in_flight)
        spent = (await there.reading()).since(before)
    written = (spent.by_thread[name].written_bytes / options.jobs / 1000 for name in FILES)
    return (
        f"{in_flight}",
        *(f"{kilobytes:.1f}" for kilobytes in written),
        f"{spent.commits / options.jobs:.3f}",
        f"{spent.events / options.jobs:.2f}",
    )

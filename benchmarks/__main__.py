"""``python -m benchmarks [WORKLOAD …]``."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import sys

from benchmarks import fan_out, http, latency, restart, stages, throughput, volume
from benchmarks.folders import file_system
from benchmarks.options import Options, parsed

WORKLOADS = {
    "w1": throughput.measure,
    "w2": latency.measure,
    "w3": fan_out.measure,
    "w4": restart.measure,
    "w5": volume.measure,
    "http": http.measure,
    "stages": stages.measure,
}


async def measured(options: Options) -> None:
    print(_machine(options))
    for name, measure in WORKLOADS.items():
        if not options.workloads or name in options.workloads:
            print(f"\n{await measure(options)}", flush=True)


def _machine(options: Options) -> str:
    disk = f"{options.directory} ({file_system(options.directory)})"
    load, _, _ = os.getloadavg()
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start, logs in {disk}"
    )


if __name__ == "__main__":
    asyncio.run(measured(parsed(sys.argv[1:], list(WORKLOADS))))

"""W3: one job with many tasks: a fan-out and its join, a loop, a long row. And ten times as
many: what is linear takes about ten times as long."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.definitions import TYPE, tasks
from benchmarks.folders import fresh
from benchmarks.options import Options
from benchmarks.stand import stand
from benchmarks.table import Table, spread

WARM_UP = 2
TIMES_MORE = 10
LARGE_RUNS = 1
LARGE_WARM_UP = 1
"""The first submit of a version compiles its plan."""


async def measure(options: Options) -> Table:
    rows: list[tuple[str, ...]] = []
    for label, definition in (("fan-out", _fork), ("loop", _loop), ("row", _row_of)):
        small, large = await _shape(options, label, definition)
        quotient = f"{median(large) / median(small):.1f}"
        rows.append((label, spread(small, 1), spread(large, 1), quotient))
    few, many = options.branches, options.branches * TIMES_MORE
    return Table(
        title=f"W3  one job of {few:,} and of {many:,} tasks alone, {options.fans} times",
        columns=("", f"{few:,} tasks, ms", f"{many:,} tasks, ms", "quotient"),
        rows=rows,
    )


async def _shape(options: Options, label: str, definition: Any) -> tuple[list[float], list[float]]:
    with fresh(options.directory) as folder:
        small = await _run(folder, definition(label, options.branches), options.fans, WARM_UP)
    with fresh(options.directory) as folder:
        large = definition(label, options.branches * TIMES_MORE)
        return small, await _run(folder, large, LARGE_RUNS, LARGE_WARM_UP)


async def _run(folder: Path, definition: dict[str, Any], jobs: int, warm_up: int) -> list[float]:
    """Milliseconds of each job."""
    async with stand(folder) as (there, load):
        await there.wire.call("version.add", definition=definition)
        await load.alone(definition["name"], warm_up)
        return [seconds * 1000 for seconds in await load.alone(definition["name"], jobs)]


def _workflow(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "version": 1,
        "ownerEmail": "bench@example.com",
        "tasks": list(steps),
        "outputParameters": {"done": True},
    }


def _task(ref: str) -> dict[str, Any]:
    return {
        "name": TYPE,
        "taskReferenceName": ref,
        "type": "SIMPLE",
        "inputParameters": {"a": "${workflow.input.a}"},
    }


def _fork(name: str, branches: int) -> dict[str, Any]:
    refs = [f"b{number}" for number in range(branches)]
    fork = {
        "name": "fork",
        "taskReferenceName": "fork",
        "type": "FORK_JOIN",
        "forkTasks": [[_task(ref)] for ref in refs],
    }
    join = {"name": "join", "taskReferenceName": "join", "type": "JOIN", "joinOn": refs}
    return _workflow(name, fork, join)


def _loop(name: str, iterations: int) -> dict[str, Any]:
    loop = {
        "name": "loop",
        "taskReferenceName": "loop",
        "type": "DO_WHILE",
        "loopCondition": f"$.loop['iteration'] < {iterations}",
        "loopOver": [_task("again")],
    }
    return _workflow(name, loop)


def _row_of(name: str, steps: int) -> dict[str, Any]:
    return tasks(name, steps)

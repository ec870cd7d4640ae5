"""Where a job's time goes inside the daemon, part by part, on one thread.

CPU is sampled, so it says what the machine did; the interpreter's instructions and calls
are counted, so they say what the code asked for, the same on a busy machine and a quiet one.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, FrameType
from typing import Any, Protocol

from benchmarks import definitions
from benchmarks.folders import fresh
from benchmarks.one_thread import Caller, one_thread
from benchmarks.options import Options
from benchmarks.processes import ROOT
from benchmarks.stand import CHECKED, SHORT
from benchmarks.table import Table

STEPS = 3
PARTS = {
    "daemon/gateway/parsing": "HTTP: parse, answer",
    "daemon/gateway/connection": "HTTP: parse, answer",
    "daemon/gateway/messages": "HTTP: parse, answer",
    "daemon/gateway/server": "HTTP: parse, answer",
    "daemon/gateway/conductor/": "HTTP: Conductor's handlers",
    "daemon/gateway/": "HTTP: route, check, call",
    "daemon/rpc/": "JSON-RPC: parse, dispatch, encode",
    "daemon/operations/strict_json": "JSON-RPC: parse, dispatch, encode",
    "daemon/operations/": "operations",
    "daemon/decider/": "decide and evolve",
    "daemon/dialects/": "plans, templates, contracts",
    "daemon/reactor/jobs": "jobs in memory, submit",
    "daemon/reactor/cell": "jobs in memory, submit",
    "daemon/reactor/starts": "jobs in memory, submit",
    "daemon/reactor/shelf": "jobs in memory, submit",
    "daemon/reactor/catalog": "jobs in memory, submit",
    "daemon/reactor/ledger": "reply gate, counters",
    "daemon/reactor/counting": "reply gate, counters",
    "daemon/reactor/": "effects: queues, timers, sessions",
    "daemon/queues/": "effects: queues, timers, sessions",
    "daemon/timers/": "effects: queues, timers, sessions",
    "eventstore/grouped": "log: append and announce",
    "eventstore/pending": "log: append and announce",
    "eventstore/sqlite_lookups": "log: look up request ids",
    "eventstore/codec": "log: encode and chain",
    "eventstore/chain": "log: encode and chain",
    "eventstore/": "log: write",
    "projections/": "projections",
    "daemon/": "everything else",
    "benchmarks/": "",
}
"""The first prefix of a file's path that fits says which part it is; what is of no part
(the standard library, generated code) counts for its caller. The benchmark is of none."""

SAMPLE_SECONDS = 0.001


LINES = {
    "tasks": (SHORT, False),
    "steps, with contracts": (CHECKED, False),
    "tasks, over HTTP": (SHORT, True),
}
"""The workflow, and whether it is run over HTTP."""


class Runs(Protocol):
    """A caller of the daemon, and its worker."""

    async def jobs(self, workflow: str, count: int, steps: int) -> None: ...
    def poll(self) -> None: ...


async def measure(options: Options) -> Table:
    rows = []
    for label, (workflow, over_http) in LINES.items():
        with fresh(options.directory) as folder:
            async with one_thread(folder) as (caller, http_caller):
                await _register(caller)
                runs: Runs = http_caller if over_http else caller
                runs.poll()
                rows += await _rows(runs, workflow, label, options)
    return Table(
        title=f"Stages  {options.jobs:,} jobs of {STEPS} steps on one thread, "
        f"{options.in_flight} in flight, without socket",
        columns=("", "CPU us/job", "instructions/job", "calls/job"),
        rows=rows,
    )


async def _register(caller: Caller) -> None:
    await caller.call("version.add", definition=definitions.tasks(SHORT, STEPS))
    await caller.call("version.add", definition=definitions.steps(CHECKED, STEPS))
    live = {"workflow": CHECKED, "tag": "$LIVE", "version": {"versionNumber": 1}}
    await caller.call("tag.set", **live)


async def _rows(caller: Runs, workflow: str, label: str, options: Options) -> list[tuple[str, ...]]:
    await _run(caller, workflow, options.warm_up, options)
    with _settled():
        return await _measured(caller, workflow, label, options)


async def _measured(
    caller: Runs, workflow: str, label: str, options: Options
) -> list[tuple[str, ...]]:
    begun = time.thread_time()
    with _sampled() as samples:
        done = await _run(caller, workflow, options.jobs, options)
    microseconds = (time.thread_time() - begun) / done * 1e6
    share = microseconds / max(1, samples.total())
    with _counted() as (instructions, calls):
        counted = await _run(caller, workflow, options.in_flight, options)
    parts = [part for part in dict.fromkeys(PARTS.values()) if part and instructions[part]]
    lines = [(samples[one] * share, instructions[one], calls[one]) for one in parts]
    sums = tuple(map(sum, zip(*lines, strict=True)))
    return [
        _row(name, cpu, executed / counted, called / counted)
        for name, (cpu, executed, called) in zip(
            (label, *(f"  {part}" for part in parts)), (sums, *lines), strict=True
        )
    ]


def _row(label: str, cpu: float, executed: float, called: float) -> tuple[str, ...]:
    return (label, f"{cpu:.0f}", f"{executed:,.0f}", f"{called:.0f}")


async def _run(caller: Runs, workflow: str, jobs: int, options: Options) -> int:
    """At least ``jobs``, in full groups; how many."""
    groups = max(1, -(-jobs // options.in_flight))
    for _ in range(groups):
        await caller.jobs(workflow, options.in_flight, STEPS)
    return groups * options.in_flight


@contextmanager
def _settled() -> Iterator[None]:
    """The garbage collector as ``daemon.app`` sets it once the daemon serves."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _sampled() -> Iterator[Counter[str]]:
    """By part, how often the process was found in it; every millisecond of its CPU time."""
    found: Counter[str] = Counter()

    def look(number: int, frame: FrameType | None) -> None:
        found[_part_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        yield found
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _counted() -> Iterator[tuple[Counter[str], Counter[str]]]:
    """By part: instructions of the interpreter, and calls of Python functions."""
    instructions: Counter[str] = Counter()
    calls: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            calls[_part_of(frame)] += 1
        elif event == "opcode":
            instructions[_part_of(frame)] += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield instructions, calls
    finally:
        sys.settrace(before)


def _part_of(frame: FrameType | None) -> str:
    while frame is not None:
        part = _part(frame.f_code)
        if part is not None:
            return part
        frame = frame.f_back
    return ""


@cache
def _part(code: CodeType) -> str | None:
    place = code.co_filename.removeprefix(f"{ROOT}/")
    return next((part for prefix, part in PARTS.items() if place.startswith(prefix)), None)

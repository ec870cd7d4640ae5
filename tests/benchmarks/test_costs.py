"""What a job costs around the decider, in instructions of the interpreter: counted, so the
same on every machine. A budget is what was reached and about a tenth more. The read models
are left out: how often they are written depends on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import stages
from benchmarks.options import Options

BUDGETS = {
    "tasks": {
        "JSON-RPC: parse, dispatch, encode": 1_150,
        "operations": 2_050,
        "reply gate, counters": 600,
        "effects: queues, timers, sessions": 4_000,
        "log: append and announce": 2_100,
        "log: encode and chain": 2_600,
        "log: write": 1_200,
    },
    "tasks, over HTTP": {
        "HTTP: parse, answer": 1_600,
        "HTTP: Conductor's handlers": 1_300,
        "HTTP: route, check, call": 1_600,
        "operations": 2_750,
    },
}


async def test_a_job_stays_within_its_budgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {name: stages.LINES[name] for name in BUDGETS}
    monkeypatch.setattr(stages, "LINES", lines)
    options = Options(directory=tmp_path, jobs=16, in_flight=16, warm_up=16)
    over = []
    line = ""
    for name, _, instructions, _ in (await stages.measure(options)).rows:
        line = line if name.startswith(" ") else name
        budget = BUDGETS[line].get(name.strip())
        if budget is not None and int(instructions.replace(",", "")) > budget:
            over.append(f"{line}, {name.strip()}: {instructions} of {budget:,}")
    assert not over

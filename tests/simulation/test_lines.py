"""Each line of Conductor's own test harness, and again with the power going after a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.crashing import play
from tests.simulation.lines.every_line import LINES
from tests.simulation.lines.hand import Hand, Line
from tests.simulation.picking import picked, stores
from tests.simulation.scenarios import Scenario
from tests.simulation.stage import Stage


def scenario_of(line: Line) -> Scenario:
    async def act(stage: Stage) -> None:
        await line(Hand(stage))

    return act


@pytest.mark.parametrize("name", LINES)
def test_line(name: str, tmp_path: Path, thorough: bool) -> None:
    scenario = scenario_of(LINES[name])
    for backend in stores(name, thorough=thorough):
        folder = tmp_path / backend
        folder.mkdir()
        whole = play(scenario, folder / "whole", backend=backend)
        for commit in picked(whole.commits, name, backend, thorough=thorough):
            crashed = play(scenario, folder / str(commit), backend=backend, crash_after=commit)
            assert crashed.outcome == whole.outcome, f"crashed after commit {commit}"

"""The power goes after a commit: whatever was acknowledged happens, once, and comes out the
same (promises 1, 3, 5, 13, 14, 15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulation.crashing import play, undisturbed
from tests.simulation.endings import NOT_COMPLETED, REASONS
from tests.simulation.every_scenario import SCENARIOS
from tests.simulation.picking import picked, stores


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_after_a_commit_changes_no_outcome(
    name: str, tmp_path: Path, thorough: bool
) -> None:
    scenario = SCENARIOS[name]
    for backend in stores(name, thorough=thorough):
        folder = tmp_path / backend
        folder.mkdir()
        whole = undisturbed(scenario, backend)
        _ends_as_it_should(name, whole.outcome)
        for commit in picked(whole.commits, name, backend, thorough=thorough):
            crashed = play(scenario, folder / str(commit), backend=backend, crash_after=commit)
            assert crashed.outcome == whole.outcome, f"crashed after commit {commit}"


def _ends_as_it_should(name: str, outcome: dict[str, Any]) -> None:
    ends = {job: document["status"] for job, document in outcome.items()}
    assert ends
    bad = {job: status for job, status in ends.items() if status != "COMPLETED"}
    assert bad == NOT_COMPLETED.get(name, {})
    for job, reason in REASONS.get(name, {}).items():
        assert outcome[job]["reason"] == reason


def test_the_same_crash_leaves_the_same_trace(tmp_path: Path) -> None:
    scenario = SCENARIOS["retries_with_every_backoff"]
    first = play(scenario, tmp_path / "first", crash_after=9)
    second = play(scenario, tmp_path / "second", crash_after=9)
    assert first.trace == second.trace


def test_both_stores_keep_the_same_log(tmp_path: Path) -> None:
    scenario = SCENARIOS["late_and_repeated_results"]
    memory = play(scenario, tmp_path / "memory", backend="memory")
    sqlite = play(scenario, tmp_path / "sqlite", backend="sqlite")
    assert memory.trace == sqlite.trace

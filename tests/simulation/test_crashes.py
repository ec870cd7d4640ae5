"""The power goes after a commit: whatever was acknowledged happens, once, and comes out the
same (promises 1, 3, 5, 13, 14, 15)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.crashing import play
from tests.simulation.disk import BACKENDS
from tests.simulation.picking import picked
from tests.simulation.scenarios import SCENARIOS


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_after_a_commit_changes_no_outcome(
    name: str, backend: str, tmp_path: Path, thorough: bool
) -> None:
    scenario = SCENARIOS[name]
    whole = play(scenario, tmp_path / "whole", backend=backend)
    assert whole.outcome
    for commit in picked(whole.commits, name, backend, thorough=thorough):
        crashed = play(scenario, tmp_path / str(commit), backend=backend, crash_after=commit)
        assert crashed.outcome == whole.outcome, f"crashed after commit {commit}"


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

"""Real definitions are taken, or refused for no other reason than a type that cannot be
run yet, and run to their end with empty answers. Run with ``-s`` to see how many."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from daemon.decider.waiting import waiting_for
from daemon.dialects.plan import Known, Pins
from tests.dialects.tasks.definitions import DIALECT
from tests.dialects.tasks.family import Family, GoesOn

FOLDER = Path(__file__).parents[4] / "shared" / "cases" / "conductor" / "definitions"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the shared real definitions are not beside the repository"
)


def definitions() -> list[tuple[str, dict[str, Any]]]:
    return [(file.stem, json.loads(file.read_text())) for file in sorted(FOLDER.glob("*.json"))]


def test_all_real_definitions_are_taken_or_wait_for_their_types() -> None:
    counts: Counter[str] = Counter()
    refused: dict[str, list[str]] = {}
    for name, definition in definitions():
        found = DIALECT.validate(definition, Known())
        counts["taken" if not found.errors else "waiting for a type"] += 1
        others = [str(one) for one in found.errors if one.kind != "unsupportedType"]
        if others:
            refused[name] = others
    print(dict(counts))  # noqa: T201 - the figure is asked for
    assert refused == {}
    assert counts["taken"] > 0


def test_what_is_taken_compiles() -> None:
    for _, definition in definitions():
        if not DIALECT.validate(definition, Known()).errors:
            assert DIALECT.compile(definition, Pins()).cost() > 0


class Nothing(dict[str, Any]):
    """Every script gives null."""

    def __missing__(self, script: str) -> Any:
        return lambda given: None


def test_what_is_taken_runs_to_its_end() -> None:
    """Workers and people answer with nothing; a job without the input that its definition
    counts on fails, and says so."""
    taken = [one for _, one in definitions() if not DIALECT.validate(one, Known()).errors]
    counts: Counter[str] = Counter()
    for definition in taken:
        others = [one for one in taken if one["name"] != definition["name"]]
        family = Family(definition, *others, given={}, scripts=Nothing(), keeps_laws=False)
        with suppress(GoesOn):
            _answer_all(family)
        state = family.state
        counts[state.status] += 1
        assert state.has_ended or waiting_for(state), definition["name"]
        assert "Nothing is left to run" not in str(state.reason), definition["name"]
    print(dict(counts))  # noqa: T201 - the figure is asked for
    assert counts["COMPLETED"] > counts["FAILED"]
    assert counts["RUNNING"] <= MOST_THAT_GO_ROUND


MOST_THAT_GO_ROUND = 1
"""Definitions whose loop ends only by an answer that is not empty."""


def _answer_all(family: Family) -> None:
    family.run(most=300)
    for _ in range(20):
        waiting = [
            (job, task.ref)
            for job, state in family.jobs.items()
            for task in ([] if state.has_ended else state.open_tasks())
            if task.awaits
        ]
        if not waiting:
            return
        for job, ref in waiting:
            if not family.jobs[job].has_ended:
                family.complete(ref, job=job)
        family.run(most=300)

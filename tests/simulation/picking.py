"""Which commits of a scenario are crashed or failed, and on which store."""

from __future__ import annotations

from tests.simulation.disk import BACKENDS

FEW = {"memory": 1, "sqlite": 1}
"""How many commits of a scenario on an ordinary day, by store."""


def picked(commits: int, name: str, backend: str, *, thorough: bool) -> list[int]:
    """All of them, or a few spread over the run, others for each scenario and store."""
    every = list(range(1, commits + 1))
    few = FEW[backend]
    if thorough or commits <= few:
        return every
    stride = commits / few
    start = sum(name.encode() + backend.encode()) % max(1, int(stride))
    return sorted({every[int(start + number * stride) % commits] for number in range(few)})


def stores(name: str, *, thorough: bool) -> tuple[str, ...]:
    """Both; on ordinary days each scenario has one of its own."""
    own = BACKENDS[sum(name.encode()) % len(BACKENDS)]
    return BACKENDS if thorough else (own,)

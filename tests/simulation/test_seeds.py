"""Random worlds: nothing waits for nothing, nothing acknowledged is lost, nothing recorded
runs again, and the same seed is the same world (promises 13-16).

``pytest tests/simulation --seeds 1000`` lives a thousand of them.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.simulation.random_world import Life, live

ROOT = Path(__file__).parents[2]
SQLITE_EVERY = 25
"""Of so many seeds one also lives on the real store."""
MEMORY_FOLDER = Path("/dev/shm")


@contextmanager
def folder() -> Iterator[Path]:
    """Where files cost no disk, if there is such a place."""
    with TemporaryDirectory(dir=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None) as name:
        yield Path(name)


def lived(seed: int, backend: str = "memory") -> Life:
    with folder() as place:
        try:
            return live(seed, place, backend=backend)
        except BaseException as error:
            error.add_note(f"the seed is {seed}, on {backend}")
            raise


def collect_seldom() -> None:
    """Worlds are full of cycles and short-lived: collecting them is a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


def test_worlds_of_many_seeds(seeds: int) -> None:
    workers = os.cpu_count() or 1
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=collect_seldom) as pool:
        lives = list(pool.map(lived, range(seeds), chunksize=max(1, seeds // (8 * workers))))
        on_sqlite = range(0, seeds, SQLITE_EVERY)
        stored = list(pool.map(partial(lived, backend="sqlite"), on_sqlite))
    assert sum(life.crashes for life in lives) >= seeds // 2
    assert sum(life.failures for life in lives) >= seeds // 3
    assert sum(life.events for life in lives) >= 40 * seeds
    assert all(life.statuses for life in stored)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_is_the_same_world_each_time(seed: int) -> None:
    assert lived(seed) == lived(seed)


def test_other_seeds_are_other_worlds() -> None:
    assert lived(1).trace != lived(2).trace


def test_a_seed_is_the_same_world_in_another_process() -> None:
    """Whatever the hashes of strings and the addresses of objects are there."""
    script = "from tests.simulation.test_seeds import lived; print(lived(5).trace)"
    traces = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert traces == {lived(5).trace}

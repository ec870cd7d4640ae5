"""Where the measured logs lie."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fresh(directory: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="playhead-bench-", dir=directory) as name:
        yield Path(name)


def file_system(directory: Path) -> str:
    """Its type; a commit to tmpfs reaches no disk."""
    whole = directory.resolve()
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [mount for mount in mounts if whole.is_relative_to(mount[1])]
    return max(holding, key=lambda mount: len(mount[1]))[2]

"""What is measured, and how much of it."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    workloads: tuple[str, ...] = ()
    """Empty: all of them."""
    directory: Path = Path(tempfile.gettempdir())
    rounds: int = 4
    jobs: int = 2_000
    in_flight: int = 64
    warm_up: int = 300
    alone: int = 100
    branches: int = 500
    fans: int = 10
    finished: int = 5_000
    open: int = 200
    quiet_seconds: float = 1.0
    volumes: tuple[int, ...] = (1, 64, 256)


_MEANINGS = {
    "directory": "where the logs lie while they are measured; its disk is what is measured",
    "rounds": "how often daemon and ceiling alternate",
    "jobs": "measured jobs of W1, and of each line of W5",
    "in_flight": "jobs at a time in W1",
    "warm_up": "jobs before the measured ones",
    "alone": "jobs of W2, one after another",
    "branches": "tasks of one job in W3; then ten times as many",
    "fans": "jobs of W3, and one ten times as large",
    "finished": "jobs that are finished when W4 kills the daemon",
    "open": "jobs that are not",
    "quiet_seconds": "how long nothing happens before the first kill of W4",
    "volumes": "jobs at a time in each line of W5",
}


def parsed(words: Sequence[str], workloads: Sequence[str]) -> Options:
    """The command line. Ends the process with a usage message when it is not understood."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD")
    parser.epilog = f"workloads: {', '.join(workloads)}; all of them when none is named"
    for name, meaning in _MEANINGS.items():
        default = getattr(Options, name)
        flag = f"--{name.replace('_', '-')}"
        if isinstance(default, tuple):
            parser.add_argument(flag, type=int, nargs="+", default=default, help=meaning)
        else:
            kind = type(default) if isinstance(default, int | float) else Path
            parser.add_argument(flag, type=kind, default=default, help=meaning)
    found = vars(parser.parse_args(words))
    if unknown := set(found["workloads"]) - set(workloads):
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    found["workloads"] = tuple(found["workloads"])
    found["volumes"] = tuple(found["volumes"])
    return Options(**found)

"""The processes of a benchmark, and what they used."""

from __future__ import annotations

import os
import signal
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60


class Used(NamedTuple):
    """By one thread since its start."""

    cpu_seconds: float
    written_bytes: int
    """Of pages that it made dirty, which is what will go to the disk."""


class Process:
    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def announced(self) -> str:
        """The first line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode()

    def used(self) -> list[Used]:
        """By thread, in the order of their start. CPU is the kernel's own accounting in
        nanoseconds; clock ticks are too coarse."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return [_used(thread) for thread in sorted(threads, key=lambda path: int(path.name))]

    def cpu_seconds(self) -> float:
        return sum(thread.cpu_seconds for thread in self.used())

    def kill(self) -> None:
        """With the processes that it started. Safe to repeat."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _environment() -> dict[str, str]:
    """Quiet; and with byte code on the disk, as an installation has it."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PLAYHEAD_LOG_LEVEL": "warning"}


def _used(thread: Path) -> Used:
    nanoseconds = int((thread / "schedstat").read_text().split()[0])
    counts = dict(line.split(": ") for line in (thread / "io").read_text().splitlines())
    return Used(nanoseconds / 1e9, int(counts["write_bytes"]))


@contextmanager
def running(*arguments: str) -> Iterator[Process]:
    process = Process(*arguments)
    try:
        yield process
    finally:
        process.kill()


def daemon(data: Path, socket: Path, *settings: str) -> Process:
    """As a service manager starts it. ``settings`` as ``http.serve=on``."""
    given = [word for setting in settings for word in ("--set", setting)]
    return Process("-m", "playhead", "serve", "--data", str(data), "--socket", str(socket), *given)


def until_accepts(socket: Path) -> None:
    """Return as soon as somebody accepts connections on ``socket``."""
    until = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < until:
        with sockets.socket(sockets.AF_UNIX) as probe:
            if probe.connect_ex(os.fspath(socket)) == 0:
                return
        time.sleep(0.001)
    raise TimeoutError(f"nobody accepts on {socket}")

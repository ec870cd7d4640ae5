"""The daemon as a process of its own, as a user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.daemon.shapes import Shapes
from tests.daemon.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS = 20.0


def clean_environment() -> dict[str, str]:
    """Nobody's own settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PLAYHEAD_")}
    return {**kept, "XDG_CONFIG_HOME": "/nonexistent", "PYTHONWARNINGS": "error"}


class DaemonProcess:
    """``settings`` by their names: ``{"store.group_events": 10}``."""

    def __init__(
        self, data: Path, settings: dict[str, Any] | None = None, *, socket: Path | None = None
    ) -> None:
        self.data = data
        self.settings = settings or {}
        self.socket = socket or data / "playhead.sock"
        self.log = data.with_name(data.name + ".stderr")
        self.lines: list[str] = []
        self._start()

    def _start(self) -> None:
        words = ["serve", "--data", str(self.data), "--socket", str(self.socket)]
        for name, value in {"log.format": "json", **self.settings}.items():
            words += ["--set", f"{name}={value}"]
        begun = time.monotonic()
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "playhead", *words],
                cwd=ROOT,
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        self.announced = self.process.stdout.readline().strip()
        self.ready_seconds = time.monotonic() - begun

    @property
    def is_ready(self) -> bool:
        return self.announced == f"playhead is ready on {self.socket}"

    def ready(self) -> DaemonProcess:
        assert self.is_ready, self.announced or self.log.read_text()
        return self

    def wire(self) -> Wire:
        return Wire(self.socket)

    def checked(self) -> Wire:
        """A connection whose every result is held to rpc.discover."""
        with self.wire() as wire:
            return Wire(self.socket, Shapes(wire.call("rpc.discover")))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> float:
        """End it with SIGTERM; how many seconds that took."""
        begun = time.monotonic()
        self.process.terminate()
        code = self._ended()
        assert code == 0, f"ended with {code}: {self.log.read_text()}"
        return time.monotonic() - begun

    def again(self) -> DaemonProcess:
        """Start on the same data, once it ended."""
        self._ended()
        self._start()
        return self.ready()

    def close(self) -> None:
        """Whatever state it is in. Safe to repeat."""
        if self.process.poll() is None:
            self.process.kill()
        self._ended()

    def logged(self) -> str:
        return self.log.read_text()

    def _ended(self) -> int:
        code = self.process.wait(END_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

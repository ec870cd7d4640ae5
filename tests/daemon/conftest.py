from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

Start = Callable[..., DaemonProcess]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Short, since a socket's path is; and nobody else's."""
    made = Path(tempfile.mkdtemp(prefix="ph-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def daemon(folder: Path) -> Iterator[DaemonProcess]:
    """One daemon for all tests of a module: each uses names of its own, and whatever one
    test does to it, the others are served."""
    process = DaemonProcess(folder / "shared").ready()
    yield process
    process.stop()
    assert "a call failed" not in process.logged()
    assert "Traceback" not in process.logged()


@pytest.fixture
def wire(daemon: DaemonProcess) -> Iterator[Wire]:
    with daemon.checked() as connected:
        yield connected


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts daemons of the test's own; ``start(settings)`` on new data."""
    started: list[DaemonProcess] = []

    def start(settings: dict[str, Any] | None = None, **more: Any) -> DaemonProcess:
        data = more.pop("data", None) or folder / f"own{len(list(folder.iterdir()))}"
        started.append(DaemonProcess(data, settings, **more))
        return started[-1]

    yield start
    for process in started:
        process.close()

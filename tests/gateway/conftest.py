from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http

Start = Callable[..., HttpDaemon]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ph-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def daemon(folder: Path) -> Iterator[HttpDaemon]:
    """One daemon for all tests of a module: each uses names of its own."""
    process = HttpDaemon(folder / "shared", {"http.socket": folder / "http.sock"})
    process.ready()
    yield process
    process.stop()
    assert "a call failed" not in process.logged()
    assert "a request failed" not in process.logged()
    assert "Traceback" not in process.logged()


@pytest.fixture
def http(daemon: HttpDaemon) -> Iterator[Http]:
    with daemon.http() as client:
        yield client


@pytest.fixture
def wire(daemon: HttpDaemon) -> Iterator[Wire]:
    """The same daemon over its socket."""
    with daemon.checked() as connected:
        yield connected


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    started: list[HttpDaemon] = []

    def start(settings: dict[str, Any] | None = None, **more: Any) -> HttpDaemon:
        data = more.pop("data", None) or folder / f"own{len(list(folder.iterdir()))}"
        started.append(HttpDaemon(data, settings, **more))
        return started[-1]

    yield start
    for process in started:
        process.close()

"""Conductor's own JavaScript client and workers from npm, unmodified, against a real daemon.

The package is installed once into the user's cache; without node, npm or a registry the test
says so and is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from tests.gateway.daemons import HttpDaemon

PACKAGE, VERSION = "@io-orkes/conductor-javascript", "4.0.0"
PROGRAM = Path(__file__).with_name("workers") / "official.cjs"
INSTALL_SECONDS, RUN_SECONDS = 120, 120


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder of the installed package."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not installed")
    folder = user_cache_path("playhead-tests") / f"conductor-javascript-{VERSION}"
    found = folder / "node_modules"
    if not (found / PACKAGE / "package.json").exists():
        _install(npm, folder)
    return found


def _install(npm: str, folder: Path) -> None:
    """Aside, and moved when it is whole: several runs may want it at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}.{os.getpid()}")
    aside.mkdir()
    words = ["install", "--no-audit", "--no-fund", "--no-save", "--legacy-peer-deps"]
    try:
        done = subprocess.run(
            [npm, *words, f"{PACKAGE}@{VERSION}"],
            cwd=aside,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {PACKAGE} within {INSTALL_SECONDS} seconds")
    if done.returncode:
        pytest.skip(f"npm cannot install {PACKAGE}: {done.stderr.strip()[-300:]}")
    if folder.exists():
        shutil.rmtree(aside)
    else:
        aside.rename(folder)


def test_its_clients_and_workers_run(daemon: HttpDaemon, modules: Path) -> None:
    done = subprocess.run(
        ["node", str(PROGRAM), f"{daemon.url}/api", "javascript"],
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["ok"] == [
        "definitions",
        "workers",
        "a worker that gives up",
        "synchronous execution",
        "steering",
        "signals",
        "tests with mocks",
        "tasks, logs and search",
    ]

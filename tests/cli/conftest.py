from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest

from playhead import cli

ROOT = Path(__file__).resolve().parents[2]

GREETING = {
    "name": "greet",
    "version": 1,
    "schemaVersion": 2,
    "ownerEmail": "ops@example.com",
    "tasks": [
        {
            "name": "say_hello",
            "taskReferenceName": "hello",
            "type": "SIMPLE",
            "inputParameters": {"name": "${workflow.input.name}"},
        }
    ],
    "outputParameters": {"said": "${hello.output.said}"},
}


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Daemon:
    """A real daemon in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.socket = data / "playhead.sock"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "playhead", "serve", "--data", str(data)],
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.announced = self.process.stdout.readline()

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PLAYHEAD_")}


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    data = tmp_path_factory.mktemp("data")
    data.chmod(0o700)
    daemon = Daemon(data)
    yield daemon
    assert daemon.stop() == 0


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in this process."""
    for name in [name for name in os.environ if name.startswith("PLAYHEAD_")]:
        monkeypatch.delenv(name)

    def run(*words: str) -> Done:
        capsys.readouterr()
        try:
            code = cli.main(words)
        except SystemExit as ended:
            code = cast(int, ended.code)
        said = capsys.readouterr()
        return Done(int(code), said.out, said.err)

    return run


@pytest.fixture
def ask(run: Run, daemon: Daemon) -> Run:
    """Run one command against the daemon."""
    return lambda *words: run(*words, "--socket", str(daemon.socket))


@pytest.fixture
def greeting(tmp_path: Path) -> Path:
    """The file of a definition of one step."""
    path = tmp_path / "greet.json"
    path.write_text(json.dumps(GREETING))
    return path


@pytest.fixture
def job(ask: Run, greeting: Path) -> str:
    """A job that waits for its only step."""
    ask("version", "add", str(greeting), "--request-id", "the-version-of-the-tests")
    return ask("job", "submit", "greet", "--input", '{"name": "Ada"}').out.strip()

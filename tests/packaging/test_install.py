"""What an installation adds, and that it finds its own packages whatever lies about.

Nothing is downloaded: the dependencies of the environment that runs the tests are lent to
the one that is made here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = ("config", "daemon", "eventstore", "projections")

STAND_IN = """
import importlib, json, sys
from playhead import cli
names = json.loads(sys.argv[1])
places = lambda: print(json.dumps([importlib.import_module(n).__file__ for n in names]))
cli.main = lambda: places() or 0
from playhead.__main__ import main
sys.exit(main())
"""
"""Starts as the command does, but instead of the command line says where packages come from."""


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    result = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PYTHONPATH": sysconfig.get_path("purelib"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(target: str, source: Path, output: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", output, folder=source)
    (built,) = output.iterdir()
    return built


class Environment:
    """A virtual environment with nothing in it."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder)
        self.python = folder / "bin" / "python"
        self.packages = Path(
            run(
                self.python,
                "-c",
                "import sysconfig; print(sysconfig.get_path('purelib'))",
                folder=folder,
            ).strip()
        )

    def install(self, *what: str | Path) -> set[str]:
        """The names that stand in site-packages afterwards and did not before."""
        before = {path.name for path in self.packages.iterdir()}
        run(
            *(sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet"),
            *("--no-deps", "--no-index", "--no-build-isolation", "--no-compile"),
            *("--disable-pip-version-check", *what),
            folder=self.packages,
        )
        return {path.name for path in self.packages.iterdir()} - before

    def places(self, folder: Path) -> list[Path]:
        """Where the application's packages come from when it starts in ``folder``."""
        names = json.dumps(APPLICATION)
        told = run(self.python, "-c", STAND_IN, names, folder=folder)
        return [Path(place) for place in json.loads(told)]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A working directory with somebody's own modules of the same names."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in APPLICATION:
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong one')\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_wheel_adds_one_name_and_finds_its_own_packages(
    wheel: Path, hostile: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "venv")
    assert environment.install(wheel) == {"playhead", "playhead-0.1.0.dist-info"}
    application = environment.packages / "playhead" / "application"
    assert environment.places(hostile) == [application / n / "__init__.py" for n in APPLICATION]
    assert (environment.python.parent / "playhead").exists()


def test_editable_install_finds_the_checkout(hostile: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    added = environment.install("--editable", ROOT)
    assert added == {"_playhead.pth", "playhead-0.1.0.dist-info"}
    assert environment.places(hostile) == [ROOT / n / "__init__.py" for n in APPLICATION]


def test_wheel_carries_types_and_data(wheel: Path) -> None:
    names = contents(wheel)
    assert "playhead/py.typed" in names
    assert "playhead/application/config/default.toml" in names
    assert not [name for name in names if "__pycache__" in name]


def test_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", ROOT, tmp_path / "sdist")
    run("tar", "-xzf", sdist, folder=tmp_path)
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert contents(build("wheel", source, tmp_path / "wheel")) == contents(wheel)
    assert (source / "Makefile").exists()
    assert (source / ".ci" / "environment").exists()

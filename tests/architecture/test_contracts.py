"""The import contracts of pyproject.toml hold, and notice when one is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT

LINT = (sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()")

OFFENCES = {
    "Imports point down": ("projections/offence.py", "import daemon.operations.calls"),
    "config imports nothing of ours": ("config/offence.py", "import eventstore.store"),
    "Decider, dialects and event vocabulary are pure": ("daemon/decider/offence.py", "import time"),
    "Decider and dialects see the event vocabulary and the store's port, nothing behind it": (
        "daemon/dialects/offence.py",
        "import eventstore.sql",
    ),
    "No dialect knows another": (
        "daemon/dialects/steps/offence.py",
        "import daemon.dialects.tasks",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [*LINT, "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said about a copy with an offence against every contract."""
    copy = tmp_path_factory.mktemp("offences")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package)
    for file, line in OFFENCES.values():
        (copy / file).write_text(f"{line}\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


def test_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", OFFENCES)
def test_contract_notices_an_offence(contract: str, report: str) -> None:
    assert f"{contract} BROKEN" in report


def test_every_contract_has_its_offence(report: str) -> None:
    assert f"Contracts: 0 kept, {len(OFFENCES)} broken." in report

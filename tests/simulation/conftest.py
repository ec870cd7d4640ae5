"""How much is simulated. The defaults are for every day and take seconds.

``--seeds N`` (or ``PLAYHEAD_SEEDS=N``) runs N random worlds, on every processor there is.
``--thorough`` (or ``PLAYHEAD_THOROUGH=1``) crashes and fails every commit of every scenario
on both stores instead of one on one store. The options need ``tests/simulation`` to be named
on pytest's command line; the variables work everywhere.
"""

from __future__ import annotations

import os

import pytest

DEFAULT_SEEDS = 40


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=None, help="random worlds to simulate")
    parser.addoption("--thorough", action="store_true", help="crash after every commit")


@pytest.fixture(scope="session")
def seeds(request: pytest.FixtureRequest) -> int:
    asked = request.config.getoption("--seeds", default=None)
    return int(asked or os.environ.get("PLAYHEAD_SEEDS") or DEFAULT_SEEDS)


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    asked = request.config.getoption("--thorough", default=False)
    return bool(asked or os.environ.get("PLAYHEAD_THOROUGH"))

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playhead import Client
from tests.client.daemons import ScriptedDaemon


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[ScriptedDaemon]:
    daemon = ScriptedDaemon(tmp_path / "d.sock")
    await daemon.start()
    yield daemon
    await daemon.stop()


@pytest.fixture
async def client(daemon: ScriptedDaemon) -> AsyncIterator[Client]:
    async with Client(daemon.path) as client:
        yield client

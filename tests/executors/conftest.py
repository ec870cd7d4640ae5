from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from daemon.executors.scripts import ScriptLimits, ScriptPool

LIMITS = ScriptLimits(
    timeout_seconds=5, memory_bytes=32 << 20, max_value_bytes=1 << 20, max_depth=20
)


@pytest.fixture
async def pool() -> AsyncIterator[ScriptPool]:
    async with ScriptPool(processes=1, limits=LIMITS) as one:
        yield one

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.backends import Backend


@pytest.fixture(params=["sqlite", "inline"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """The SQLite store in both forms; the suite that all back ends share is conformance."""
    backend = Backend(request.param, tmp_path)
    yield backend
    await backend.close()

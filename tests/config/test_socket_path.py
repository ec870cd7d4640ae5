"""Client and daemon meet without being told where."""

from __future__ import annotations

import pytest

from config.settings import load
from playhead.paths import default_socket


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PLAYHEAD_DATA_DIR": "/srv/playhead"},
        {"PLAYHEAD_DATA_DIR": "/srv/playhead", "PLAYHEAD_SOCKET": "~/s.sock"},
    ],
)
def test_client_looks_for_the_socket_where_the_daemon_puts_it(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLAYHEAD_DATA_DIR", "PLAYHEAD_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_socket() == load(environment=environment).paths.socket

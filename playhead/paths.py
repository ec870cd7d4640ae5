"""Where the daemon's socket is if nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

SOCKET_NAME = "playhead.sock"


def default_socket() -> Path:
    """From PLAYHEAD_SOCKET, else in PLAYHEAD_DATA_DIR, else in the platform's data folder."""
    named = os.environ.get("PLAYHEAD_SOCKET")
    if named:
        return Path(named).expanduser()
    folder = os.environ.get("PLAYHEAD_DATA_DIR")
    if folder:
        return Path(folder).expanduser() / SOCKET_NAME
    from platformdirs import user_data_path

    return user_data_path("playhead", appauthor=False) / SOCKET_NAME

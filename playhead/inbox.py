"""What arrived for one subscription and was not taken yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

MAX_BUFFERED_EVENTS = 10_000
EVENT = "events.event"


class Inbox:
    """What arrived for one subscription and was not taken yet."""

    def __init__(self) -> None:
        self.events: deque[dict[str, Any]] = deque()
        self.ended = False
        self.changed = asyncio.Event()

    def put(self, method: str, params: dict[str, Any]) -> None:
        """Any notification but an event says that no more will come."""
        if method != EVENT or len(self.events) >= MAX_BUFFERED_EVENTS:
            self.end()
        elif not self.ended:
            self.events.append(params["event"])
            self.changed.set()

    def end(self) -> None:
        self.ended = True
        self.changed.set()

"""What is needed is not in memory: load it, then ask again.

Deciding is synchronous. Where it meets a job or a plan that is not in the cache it raises
``Cold`` before anything has happened; whoever called awaits ``load`` and calls again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable


class Cold(Exception):
    """Await ``load()`` and repeat the call."""

    def __init__(self, what: str, load: Callable[[], Awaitable[None]]) -> None:
        super().__init__(f"{what} is not loaded")
        self.what = what
        self.load = load

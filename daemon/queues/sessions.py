"""Sessions: whose tasks go back to their queue when a worker is gone (DESIGN §3).

A session lives as long as a connection speaks for it. When the last one is gone, a grace
period begins; a worker that comes back within it keeps its tasks. After a start of the
daemon every session that held tasks begins in its grace period.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from daemon.queues.queue import TaskKey


class Sessions:
    """``give_back(key, session)`` is called for each task of a session that stays away."""

    def __init__(self, give_back: Callable[[TaskKey, str], None], *, grace_seconds: float) -> None:
        self._give_back = give_back
        self._grace = grace_seconds
        self._held: dict[str, set[TaskKey]] = {}
        self._holder: dict[TaskKey, str] = {}
        self._speakers: dict[str, set[str]] = {}
        self._spoken_for: dict[str, set[str]] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    def speaks(self, connection: str, session: str) -> None:
        """``connection`` acts for ``session``: it is there (again)."""
        speakers = self._speakers.setdefault(session, set())
        if connection in speakers:
            return
        speakers.add(connection)
        self._spoken_for.setdefault(connection, set()).add(session)
        leaving = self._leaving.pop(session, None)
        if leaving is not None:
            leaving.cancel()

    def gone(self, connection: str) -> None:
        """The connection closed. Safe to repeat."""
        for session in sorted(self._spoken_for.pop(connection, ())):
            speakers = self._speakers[session]
            speakers.discard(connection)
            if not speakers:
                del self._speakers[session]
                self._leave(session)

    def holds(self, session: str, key: TaskKey) -> None:
        """A task went to ``session``; it may be one that nobody speaks for (any more)."""
        if not session:
            return
        self._held.setdefault(session, set()).add(key)
        self._holder[key] = session
        if session not in self._speakers and session not in self._leaving:
            self._leave(session)

    def holder(self, key: TaskKey) -> str | None:
        return self._holder.get(key)

    def released(self, key: TaskKey) -> None:
        """The task ended or went back. Safe to repeat."""
        session = self._holder.pop(key, None)
        if session is None:
            return
        held = self._held[session]
        held.discard(key)
        if not held:
            del self._held[session]

    def stop(self) -> None:
        for handle in self._leaving.values():
            handle.cancel()
        self._leaving.clear()

    def _leave(self, session: str) -> None:
        if session not in self._held:
            return
        loop = asyncio.get_running_loop()
        self._leaving[session] = loop.call_later(self._grace, self._over, session)

    def _over(self, session: str) -> None:
        self._leaving.pop(session, None)
        for key in sorted(self._held.pop(session, ())):
            self._holder.pop(key, None)
            self._give_back(key, session)

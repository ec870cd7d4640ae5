"""What read models need of a log: to read it and to hear of what is new, never to write."""

from __future__ import annotations

from typing import Protocol

from eventstore.store import Head, Listener, Recorded, StreamRow


class Log(Protocol):
    """The reading part of ``eventstore.store.EventStore``."""

    @property
    def log_id(self) -> str: ...
    @property
    def head(self) -> Head: ...
    def listen(self, listener: Listener) -> None: ...
    async def read(
        self, stream: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]: ...
    async def read_all(
        self, *, after: int = 0, limit: int, streams: str | None = None
    ) -> list[Recorded]: ...
    async def stream_row(self, stream: str) -> StreamRow | None: ...

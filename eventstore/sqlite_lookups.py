"""Point lookups on the event loop's thread; see ``connection.open_lookup`` for why."""

from __future__ import annotations

from pathlib import Path

from eventstore.connection import open_lookup
from eventstore.sql import statements
from eventstore.store import AnsweredRequest

_READ = statements("read")


class PointLookups:
    """One row by its key, over a connection of its own."""

    def __init__(self, path: Path, *, immutable: bool = False) -> None:
        self._raw = open_lookup(path, immutable=immutable)

    def close(self) -> None:
        self._raw.close()

    def request(self, actor: str, request_id: str) -> AnsweredRequest | None:
        row = self._raw.execute(_READ["request"], (actor, request_id)).fetchone()
        if row is None:
            return None
        method, digest, first, last = row
        return AnsweredRequest(method, digest, first, last, durable=True)

    def sequence(self, stream: str) -> int:
        row = self._raw.execute(_READ["sequence"], (stream,)).fetchone()
        return 0 if row is None else int(row[0])

"""The salts that keep the user data of each stream from being guessed by its digest."""

from __future__ import annotations

from collections.abc import Callable

RandomBytes = Callable[[int], bytes]

SALT_BYTES = 16
_DRAWN_AT_ONCE = 64


class Salts(dict[str, bytes]):
    """By stream: found or drawn when they are first asked for, then remembered. Between
    ``begin`` and ``settled`` or ``lost`` one commit group asks."""

    def __init__(self, random_bytes: RandomBytes, *, known_streams: int) -> None:
        super().__init__()
        self._random_bytes = random_bytes
        self._known_streams = known_streams
        self._stored: Callable[[str], bytes | None]
        self._pool = b""
        self._created: set[str] = set()
        self.new: dict[str, bytes] = {}
        """What the group drew and must write."""

    def begin(self, stored: Callable[[str], bytes | None], created: set[str]) -> None:
        """``created``: streams that begin with this group, so that none is stored."""
        self._stored = stored
        self._created = created

    def __missing__(self, stream: str) -> bytes:
        salt = None if stream in self._created else self._stored(stream)
        if salt is None:
            salt = self.new[stream] = self._drawn()
        self[stream] = salt
        return salt

    def settled(self) -> None:
        """The group is written."""
        self.new = {}
        if len(self) > self._known_streams:
            self.clear()

    def lost(self) -> None:
        """The group is not written, nor what it drew."""
        for stream in self.new:
            del self[stream]
        self.new = {}

    def _drawn(self) -> bytes:
        """A call for random bytes costs as much as hashing an event: many at once."""
        if not self._pool:
            self._pool = self._random_bytes(SALT_BYTES * _DRAWN_AT_ONCE)
        salt, self._pool = self._pool[:SALT_BYTES], self._pool[SALT_BYTES:]
        return salt

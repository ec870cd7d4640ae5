"""What is written to one peer: collected, and handed to the transport once a loop turn."""

from __future__ import annotations

import asyncio


class Outbox:
    """A write is a system call; a turn of the loop may produce hundreds of answers. What
    reaches ``most_bytes`` is handed over at once, so that the transport can say stop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, most_bytes: int
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._most_bytes = most_bytes
        self._lines: list[bytes] = []
        self._bytes = 0
        self._unsent_bytes = 0
        """What the system had not taken at the last flush: never less than what it has not
        taken now."""

    @property
    def unread_bytes(self) -> int:
        """Written for the peer and not yet taken by the system."""
        return self._bytes + self._transport.get_write_buffer_size()

    def has_unread(self, above_bytes: int) -> bool:
        """Asks the transport only when it may be so: this is asked for every answer."""
        if self._bytes + self._unsent_bytes <= above_bytes:
            return False
        return self.unread_bytes > above_bytes

    def put(self, line: bytes) -> None:
        if not self._lines:
            self._loop.call_soon(self.flush)
        self._lines.append(line)
        self._bytes += len(line)
        if self._bytes >= self._most_bytes:
            self.flush()

    def flush(self) -> None:
        if self._lines and not self._transport.is_closing():
            self._transport.write(b"".join(self._lines))
            self._unsent_bytes = self._transport.get_write_buffer_size()
        self._lines.clear()
        self._bytes = 0

"""Reading from a connection without making room for each read."""

from __future__ import annotations

import asyncio

READ_BYTES = 65_536


class Reader(asyncio.BufferedProtocol):
    """Calls ``received`` with what was read. ``asyncio.Protocol`` asks for room for 256 KiB at
    each read and gives back what is over, which the allocator turns into calls of the kernel
    that cost more than everything else about a small message.

    The loop fills the room and tells of it in one go, so all connections of a server share one.
    """

    def __init__(self, room: memoryview) -> None:
        self._room = room

    def received(self, data: bytes) -> None:
        raise NotImplementedError

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        self.received(bytes(self._room[:nbytes]))


def room() -> memoryview:
    return memoryview(bytearray(READ_BYTES))

"""The ceiling's client: jobs that are nothing but lines, each sent when the last came back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.processes import Process, running, until_accepts
from daemon.rpc.reading import Reader, room

LINE = b"x" * 200 + b"\n"
"""About the size of a stored event."""


class Lanes(Reader):
    """Each lane has one job at a time; a job is ``waits`` lines, one after another."""

    def __init__(self) -> None:
        super().__init__(room())
        self._rest = b""
        self._turns: deque[list[float]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def run(self, jobs: int, *, waits: int, in_flight: int) -> list[float]:
        """Seconds of each job."""
        self._jobs_left = jobs
        self._waits = waits
        self._seconds: list[float] = []
        self._wanted = jobs
        self._done = asyncio.get_running_loop().create_future()
        lanes = min(in_flight, jobs)
        self._jobs_left -= lanes
        begun = time.perf_counter()
        # Begun, and the lines still to come back.
        self._turns.extend([begun, waits] for _ in range(lanes))
        self._transport.write(LINE * lanes)
        await self._done
        return self._seconds

    def received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        again = sum(self._came_back(self._turns.popleft()) for _ in lines)
        self._transport.write(LINE * again)

    def _came_back(self, turn: list[float]) -> bool:
        """Whether the lane sends another line."""
        turn[1] -= 1
        if not turn[1]:
            now = time.perf_counter()
            self._seconds.append(now - turn[0])
            if len(self._seconds) == self._wanted:
                self._done.set_result(None)
            if not self._jobs_left:
                return False
            self._jobs_left -= 1
            turn[:] = [now, self._waits]
        self._turns.append(turn)
        return True

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def ceiling(folder: Path) -> AsyncIterator[tuple[Process, Lanes]]:
    """A fresh one."""
    socket = folder / "ceiling.sock"
    with running("-m", "benchmarks.ceiling", str(folder / "ceiling.db"), str(socket)) as process:
        until_accepts(socket)
        _, lanes = await asyncio.get_running_loop().create_unix_connection(Lanes, str(socket))
        try:
            yield process, lanes
        finally:
            lanes.close()

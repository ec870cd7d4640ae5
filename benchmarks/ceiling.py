"""The ceiling: a Unix-socket echo over a group-committed SQLite log, and nothing else.

Each line is written to the log, ``ROWS`` rows of it, and goes back once they are durable.
No JSON, no hash, no index, no decision: what is left is what any daemon of this shape has
to do. ``python -m benchmarks.ceiling FILE SOCKET``
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from daemon.rpc.reading import Reader, room

ROWS = 2
"""The daemon writes 11 events in a W1 job, for which somebody waits five times; two rows
for each of four waits come near it from below."""

Group = list[tuple["Echo", bytes]]


class Log:
    """Writes a group at a time on a thread of its own; ``written`` is called on the loop."""

    def __init__(self, path: Path, written: Callable[[Group], None]) -> None:
        self._path = path
        self._written = written
        self._loop = asyncio.get_running_loop()
        self._groups: SimpleQueue[Group] = SimpleQueue()
        self._waiting: Group = []
        self._busy = False
        threading.Thread(target=self._write, daemon=True).start()

    def append(self, echo: Echo, line: bytes) -> None:
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._flush)
        self._waiting.append((echo, line))

    def _flush(self) -> None:
        group, self._waiting = self._waiting, []
        self._busy = bool(group)
        if group:
            self._groups.put(group)

    def _write(self) -> None:
        log = sqlite3.connect(self._path, isolation_level=None)
        log.execute("PRAGMA journal_mode = WAL")
        log.execute("PRAGMA synchronous = FULL")
        assert log.execute("PRAGMA synchronous").fetchone() == (2,), "commits are not durable"
        log.execute("CREATE TABLE log (position INTEGER PRIMARY KEY, entry BLOB)")
        while True:
            group = self._groups.get()
            log.execute("BEGIN")
            rows = [(line,) for _, line in group for _ in range(ROWS)]
            log.executemany("INSERT INTO log (entry) VALUES (?)", rows)
            log.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Group) -> None:
        self._flush()
        self._written(group)


class Echo(Reader):
    """One client."""

    def __init__(self, log: Log) -> None:
        super().__init__(room())
        self._log = log
        self._rest = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._log.append(self, line)


def answer(group: Group) -> None:
    answers: dict[Echo, list[bytes]] = {}
    for echo, line in group:
        answers.setdefault(echo, []).append(line + b"\n")
    for echo, lines in answers.items():
        echo.transport.write(b"".join(lines))


async def serve(path: Path, socket: Path) -> None:
    log = Log(path, answer)
    server = await asyncio.get_running_loop().create_unix_server(lambda: Echo(log), str(socket))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))

"""A real write error: the process may not make files larger than a limit, which SQLite
sees as an I/O error (not as a full disk). ``python -m tests.eventstore.full_file LOG``"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from eventstore.sqlite import SqliteEventStore
from eventstore.store import ReadOnly, WriteFailed
from tests.conformance.backends import ManualClock, paused, put, settled

LIMIT_BYTES = 400_000


async def append_until_refused(log: Path) -> None:
    store = SqliteEventStore(log, clock=ManualClock())
    await store.start()
    sequence = 0
    try:
        while True:
            put(store, "job/1", sequence, paused("x" * 5_000))
            await settled(store)
            sequence += 1
    except WriteFailed:
        print(sequence, store.state.mode, len(await store.read("job/1")))  # noqa: T201
    try:
        put(store, "job/1", sequence)
    except ReadOnly:
        print("read-only")  # noqa: T201
    await store.close()


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))
    asyncio.run(append_until_refused(Path(sys.argv[1])))

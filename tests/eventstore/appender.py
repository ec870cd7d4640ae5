"""Appends until it is killed, and prints the last position of every acknowledged batch.

``python -m tests.eventstore.appender LOG``
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from eventstore.events import JobPaused
from eventstore.sqlite import SqliteEventStore
from eventstore.store import Batch, Entry, EventStoreError, Recorded

WIDTH = 20


class Printer:
    def on_durable(self, events: Sequence[Recorded]) -> None:
        sys.stdout.write(f"{events[-1].position} {events[-1].hash.hex()}\n")
        sys.stdout.flush()

    def on_failed(self, first_lost: int, error: EventStoreError) -> None:
        sys.exit(f"{first_lost}: {error}")


async def append_for_ever(log: Path) -> None:
    store = SqliteEventStore(log, clock=lambda: time.time_ns() // 1_000)
    await store.start()
    store.listen(Printer())
    while True:
        for number in range(WIDTH):
            stream = f"job/{number}"
            events = (JobPaused(reason="x" * number * 50), JobPaused())
            entry = Entry(stream=stream, expected=store.sequence(stream), events=events)
            store.append(Batch(entries=(entry,), at=store.now(), actor="child"))
            await asyncio.sleep(0)
        await store.durable(store.next_position - 1)


if __name__ == "__main__":
    asyncio.run(append_for_ever(Path(sys.argv[1])))

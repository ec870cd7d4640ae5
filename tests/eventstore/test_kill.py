"""What was acknowledged is there after ``kill -9``, and batches are whole."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

from eventstore.sqlite import SqliteEventStore
from tests.conformance.backends import ManualClock

ROOT = Path(__file__).parents[2]
KILLS = 6


def acknowledged(log: Path, after_lines: int) -> list[tuple[int, str]]:
    """Kill a child after it acknowledged so often; what it acknowledged at all."""
    command = [sys.executable, "-m", "tests.eventstore.appender", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after_lines)]
        child.kill()
        lines += child.stdout.readlines()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(int(position), digest) for position, digest in whole]


async def test_every_acknowledged_event_survives(tmp_path: Path) -> None:
    log, chance = tmp_path / "log.db", random.Random(11)
    told: list[tuple[int, str]] = []
    for _ in range(KILLS):
        told += acknowledged(log, chance.randint(1, 60))

    store = SqliteEventStore(log, clock=ManualClock())
    await store.start()
    try:
        events = {event.position: event for event in await store.read_all(limit=10**6)}
        assert [events[position].hash.hex() for position, _ in told] == [hash for _, hash in told]
        assert len(told) >= KILLS
        assert store.head.position % 2 == 0, "a batch has two events"
        assert (await store.verify()).ok
    finally:
        await store.close()


async def test_a_real_write_error(tmp_path: Path) -> None:
    log = tmp_path / "log.db"
    command = [sys.executable, "-m", "tests.eventstore.full_file", str(log)]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, refused = done.stdout.splitlines()
    count, mode, read = told.split()
    assert (mode, read, refused) == ("read-only", count, "read-only")
    assert (tmp_path / "log.db.io-failed").exists()

    store = SqliteEventStore(log, clock=ManualClock())
    await store.start()
    try:
        assert len(await store.read("job/1")) >= int(count) > 10
        assert not (tmp_path / "log.db.io-failed").exists()
        assert (await store.verify()).ok
    finally:
        await store.close()

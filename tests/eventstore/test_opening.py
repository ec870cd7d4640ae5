from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eventstore.offline import OfflineLog
from eventstore.settings import StoreSettings
from eventstore.store import Damaged, LogLocked, LogNewer
from tests.conformance.backends import Backend, paused, put, settled


async def written(backend: Backend, events: int = 5) -> None:
    store = await backend.open()
    for sequence in range(events):
        put(store, "job/1", sequence, paused(f"reason {sequence}"))
    await settled(store)
    await store.close()


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


async def refused(backend: Backend, error: type[Exception], match: str) -> None:
    """The start fails so, again and again, and leaves neither lock nor thread."""
    before = threading.active_count()
    for _ in range(2):
        store = backend.make()
        with pytest.raises(error, match=match):
            await store.start()
        await store.close()
    while threading.active_count() > before:  # noqa: ASYNC110 - threads tell nobody
        await asyncio.sleep(0.001)


async def test_one_daemon_per_log(backend: Backend) -> None:
    store = await backend.open()
    await refused(backend, LogLocked, "another daemon has the log open")
    await store.close()
    await backend.open()


async def test_a_log_of_a_newer_format(backend: Backend) -> None:
    await written(backend)
    alter(backend.path, "PRAGMA user_version = 99")
    content = backend.path.read_bytes()
    await refused(backend, LogNewer, "format 99")
    assert backend.path.read_bytes() == content


async def test_a_log_with_events_of_a_later_release(backend: Backend) -> None:
    await written(backend)
    alter(backend.path, "INSERT INTO forms VALUES ('JobTeleported', 1)")
    await refused(backend, LogNewer, "JobTeleported")


async def test_a_file_that_is_no_database(backend: Backend) -> None:
    backend.path.write_bytes(b"not a database at all" * 100)
    content = backend.path.read_bytes()
    await refused(backend, Damaged, r"log\.db cannot be opened as a log")
    assert backend.path.read_bytes() == content


async def test_somebody_elses_database(backend: Backend) -> None:
    alter(backend.path, "CREATE TABLE theirs (n)")
    await refused(backend, Damaged, "not a log of this daemon")
    with closing(sqlite3.connect(backend.path)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)


async def test_an_empty_file_becomes_a_log(backend: Backend) -> None:
    backend.path.touch()
    await written(backend)


async def test_a_damaged_tail(backend: Backend) -> None:
    await written(backend)
    alter(backend.path, """UPDATE events SET "values" = '{"reason":"other"}' WHERE position = 5""")
    await refused(backend, Damaged, "position 5: the user data is not what was chained")


async def test_a_tail_that_is_cut_off(backend: Backend) -> None:
    await written(backend)
    alter(backend.path, "DELETE FROM events WHERE position = 5")
    await refused(backend, Damaged, "position 5 is missing")


async def test_damage_before_the_tail_is_left_to_verify(backend: Backend) -> None:
    backend.settings = StoreSettings(verify_tail_events=2)
    await written(backend)
    alter(backend.path, "UPDATE events SET actor = 'uid:0/root' WHERE position = 2")
    store = await backend.open()
    verdict = await store.verify()
    assert (verdict.ok, verdict.broken_at) == (False, 2)
    assert (await store.verify(after=3)).ok


async def test_durable_by_every_commit(backend: Backend) -> None:
    backend.settings = StoreSettings(checkpoint_pages=123, cache_kib=4096, busy_seconds=1.5)
    store = await backend.open()

    def pragmas(raw: sqlite3.Connection) -> list[Any]:
        names = ["journal_mode", "synchronous", "secure_delete", "wal_autocheckpoint"]
        names += ["cache_size", "busy_timeout"]
        return [raw.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store._write.run(pragmas) == ["wal", 2, 1, 123, -4096, 1500]


async def test_a_closed_log_is_one_file(backend: Backend) -> None:
    await written(backend)
    assert {path.name for path in backend.path.parent.iterdir()} == {"log.db", "log.db.lock"}


async def test_offline_what_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await OfflineLog(tmp_path / "missing.db").start()
    (tmp_path / "other.db").write_bytes(b"nothing of that kind" * 100)
    with pytest.raises(Damaged):
        await OfflineLog(tmp_path / "other.db").start()
    (tmp_path / "empty.db").touch()
    with pytest.raises(Damaged, match="empty"):
        await OfflineLog(tmp_path / "empty.db").start()


async def test_offline_beside_its_wal(backend: Backend, tmp_path: Path) -> None:
    store = await backend.open()
    put(store, "job/1", 0, paused("in the wal"))
    await settled(store)
    copy = tmp_path / "copy"
    copy.mkdir()
    for suffix in ("", "-wal"):
        source = backend.path.with_name(f"log.db{suffix}")
        (copy / f"log.db{suffix}").write_bytes(source.read_bytes())
    offline = OfflineLog(copy / "log.db")
    await offline.start()
    try:
        assert len(await offline.read("job/1")) == 1
    finally:
        await offline.close()


async def test_known_streams_are_bounded(backend: Backend) -> None:
    backend.settings = StoreSettings(known_streams=10)
    store = await backend.open()
    for number in range(50):
        put(store, f"job/{number}", 0, paused("x"))
        await settled(store)
    assert len(store._pending._tails) <= 11
    assert len(store._group_writer._salts) <= 11
    put(store, "job/0", 1, paused("y"))
    await settled(store)
    assert (await store.verify()).ok

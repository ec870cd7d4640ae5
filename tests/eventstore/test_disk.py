"""What a full or failing disk does to the log, and how it comes back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from eventstore.settings import StoreSettings
from eventstore.sqlite_errors import as_store_error
from eventstore.store import Damaged, DiskFull, NotWritten, ReadOnly, WriteFailed
from tests.conformance.backends import Backend, Heard, paused, put, settled


def sqlite_error(code: int, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("planted")
    error.sqlite_errorcode = code
    error.sqlite_errorname = name
    return error


class FailingCommit:
    """A connection whose COMMIT fails."""

    def __init__(self, raw: sqlite3.Connection, error: sqlite3.Error) -> None:
        self._raw = raw
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql == "COMMIT":
            raise self._error
        return self._raw.execute(sql, *parameters)


def break_commits(store: Any, error: sqlite3.Error) -> None:
    write = store._group_writer.commit
    store._group_writer.commit = lambda raw, group: write(FailingCommit(raw, error), group)


async def limit_pages(store: Any, spare: int | None) -> None:
    def limit(raw: sqlite3.Connection) -> None:
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        most = 2**30 if spare is None else pages + spare
        raw.execute(f"PRAGMA max_page_count = {most}")

    await store._write.run(limit)


async def test_a_full_disk_is_a_clean_error_that_heals(backend: Backend) -> None:
    store = await backend.open()
    heard = Heard()
    store.listen(heard)
    put(store, "job/1", 0, paused("kept"))
    await settled(store)
    await limit_pages(store, spare=1)

    for sequence in range(1, 4):
        put(store, "job/1", sequence, paused("x" * 10_000))
    put(store, "job/2", 0)
    with pytest.raises(DiskFull, match="make room"):
        await settled(store)
    assert store.state.mode == "disk-full"
    assert [first for first, _ in heard.failures] == [2]
    assert store.next_position == 2
    assert len(await store.read("job/1")) == 1

    put(store, "job/1", 1, paused("x" * 30_000))  # still no room
    with pytest.raises(DiskFull):
        await settled(store)
    await limit_pages(store, spare=None)
    put(store, "job/1", 1, paused("x" * 10_000))
    await settled(store)
    assert store.state.mode == "ok"
    assert not store.marker_path.exists()
    assert (await store.verify()).ok


async def test_a_write_error_leaves_a_marker_and_never_ends_the_process(
    backend: Backend,
) -> None:
    store = await backend.open()
    put(store, "job/1", 0, paused("kept"))
    await settled(store)
    break_commits(store, sqlite_error(sqlite3.SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"))

    put(store, "job/1", 1)
    with pytest.raises(WriteFailed, match="SQLITE_IOERR_FSYNC"):
        await settled(store)
    assert store.state.mode == "read-only"
    assert "started again" in (store.state.why or "")
    with pytest.raises(ReadOnly, match="SQLITE_IOERR_FSYNC"):
        put(store, "job/1", 1)
    assert [event.event.reason for event in await store.read("job/1")] == ["kept"]
    assert "SQLITE_IOERR_FSYNC" in store.marker_path.read_text()


async def test_a_marker_that_cannot_be_left_is_said(backend: Backend) -> None:
    store = await backend.open()
    store.marker_path.mkdir()
    break_commits(store, sqlite_error(sqlite3.SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"))
    put(store, "job/1", 0)
    with pytest.raises(WriteFailed, match=r"create the file .*log\.db\.io-failed"):
        await settled(store)
    store.marker_path.rmdir()


async def test_the_next_start_goes_on_in_a_new_file(backend: Backend) -> None:
    store = await backend.open()
    put(store, "job/1", 0, paused("kept"))
    await settled(store)
    await store.close()
    old = backend.path.stat().st_ino
    store.marker_path.write_text("why")

    again = await backend.open()
    assert backend.path.stat().st_ino != old
    assert not store.marker_path.exists()
    assert again.log_id == store.log_id
    put(again, "job/1", 1, paused("more"))
    await settled(again)
    assert [event.event.reason for event in await again.read("job/1")] == ["kept", "more"]
    assert (await again.verify()).ok
    assert {path.name for path in backend.path.parent.iterdir()} <= {
        "log.db", "log.db-wal", "log.db-shm", "log.db.lock",
    }  # fmt: skip


async def test_what_lies_in_the_wal_is_copied_too(backend: Backend, tmp_path: Path) -> None:
    store = await backend.open()
    put(store, "job/1", 0, paused("in the wal"))
    await settled(store)
    crashed = Backend(backend.kind, tmp_path / "crashed")
    crashed.path.parent.mkdir()
    for suffix in ("", "-wal"):
        source = backend.path.with_name(f"log.db{suffix}")
        crashed.path.with_name(f"log.db{suffix}").write_bytes(source.read_bytes())
    crashed.path.with_name("log.db.io-failed").write_text("why")
    try:
        again = await crashed.open()
        assert [event.event.reason for event in await again.read("job/1")] == ["in the wal"]
        assert not crashed.path.with_name("log.db.io-failed").exists()
    finally:
        await crashed.close()


async def test_a_copy_that_does_not_verify_is_not_put_in_place(backend: Backend) -> None:
    store = await backend.open()
    put(store, "job/1", 0, paused("kept"))
    await settled(store)
    await store.close()
    with sqlite3.connect(backend.path) as raw:
        raw.execute("UPDATE events SET actor = 'uid:0/root'")
    raw.close()
    store.marker_path.write_text("why")
    with pytest.raises(Damaged, match="position 1"):
        await backend.open()
    assert store.marker_path.exists()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_IOERR, WriteFailed),
        (sqlite3.SQLITE_IOERR_FSYNC, WriteFailed),
        (sqlite3.SQLITE_CORRUPT, WriteFailed),
        (sqlite3.SQLITE_READONLY, WriteFailed),
        (sqlite3.SQLITE_BUSY, NotWritten),
        (sqlite3.SQLITE_TOOBIG, NotWritten),
        (sqlite3.SQLITE_NOMEM, NotWritten),
    ],
)
def test_what_an_error_means(code: int, kind: type[Exception]) -> None:
    assert type(as_store_error(sqlite_error(code, "NAME"))) is kind


async def test_a_foreign_writer_fails_a_group_and_no_more(backend: Backend) -> None:
    backend.settings = StoreSettings(busy_seconds=0)
    store = await backend.open()
    foreign = sqlite3.connect(backend.path, isolation_level=None)
    try:
        foreign.execute("BEGIN IMMEDIATE")
        put(store, "job/1", 0)
        with pytest.raises(NotWritten, match="another program"):
            await settled(store)
        foreign.execute("ROLLBACK")
    finally:
        foreign.close()
    put(store, "job/1", 0)
    await settled(store)

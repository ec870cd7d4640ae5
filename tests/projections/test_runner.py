"""Follows the log, resumes where it was, and notices rows that are not those of the log."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from eventstore.memory import MemoryEventStore
from eventstore.memory_disk import MemoryDisk
from projections import projector
from projections.dump import dump
from projections.errors import ProjectionsClosed, ProjectionsFailing
from projections.runner import Pace, Runner
from tests.projections.conftest import clock
from tests.projections.histories import append, random_history

QUICK = Pace(flush_seconds=0.01, retry_seconds=0.01, retry_limit_seconds=0.05)
NEVER = Pace(flush_seconds=3600)

Dump = dict[str, list[tuple[Any, ...]]]


@asynccontextmanager
async def running(runner: Runner) -> AsyncIterator[Runner]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        try:
            yield runner
        finally:
            await runner.close()


async def rows_after(path: Path, store: MemoryEventStore, **more: Any) -> tuple[Dump, int]:
    """The rows once they are current, and how often they were begun anew."""
    async with running(Runner(path, store, pace=QUICK, **more)) as runner:
        return await runner.read(dump), runner.status()["rebuilds"]


async def rows_of(store: MemoryEventStore, tmp_path: Path) -> Dump:
    """What a fresh rebuild gives."""
    runner = Runner(tmp_path / "fresh.sqlite", store)
    try:
        await runner.catch_up()
        rows = await runner.read(dump)
    finally:
        await runner.close()
    (tmp_path / "fresh.sqlite").unlink()
    return rows


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not holds():  # noqa: ASYNC110 - nobody announces a status
            await anyio.sleep(0.001)


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("batch", [1, 7, 5_000])
async def test_live_rows_are_those_of_a_rebuild(
    store: MemoryEventStore, path: Path, tmp_path: Path, inline: bool, batch: int
) -> None:
    records = random_history(1, 200).records
    pace = Pace(flush_seconds=0.001, batch_events=batch, backlog_events=30)
    async with running(Runner(path, store, inline=inline, pace=pace)) as runner:
        for start in range(0, len(records), 20):
            await append(store, records[start : start + 20])
        live = await runner.read(dump)
    assert live == await rows_of(store, tmp_path)
    assert live["jobs"]


async def test_a_reader_need_not_wait_for_the_flush(store: MemoryEventStore, path: Path) -> None:
    async with running(Runner(path, store, pace=NEVER)) as runner:
        await runner.wait_for(0)
        await append(store, random_history(2, 30).records)
        assert runner.status()["position"] == 0
        with anyio.fail_after(10):
            assert (await runner.read(dump))["jobs"]
        assert runner.status()["state"] == "current"


async def test_rows_are_written_without_a_reader(store: MemoryEventStore, path: Path) -> None:
    async with running(Runner(path, store, pace=QUICK)) as runner:
        await append(store, random_history(2, 30).records)
        await until(lambda: not runner.status()["behind"])


async def test_a_full_batch_does_not_wait_for_the_flush(
    store: MemoryEventStore, path: Path
) -> None:
    pace = Pace(flush_seconds=3600, batch_events=10)
    async with running(Runner(path, store, pace=pace)) as runner:
        await runner.wait_for(0)
        await append(store, random_history(2, 30).records[:30])
        await until(lambda: runner.status()["behind"] < 10)


async def test_a_wait_for_what_is_not_durable_yet_ends_when_it_is(
    store: MemoryEventStore, path: Path
) -> None:
    records = random_history(2, 10).records
    async with running(Runner(path, store, pace=NEVER)) as runner, anyio.create_task_group() as own:
        own.start_soon(runner.wait_for, 5)
        await anyio.wait_all_tasks_blocked()
        await append(store, records[:5])


async def test_a_restart_goes_on_at_the_checkpoint(store: MemoryEventStore, path: Path) -> None:
    history = random_history(3, 80)
    await append(store, history.records[:50])
    assert (await rows_after(path, store))[1] == 1
    await append(store, history.records[50:])
    rows, rebuilds = await rows_after(path, store)
    assert rebuilds == 0
    assert len(rows["jobs"]) == len(history.jobs)


async def test_an_older_backup_of_the_log_is_noticed(path: Path, tmp_path: Path) -> None:
    records = random_history(4, 80).records
    disk = MemoryDisk()
    disk.log_id = "log-1"
    await projected(disk, records, path)
    older = await restored(records[:30])
    rows, rebuilds = await rows_after(path, older)
    assert rebuilds == 1
    assert rows == await rows_of(older, tmp_path)
    await older.close()


async def test_another_history_of_the_same_length_is_noticed(path: Path, tmp_path: Path) -> None:
    disk = MemoryDisk()
    disk.log_id = "log-1"
    await projected(disk, random_history(4, 80).records[:60], path)
    other = await restored(random_history(5, 80).records[:60])
    rows, rebuilds = await rows_after(path, other)
    assert rebuilds == 1
    assert rows == await rows_of(other, tmp_path)
    await other.close()


async def test_another_log_is_noticed(path: Path, store: MemoryEventStore) -> None:
    records = random_history(4, 40).records
    disk = MemoryDisk()
    disk.log_id = "log-1"
    await projected(disk, records, path)
    await append(store, records)
    assert store.log_id != "log-1"
    assert (await rows_after(path, store))[1] == 1


async def projected(disk: MemoryDisk, records: list[Any], path: Path) -> None:
    store = MemoryEventStore(clock=clock(), disk=disk)
    await store.start()
    await append(store, records)
    await rows_after(path, store)
    await store.close()


async def restored(records: list[Any]) -> MemoryEventStore:
    """A log with the id of the other one."""
    disk = MemoryDisk()
    disk.log_id = "log-1"
    store = MemoryEventStore(clock=clock(), disk=disk)
    await store.start()
    await append(store, records)
    return store


async def test_rows_of_another_version_are_made_again(store: MemoryEventStore, path: Path) -> None:
    await append(store, random_history(6, 40).records)
    before, _ = await rows_after(path, store)
    execute(path, "UPDATE checkpoint SET version = 'older'")
    execute(path, "DELETE FROM jobs")
    rows, rebuilds = await rows_after(path, store)
    assert rebuilds == 1
    assert rows == before


def execute(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


def rewrite(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))


def garbage(content: bytes) -> bytes:
    return b"not a database at all " * 500


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def empty(content: bytes) -> bytes:
    return b""


def scribbled(content: bytes) -> bytes:
    """The file header is whole, everything after it is not."""
    return content[:100] + b"\xff" * (len(content) - 100)


@pytest.mark.parametrize("damage", [garbage, cut, empty, scribbled])
async def test_a_damaged_file_is_made_again(
    store: MemoryEventStore, path: Path, damage: Callable[[bytes], bytes]
) -> None:
    await append(store, random_history(7, 120).records)
    before, _ = await rows_after(path, store)
    rewrite(path, damage)
    rows, rebuilds = await rows_after(path, store)
    assert rebuilds == 1
    assert rows == before


async def test_damage_that_a_read_meets_is_repaired_and_the_read_answered(
    store: MemoryEventStore, path: Path
) -> None:
    await append(store, random_history(7, 120).records)
    met: list[int] = []

    def meets_damage_once(connection: sqlite3.Connection) -> Dump:
        if not met:
            met.append(1)
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        return dump(connection)

    async with running(Runner(path, store, pace=QUICK)) as runner:
        before = await runner.read(dump)
        assert await runner.read(meets_damage_once) == before
        assert runner.status()["rebuilds"] == 2


class Heard:
    """Remembers what the runner told."""

    def __init__(self) -> None:
        self.anew: list[str] = []
        self.failures: list[Exception] = []

    def begun_anew(self, why: str) -> None:
        self.anew.append(why)

    def failed(self, error: Exception) -> None:
        self.failures.append(error)


async def test_a_failure_is_shown_told_to_readers_and_tried_again(
    store: MemoryEventStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = random_history(8, 40).records
    healthy = dict(projector.HANDLERS)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError("a handler broke")

    heard = Heard()
    async with running(Runner(path, store, pace=QUICK, told=heard)) as runner:
        await runner.wait_for(0)
        assert heard.anew == ["there are no read models yet"]
        for cls in healthy:
            monkeypatch.setitem(projector.HANDLERS, cls, (breaks,))
        await append(store, records)
        with pytest.raises(ProjectionsFailing, match="ZeroDivisionError: a handler broke"):
            await runner.read(dump)
        status = runner.status()
        assert (status["state"], status["error"]) == (
            "failing",
            "ZeroDivisionError: a handler broke",
        )
        assert isinstance(heard.failures[0], ZeroDivisionError)
        for cls, handlers in healthy.items():
            monkeypatch.setitem(projector.HANDLERS, cls, handlers)
        await until(lambda: runner.status()["state"] == "current")
        assert runner.status()["error"] is None
        assert (await runner.read(dump))["jobs"]


async def test_a_file_that_cannot_be_made_is_a_clear_error(
    store: MemoryEventStore, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "projections.sqlite"
    async with running(Runner(path, store, pace=QUICK)) as runner:
        with pytest.raises(ProjectionsFailing, match="unable to open database file"):
            await runner.wait_for(0)
        path.parent.mkdir()
        runner.start_over("the folder is there now")
        await runner.wait_for(0)


async def test_reads_wait_while_the_rows_are_made_again(
    store: MemoryEventStore, path: Path
) -> None:
    await append(store, random_history(9, 100).records)
    async with running(Runner(path, store, pace=QUICK)) as runner:
        before = await runner.read(dump)
        runner.start_over("a test asked for it")
        assert runner.status()["state"] == "rebuilding"
        assert runner.status()["rebuildReason"] == "a test asked for it"
        assert await runner.read(dump) == before
        assert runner.status()["rebuilds"] == 2


async def test_a_closed_runner_refuses_reads_and_closes_again(
    store: MemoryEventStore, path: Path
) -> None:
    async with running(Runner(path, store)) as runner:
        await runner.wait_for(0)
        await runner.close()
        await runner.close()
        with pytest.raises(ProjectionsClosed):
            await runner.read(dump)
        assert runner.status()["state"] == "closed"


async def test_a_close_ends_the_wait_of_a_reader(store: MemoryEventStore, path: Path) -> None:
    async def waits(runner: Runner) -> None:
        with pytest.raises(ProjectionsClosed):
            await runner.wait_for(99)

    async with anyio.create_task_group() as own, running(Runner(path, store)) as runner:
        own.start_soon(waits, runner)
        await anyio.wait_all_tasks_blocked()


async def test_a_close_before_the_start_is_the_end(store: MemoryEventStore, path: Path) -> None:
    runner = Runner(path, store)
    await runner.close()
    await runner.run()
    assert runner.status()["state"] == "closed"
    assert not await anyio.Path(path).exists()


async def test_cancellation_closes_the_file(store: MemoryEventStore, path: Path) -> None:
    await append(store, random_history(9, 50).records)
    runner = Runner(path, store)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        await runner.wait_for(store.head.position)
        tasks.cancel_scope.cancel()
    assert (await rows_after(path, store))[1] == 0


@pytest.mark.parametrize("steps", range(1, 12))
async def test_a_runner_stopped_anywhere_leaves_rows_that_go_on(
    store: MemoryEventStore, path: Path, tmp_path: Path, steps: int
) -> None:
    records = random_history(10, 150).records
    pace = Pace(flush_seconds=0, batch_events=17)
    await append(store, records[:100])
    runner = Runner(path, store, inline=True, pace=pace)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    await append(store, records[100:])
    rows, _ = await rows_after(path, store)
    assert rows == await rows_of(store, tmp_path)

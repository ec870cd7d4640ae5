from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from eventstore.connection import Connection, new_file, open_connection, open_lookup


@pytest.fixture(params=["threaded", "inline"])
def inline(request: pytest.FixtureRequest) -> bool:
    return str(request.param) == "inline"


@pytest.fixture
async def connection(tmp_path: Path, inline: bool) -> AsyncIterator[Connection]:
    connection = await open_connection(tmp_path / "a.db", inline=inline)
    yield connection
    await connection.close()


async def test_work_is_one_hop_whatever_it_does(connection: Connection, inline: bool) -> None:
    """If a release of aiosqlite no longer drains the parameters of ``executemany`` on its
    thread, or wraps them in a transaction of its own, this is where it shows."""
    threads = set()

    def work(raw: sqlite3.Connection) -> list[tuple[int]]:
        threads.add(threading.current_thread())
        assert not raw.in_transaction
        raw.execute("CREATE TABLE t (n INTEGER)")
        raw.execute("BEGIN")
        raw.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(100)])
        raw.execute("COMMIT")
        threads.add(threading.current_thread())
        return raw.execute("SELECT count(*) FROM t").fetchall()

    assert await connection.run(work) == [(100,)]
    [thread] = threads
    assert (thread is threading.current_thread()) == inline
    assert await connection.run(lambda raw: raw.in_transaction) is False


async def test_what_the_work_raises_comes_out(connection: Connection) -> None:
    def defect(raw: sqlite3.Connection) -> None:
        raise KeyError("defect")

    with pytest.raises(KeyError, match="defect"):
        await connection.run(defect)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.run(lambda raw: raw.execute("SELECT * FROM missing"))
    assert await connection.run(lambda raw: raw.execute("SELECT 1").fetchone()) == (1,)


def _append(done: list[int], number: int, _: sqlite3.Connection) -> None:
    done.append(number)


async def test_work_runs_in_the_order_it_was_handed_over(connection: Connection) -> None:
    done: list[int] = []
    await asyncio.gather(*(connection.run(partial(_append, done, n)) for n in range(20)))
    assert done == list(range(20))


async def test_others_get_a_turn_before_and_after(connection: Connection) -> None:
    seen = []

    async def observe() -> None:
        for _ in range(2):
            seen.append("turn")
            await asyncio.sleep(0)

    observing = asyncio.ensure_future(observe())
    await connection.run(lambda _: seen.append("work"))
    seen.append("result")
    await observing
    assert seen.index("turn") < seen.index("result")


async def test_close_is_safe_to_repeat_and_finishes_what_was_begun(
    tmp_path: Path, inline: bool
) -> None:
    connection = await open_connection(tmp_path / "a.db", inline=inline)
    running = asyncio.ensure_future(connection.run(lambda raw: raw.execute("CREATE TABLE t (n)")))
    await asyncio.sleep(0)
    await asyncio.gather(connection.close(), running)
    await connection.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        await connection.run(lambda raw: raw.execute("SELECT 1"))


async def test_a_file_has_one_writing_connection(tmp_path: Path, inline: bool) -> None:
    path = tmp_path / "a.db"
    connection = await open_connection(path, inline=inline)
    with pytest.raises(RuntimeError, match="already has a writing connection"):
        await open_connection(path, inline=inline)
    await connection.close()
    again = await open_connection(path, inline=inline)
    await again.close()


async def test_readers_cannot_write(tmp_path: Path, inline: bool) -> None:
    path = tmp_path / "a.db"
    writer = await open_connection(path, inline=inline)
    await writer.run(lambda raw: raw.execute("CREATE TABLE t (n)"))
    reader = await open_connection(path, inline=inline, read_only=True)
    lookup = open_lookup(path)
    try:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await reader.run(lambda raw: raw.execute("INSERT INTO t VALUES (1)"))
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            lookup.execute("INSERT INTO t VALUES (1)")
    finally:
        lookup.close()
        await reader.close()
        await writer.close()


async def test_a_failed_open_leaves_nothing_open(tmp_path: Path, inline: bool) -> None:
    path = tmp_path / "a.db"
    before = threading.active_count()

    def refuse(raw: sqlite3.Connection) -> None:
        raise ValueError("not this file")

    with pytest.raises(ValueError, match="not this file"):
        await open_connection(path, inline=inline, prepare=refuse)
    with pytest.raises(sqlite3.OperationalError):
        await open_connection(tmp_path / "missing" / "a.db", inline=inline)
    connection = await open_connection(path, inline=inline)
    await connection.close()
    while threading.active_count() > before:  # noqa: ASYNC110 - threads tell nobody
        await asyncio.sleep(0.001)


def test_a_copy_in_the_making_is_a_writer_too(tmp_path: Path) -> None:
    with new_file(tmp_path / "copy.db") as raw:
        raw.execute("CREATE TABLE t (n)")
        with (
            pytest.raises(RuntimeError, match="already has a writing connection"),
            new_file(tmp_path / "copy.db"),
        ):
            pass


async def test_odd_names(tmp_path: Path, inline: bool) -> None:
    path = tmp_path / "what? #1 100%.db"
    connection = await open_connection(path, inline=inline)
    await connection.run(lambda raw: raw.execute("CREATE TABLE t (n)"))
    await connection.close()
    assert path.exists()

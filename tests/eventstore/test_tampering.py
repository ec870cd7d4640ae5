"""Whoever alters the file is found out, unless they compute the whole chain anew."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from eventstore.chain import Row, link
from eventstore.codec import document_digest
from eventstore.events import JobResumed
from eventstore.offline import OfflineLog
from eventstore.settings import StoreSettings
from eventstore.sqlite import SqliteEventStore
from eventstore.store import Damaged, Request, Verdict
from tests.conformance.backends import ManualClock, paused, put, settled

DOCUMENT = b'{"steps": []}'


@pytest.fixture
async def log(tmp_path: Path) -> Path:
    """Positions 1 to 9: user data in and beside the rows, a document, an erasure (9)."""
    path = tmp_path / "log.db"
    store = SqliteEventStore(path, clock=ManualClock(), inline=True)
    await store.start()
    put(store, "job/1", 0, paused("one"), JobResumed(), paused("three"))
    put(store, "job/2", 0, paused("y" * 40_000), request=Request(request_id="r"))
    put(store, "job/1", 3, paused("five"), JobResumed(), paused("seven"))
    put(store, "job/3", 0, paused("gone"), documents={document_digest(DOCUMENT): DOCUMENT})
    await store.erase("job/3", actor="a", why="w")
    await settled(store)
    await store.close()
    return path


async def verdict(path: Path) -> Verdict:
    offline = OfflineLog(path)
    await offline.start()
    try:
        return await offline.verify()
    finally:
        await offline.close()


SWAPPED = """UPDATE events SET position = 100 WHERE position = 2;
    UPDATE events SET position = 2 WHERE position = 3;
    UPDATE events SET position = 3 WHERE position = 100"""
INSERTED = """INSERT INTO events SELECT 10, stream, 8, type, shape, at, actor, request, cause,
    trace, epoch, decider, payload, "values", refs, digest, erased, hash
    FROM events WHERE position = 7"""
MARKED = """UPDATE events SET erased = {by}, "values" = '{{"reason":{{"$erased":{by}}}}}'
    WHERE position = 3"""
TAMPERING = {
    "actor": ("UPDATE events SET actor = 'uid:0/root' WHERE position = 2", 2),
    "time": ("UPDATE events SET at = at + 1 WHERE position = 2", 2),
    "payload": ("UPDATE events SET payload = '{\"x\":1}' WHERE position = 6", 6),
    "decider": ("UPDATE events SET decider = 9 WHERE position = 6", 6),
    "user data": ("UPDATE events SET \"values\" = '{\"reason\":\"no\"}' WHERE position = 3", 3),
    "user data gone": ('UPDATE events SET "values" = NULL WHERE position = 3', 3),
    "user data added": (
        "UPDATE events SET \"values\" = '{\"reason\":\"no\"}' WHERE position = 2", 2,
    ),
    "digest": ("UPDATE events SET digest = zeroblob(32) WHERE position = 3", 3),
    "hash": ("UPDATE events SET hash = zeroblob(32) WHERE position = 5", 5),
    "salt": ("UPDATE salts SET salt = zeroblob(16) WHERE stream = 'job/1'", 1),
    "salt gone": ("DELETE FROM salts WHERE stream = 'job/1'", 1),
    "deleted": ("DELETE FROM events WHERE position = 4", 4),
    "first deleted": ("DELETE FROM events WHERE position = 1", 1),
    "last deleted": ("DELETE FROM events WHERE position = 9", 9),
    "inserted at the end": (INSERTED, 10),
    "swapped": (SWAPPED, 2),
    "erased without an erasure": (MARKED.format(by=5), 3),
    "erased by another stream's erasure": (MARKED.format(by=9), 3),
    "restored after an erasure": (
        "UPDATE events SET \"values\" = '{\"reason\":\"back\"}' WHERE position = 8", 8,
    ),
    "head": ("UPDATE head SET hash = zeroblob(32)", 9),
    "head moved back": ("UPDATE head SET position = 8", 9),
    "stream row": ("UPDATE streams SET sequence = 9 WHERE stream = 'job/1'", 7),
    "stream row gone": ("DELETE FROM streams WHERE stream = 'job/2'", 4),
    "stream row too many": ("INSERT INTO streams VALUES ('job/9', 1, 4, 0, NULL)", 4),
    "request": ("UPDATE requests SET request_id = 'other'", 4),
    "large value": ("UPDATE documents SET content = '\"z\"' WHERE NOT kept", 4),
    "large value gone": ("DELETE FROM documents WHERE NOT kept", 4),
    "reference gone": ("DELETE FROM value_refs", 4),
    "reference too many": ("INSERT INTO value_refs VALUES (2, 'abc')", 2),
    "another type": ("UPDATE events SET payload = zeroblob(4) WHERE position = 4", 4),
    "no text": ("UPDATE events SET actor = CAST(x'80' AS TEXT) WHERE position = 4", 4),
    "document of another type": ("UPDATE documents SET content = '{}' WHERE NOT kept", 4),
    "document": ("UPDATE documents SET content = '{}' WHERE kept", 0),
}  # fmt: skip


async def test_an_untouched_log_verifies(log: Path) -> None:
    found = await verdict(log)
    assert (found.ok, found.events, found.problem) == (True, 9, None)
    assert found.head.position == 9


@pytest.mark.parametrize("what", TAMPERING)
async def test_tampering_is_found_with_its_place(log: Path, what: str) -> None:
    statements, position = TAMPERING[what]
    with closing(sqlite3.connect(log)) as raw:
        raw.executescript(statements)
    found = await verdict(log)
    assert not found.ok
    assert found.problem
    assert found.broken_at == position


async def test_a_page_that_is_no_page_any_more(log: Path) -> None:
    overwrite_page(log, b'"three"')
    with pytest.raises(Damaged, match=r"cannot be opened as a log: .*malformed"):
        await verdict(log)


def overwrite_page(log: Path, holds: bytes) -> None:
    content = bytearray(log.read_bytes())
    place = content.index(holds)
    start = place - place % 4096
    content[start : start + 8] = b"\xff" * 8
    log.write_bytes(content)


async def test_damage_is_not_served(log: Path) -> None:
    with closing(sqlite3.connect(log, isolation_level=None)) as raw:
        raw.execute("UPDATE events SET payload = '{\"reason\"' WHERE position = 2")
        raw.execute("UPDATE events SET actor = CAST(x'80' AS TEXT) WHERE position = 4")
        raw.execute("DELETE FROM documents")
    offline = OfflineLog(log)
    await offline.start()
    try:
        with pytest.raises(Damaged, match="position 2: JobResumed cannot be read"):
            await offline.read_all(limit=3)
        with pytest.raises(Damaged, match="the log cannot be read"):
            await offline.read_all(limit=4)
    finally:
        await offline.close()


async def test_the_middle_cannot_be_chained_anew(log: Path) -> None:
    """A forger who repairs the hashes from the change on must change the head, too."""
    with closing(sqlite3.connect(log, isolation_level=None)) as raw:
        raw.execute("UPDATE events SET actor = 'uid:0/root' WHERE position = 2")
        rehash(raw, lambda position: position < 9)
    assert (await verdict(log)).broken_at == 9
    with closing(sqlite3.connect(log, isolation_level=None)) as raw:
        last = rehash(raw, lambda _: True)
    assert (await verdict(log)).broken_at == 9, "the head row still has the true hash"
    with closing(sqlite3.connect(log, isolation_level=None)) as raw:
        raw.execute("UPDATE head SET hash = ?", (last,))
    assert (await verdict(log)).ok, "only a head kept elsewhere shows this"


def rehash(raw: sqlite3.Connection, wanted: Callable[[int], bool]) -> bytes:
    previous = bytes(32)
    for values in raw.execute("SELECT * FROM events ORDER BY position").fetchall():
        row = Row._make(values)
        if wanted(row.position):
            previous = link(previous, row[:12], row.payload.encode(), row.digest)
            raw.execute("UPDATE events SET hash = ? WHERE position = ?", (previous, row.position))
    return previous


async def test_every_flipped_bit_of_an_event_is_found(log: Path) -> None:
    """One bit at a time, in the text and numbers of stored columns."""
    chance = random.Random(3)
    columns = ("stream", "type", "actor", "payload", '"values"', "digest", "hash")
    with closing(sqlite3.connect(log, isolation_level=None)) as raw:
        for _ in range(60):
            position, column = chance.randint(1, 7), chance.choice(columns)
            select = f"SELECT {column} FROM events WHERE position = ?"
            (before,) = raw.execute(select, (position,)).fetchone()
            if before is None:
                continue
            update = f"UPDATE events SET {column} = ? WHERE position = ?"
            raw.execute(update, (flipped(before, chance), position))
            found = await verdict(log)
            assert (found.ok, found.broken_at) == (False, position), (column, before)
            raw.execute(update, (before, position))
    assert (await verdict(log)).ok


def flipped(value: str | bytes, chance: random.Random) -> str | bytes:
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[chance.randrange(len(data))] ^= 1
    return data.decode() if isinstance(value, str) else bytes(data)


async def test_verify_takes_a_page_at_a_time_and_from_anywhere(log: Path) -> None:
    offline = OfflineLog(log, settings=StoreSettings(page_events=2))
    await offline.start()
    try:
        assert (await offline.verify()).events == 9
        assert (await offline.verify(after=4)).events == 5
        assert (await offline.verify(after=9)).events == 0
        with pytest.raises(LookupError, match="no position 10"):
            await offline.verify(after=10)
    finally:
        await offline.close()

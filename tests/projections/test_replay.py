"""Jobs rewound, replayed and compared; online and on a copied file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.decider.evolve import fold
from daemon.decider.state import JobState
from eventstore.memory import MemoryEventStore
from eventstore.sqlite import SqliteEventStore
from eventstore.store import Damaged
from projections import offline
from projections.audit import AuditFilter
from projections.diff import apply
from projections.errors import BeforeBeginning, BeyondHead, UnknownJob
from projections.read_models import ReadModels
from projections.replay import AtPosition, AtSequence, AtTime, Point, job_at, replay_job
from projections.verify import Scope, verify
from tests.projections.histories import History, append, random_history


def document(state: JobState) -> dict[str, Any]:
    """Small, but it changes with most events."""
    return {
        "jobId": state.job_id,
        "status": state.status.value,
        "sequence": state.sequence,
        "tasks": [
            {"taskId": state.task_id(task.number), "status": task.status.value, "out": task.output}
            for task in state.in_order()
        ],
    }


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture(scope="module")
def history() -> History:
    return random_history(31, 500)


@pytest.fixture
async def filled(store: MemoryEventStore, history: History) -> MemoryEventStore:
    await append(store, history.records)
    return store


@pytest.fixture
async def models(filled: MemoryEventStore, path: Path) -> AsyncIterator[ReadModels]:
    models = ReadModels(path, filled)
    await models.catch_up()
    yield models
    await models.close()


def longest(history: History) -> str:
    return max(history.jobs, key=lambda job_id: history.jobs[job_id].sequence)


async def test_a_job_is_shown_as_it_was_at_any_point(
    filled: MemoryEventStore, history: History
) -> None:
    job_id = longest(history)
    records = [one for one in history.records if one.stream == f"job/{job_id}"]
    assert len(records) > 20
    for count, last in enumerate(records, 1):
        expected = fold(records[:count])
        assert await job_at(filled, job_id, AtPosition(position=last.position)) == expected
        assert await job_at(filled, job_id, AtSequence(sequence=count)) == expected
        until = fold(one for one in records if one.at <= last.at)
        assert await job_at(filled, job_id, AtTime(at=last.at)) == until


async def test_a_position_between_two_events_shows_the_earlier(
    filled: MemoryEventStore, history: History
) -> None:
    job_id = longest(history)
    first, second = [one for one in history.records if one.stream == f"job/{job_id}"][:2]
    if second.position - first.position > 1:
        between = await job_at(filled, job_id, AtPosition(position=second.position - 1))
        assert between.sequence == 1


async def test_points_outside_the_life_of_a_job_are_refused(
    filled: MemoryEventStore, history: History
) -> None:
    job_id = longest(history)
    first = next(one for one in history.records if one.stream == f"job/{job_id}")
    early: list[Point] = [AtPosition(position=0), AtSequence(sequence=0), AtTime(at=first.at - 1)]
    for point in early:
        with pytest.raises(BeforeBeginning, match=f"submitted at position {first.position}"):
            await job_at(filled, job_id, point)
    late: list[Point] = [AtPosition(position=10**6), AtSequence(sequence=10**6), AtTime(at=10**16)]
    for point in late:
        with pytest.raises(BeyondHead):
            await job_at(filled, job_id, point, now=first.at + 10**9)
    with pytest.raises(UnknownJob):
        await job_at(filled, "nowhere", AtTime(at=first.at))


async def test_a_replay_shows_what_each_event_changed(
    filled: MemoryEventStore, history: History
) -> None:
    job_id = longest(history)
    records = [one for one in history.records if one.stream == f"job/{job_id}"]
    replayed = await replay_job(filled, job_id, document, limit=1000)
    assert [step["sequence"] for step in replayed["steps"]] == [one.sequence for one in records]
    assert replayed["next"] is None
    shown: Any = None
    for count, step in enumerate(replayed["steps"], 1):
        shown = apply(step["changes"], shown)
        state = fold(records[:count])
        assert state is not None
        assert shown == document(state)
        assert step["type"] == records[count - 1].type


async def test_a_replay_takes_a_part(filled: MemoryEventStore, history: History) -> None:
    job_id = longest(history)
    whole = (await replay_job(filled, job_id, document, limit=1000))["steps"]
    part = await replay_job(
        filled,
        job_id,
        document,
        first=AtSequence(sequence=5),
        last=AtPosition(position=whole[9]["position"]),
        limit=1000,
    )
    assert part == {"steps": whole[4:10], "next": None}
    short = await replay_job(filled, job_id, document, first=AtSequence(sequence=5), limit=3)
    assert short == {"steps": whole[4:7], "next": 8}


async def test_rows_are_what_the_log_folds_to(models: ReadModels, filled: MemoryEventStore) -> None:
    found = await verify(filled, models.read, scope=Scope(page_events=13))
    assert found["differences"] == []
    assert found["ok"] is True
    assert found["jobs"] > 20


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE jobs SET status = 'NONE' WHERE job_id = 'j0001'", {"field": "status"}),
        ("UPDATE jobs SET sequence = sequence - 1 WHERE job_id = 'j0001'", {}),
        ("DELETE FROM jobs WHERE job_id = 'j0001'", {"problem": "it has no row"}),
        ("UPDATE jobs SET job_id = 'other' WHERE job_id = 'j0001'", {"jobId": "other"}),
        ("UPDATE tasks SET poll_count = 99 WHERE position = {task}", {"field": "poll_count"}),
        ("DELETE FROM tasks WHERE position = {task}", {"problem": "it has no row"}),
        (
            "UPDATE tasks SET number = 9999 WHERE position = {task}",
            {"problem": "the fold has no such task"},
        ),
    ],
)
async def test_a_row_that_differs_is_named(
    models: ReadModels, filled: MemoryEventStore, sql: str, says: dict[str, str]
) -> None:
    task = "(SELECT max(position) FROM tasks)"
    await models.read(lambda db: db.execute(sql.format(task=task)))
    found = await verify(filled, models.read)
    assert found["ok"] is False
    assert any(says.items() <= difference.items() for difference in found["differences"])


async def test_one_job_is_verified_alone(models: ReadModels, filled: MemoryEventStore) -> None:
    await models.read(lambda db: db.execute("UPDATE jobs SET priority = 7 WHERE job_id = 'j0002'"))
    assert (await verify(filled, models.read, job_id="j0001"))["ok"] is True
    found = await verify(filled, models.read, job_id="j0002")
    assert found["differences"] == [
        {"jobId": "j0002", "field": "priority", "projection": 7, "fold": 0}
    ]
    with pytest.raises(UnknownJob):
        await verify(filled, models.read, job_id="nowhere")


async def test_listed_differences_are_bounded(models: ReadModels, filled: MemoryEventStore) -> None:
    await models.read(lambda db: db.execute("UPDATE jobs SET priority = 7"))
    found = await verify(filled, models.read, scope=Scope(max_differences=3))
    assert len(found["differences"]) == 3
    assert found["differencesFound"] == found["jobs"]


class TestOffline:
    @pytest.fixture
    async def copy(self, file_store: SqliteEventStore, history: History, tmp_path: Path) -> Path:
        await append(file_store, history.records)
        await file_store.backup(tmp_path / "copy.sqlite")
        return tmp_path / "copy.sqlite"

    async def test_the_audit_of_a_copy_is_that_of_the_log(
        self, copy: Path, models: ReadModels
    ) -> None:
        asked = AuditFilter(workflow="first", types=("JobSubmitted", "TagMoved"))
        online = await models.audit_query(asked, limit=20)
        copied = await offline.audit_query(copy, asked, limit=20)
        assert copied == online
        assert copied["entries"]

    async def test_the_chain_of_a_copy_is_verified(self, copy: Path, history: History) -> None:
        found = await offline.audit_verify(copy)
        assert found["ok"] is True
        assert found["events"] == found["head"]["position"] == len(history.records)

    async def test_a_changed_event_is_found(self, copy: Path) -> None:
        connection = sqlite3.connect(copy)
        connection.execute("UPDATE events SET actor = 'uid:0/root' WHERE position = 77")
        connection.commit()
        connection.close()
        found = await offline.audit_verify(copy)
        assert (found["ok"], found["brokenAt"]) == (False, 77)
        assert found["problem"]

    async def test_a_copy_is_replayed(
        self, copy: Path, history: History, filled: MemoryEventStore
    ) -> None:
        job_id = longest(history)
        assert (await offline.replay_verify(copy))["ok"] is True
        assert (await offline.replay_verify(copy, job_id))["jobs"] == 1
        online = await replay_job(filled, job_id, document, limit=1000)
        assert await offline.replay_job(copy, job_id, document, limit=1000) == online
        state = await job_at(filled, job_id, AtSequence(sequence=3))
        shown = await offline.job_at(copy, job_id, document, AtSequence(sequence=3))
        assert shown == document(state)

    async def test_a_copy_that_cannot_be_written_is_read(self, copy: Path, tmp_path: Path) -> None:
        folder = tmp_path / "locked"
        folder.mkdir()
        shutil.copy(copy, folder / "log.sqlite")
        (folder / "log.sqlite").chmod(0o400)
        folder.chmod(0o500)
        try:
            assert (await offline.audit_verify(folder / "log.sqlite"))["ok"] is True
            assert names(folder) == ["log.sqlite"]
        finally:
            folder.chmod(0o700)

    async def test_a_log_in_use_is_read_too(
        self, file_store: SqliteEventStore, history: History
    ) -> None:
        await append(file_store, history.records[:50])
        assert (await offline.audit_verify(file_store.path))["events"] == 50

    async def test_errors_come_as_they_are(self, copy: Path) -> None:
        with pytest.raises(UnknownJob):
            await offline.replay_verify(copy, "nowhere")
        with pytest.raises(UnknownJob):
            await offline.audit_query(copy, AuditFilter(job="nowhere"))

    async def test_what_is_no_log_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no log file at"):
            await offline.audit_verify(tmp_path / "nothing")
        (tmp_path / "text").write_text("not a database " * 100)
        with pytest.raises(Damaged, match="cannot be read as a log"):
            await offline.audit_verify(tmp_path / "text")
        (tmp_path / "empty").touch()
        with pytest.raises(Damaged, match="not a log"):
            await offline.audit_verify(tmp_path / "empty")


def test_points_are_plain_records() -> None:
    assert msgspec.json.encode(AtPosition(position=3)) == b'{"position":3}'

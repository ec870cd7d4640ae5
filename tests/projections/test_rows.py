"""What the rows hold depends on the events alone, and says what folding says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstore.events import TaskFailed, TaskStatus, event_classes
from eventstore.store import Recorded
from projections.audit import BLOCK, unpack
from projections.dump import digests, dump
from projections.projector import HANDLERS, create, project, stored_checkpoint
from projections.rows import Rows, Table
from tests.projections.histories import History, random_history, scheduled, started

SAY_NOTHING = {
    "CachedOutputSought",
    "OutputKept",
    "TaskOutputCached",
    "ConditionEvaluated",
    "EventHandlerDefined",
    "EventHandlerDeleted",
    "MessageRequested",
    "MessageSent",
    "VariablesChangeRequested",
    "ChildEnded",
    "ChildTerminationRequested",
    "EvaluationRequested",
    "ExpressionEvaluated",
    "FailureJobRefused",
    "FailureJobRequested",
    "FailureJobStarted",
    "JobTimeoutAlerted",
    "NameTaken",
    "NotificationDropped",
    "NotificationsDelivered",
    "OutsideEventReceived",
    "PermissionRefused",
    "IdempotencyKeyTaken",
    "PoolChanged",
    "PoolCreated",
    "PoolDeleted",
    "RequestNoted",
    "SchemaDefined",
    "SlotAwaited",
    "SlotFreed",
    "SlotGivenUp",
    "SlotTaken",
    "SlotsCounted",
    "SchemaDeleted",
    "ScheduleMissed",
    "SchedulerPaused",
    "SchedulerResumed",
    "SecretChanged",
    "SecretCreated",
    "SecretDeleted",
    "SecretResolved",
    "TaskLogged",
    "TerminationRequested",
    "TimerFired",
    "TimerSet",
    "TokenChanged",
    "TokenCreated",
    "TokenRevoked",
    "ValuesErased",
    "VariablesSet",
    "VaultKeyRotated",
}
"""Event classes without a row of their own; like all others they are audited."""


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create(connection, "log-1", bytes(32))
    return connection


def projected(records: Sequence[Recorded], batch: int) -> sqlite3.Connection:
    connection = database()
    for start in range(0, len(records), batch):
        project(connection, records[start : start + batch])
    return connection


def tasks_in(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT number, status FROM tasks ORDER BY number").fetchall()


class DiesAfter(sqlite3.Connection):
    """Fails for good at statement number ``left``, as a killed process does."""

    left = 10**9

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        self._count()
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
        self._count()
        return super().executemany(sql, parameters)

    def _count(self) -> None:
        if self.left == 0:
            raise KilledError
        self.left -= 1


class KilledError(Exception):
    pass


@given(st.integers(0, 10_000), st.integers(1, 120))
@settings(max_examples=60, deadline=None)
def test_rows_do_not_depend_on_how_events_are_cut_into_batches(seed: int, length: int) -> None:
    records = random_history(seed, length).records
    whole = dump(projected(records, len(records)))
    assert dump(projected(records, 1)) == whole
    assert dump(projected(records, 7)) == whole


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_jobs_and_tasks_say_what_the_fold_says(seed: int) -> None:
    history = random_history(seed, 150)
    connection = projected(history.records, 40)
    jobs = dict(connection.execute("SELECT job_id, status FROM jobs"))
    assert jobs == {job_id: state.status.value for job_id, state in history.jobs.items()}
    tasks = connection.execute("SELECT job_id, number, status, worker, poll_count FROM tasks")
    assert sorted(tasks) == sorted(
        (job_id, task.number, task.status.value, task.worker, task.poll_count)
        for job_id, state in history.jobs.items()
        for task in state.tasks.values()
    )


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_counts_are_those_of_the_rows(seed: int) -> None:
    connection = projected(random_history(seed, 120).records, 9)
    counted = "SELECT workflow_id, status, count(*) FROM jobs GROUP BY workflow_id, status"
    kept = connection.execute("SELECT * FROM job_counts").fetchall()
    assert sorted(kept) == sorted(connection.execute(counted).fetchall())


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_every_event_is_audited_once(seed: int) -> None:
    records = random_history(seed, 80).records
    connection = projected(records, 11)
    packed = connection.execute("SELECT block, offsets FROM audit_entries")
    found = [block * BLOCK + offset for block, offsets in packed for offset in unpack(offsets)]
    assert sorted(found) == list(range(1, len(records) + 1))


def test_rows_hold_no_user_data() -> None:
    connection = projected(random_history(7, 600).records, 50)
    assert "canary" not in "\n".join(connection.iterdump())


def test_every_event_class_is_projected_or_known_to_say_nothing() -> None:
    handled = {cls.__name__ for cls in HANDLERS}
    assert handled | SAY_NOTHING == set(event_classes())
    assert not handled & SAY_NOTHING


@pytest.mark.parametrize("seed", [3, 11])
def test_a_stop_between_any_two_statements_leaves_the_rows_of_the_checkpoint(seed: int) -> None:
    records = random_history(seed, 60).records
    before, rest = records[:40], records[40:]
    expected_before, expected = dump(projected(before, 40)), dump(projected(records, 60))
    for statements in _statements(before, rest):
        connection = sqlite3.connect(":memory:", isolation_level=None, factory=DiesAfter)
        create(connection, "log-1", bytes(32))
        project(connection, before)
        connection.left = statements
        with pytest.raises(KilledError):
            project(connection, rest)
        connection.left = 10**9
        connection.rollback()
        assert dump(connection) == expected_before
        checkpoint = stored_checkpoint(connection)
        assert checkpoint is not None
        assert (checkpoint.position, checkpoint.hash) == (40, records[39].hash)
        project(connection, rest)
        assert dump(connection) == expected


def _statements(before: Sequence[Recorded], rest: Sequence[Recorded]) -> Iterator[int]:
    """Every number of statements after which the projection of ``rest`` can stop."""
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=DiesAfter)
    create(connection, "log-1", bytes(32))
    project(connection, before)
    connection.left = 10**6
    project(connection, rest)
    needed = 10**6 - connection.left
    assert needed > 8
    yield from range(needed)


def test_a_restart_takes_every_task_off_the_list() -> None:
    history = History()
    history.version(history.workflow("w"))
    job_id = history.submit("w-w")
    history.job(job_id, scheduled(1), started(1), scheduled(2))
    restarted = next(
        record
        for seed in range(100)
        for record in random_history(seed, 200).records
        if record.type == "JobRestarted"
    )
    history.job(job_id, restarted.event, scheduled(3))
    for batch in (1, 100):
        assert tasks_in(projected(history.records, batch)) == [(3, "SCHEDULED")]


def test_a_retry_marks_the_attempt_before_it() -> None:
    history = History()
    history.version(history.workflow("w"))
    job_id = history.submit("w-w")
    history.job(job_id, scheduled(1), scheduled(2, retry_of=1, attempt=1))
    retried = "SELECT number, retried FROM tasks ORDER BY number"
    assert projected(history.records, 1).execute(retried).fetchall() == [(1, 1), (2, 0)]


def test_digests_differ_when_one_row_does() -> None:
    records = random_history(5, 60).records
    connection = projected(records, 60)
    before = digests(connection)
    assert before == digests(projected(records, 3))
    connection.execute(
        "UPDATE jobs SET priority = 9 WHERE position = (SELECT max(position) FROM jobs)"
    )
    changed = {table for table, digest in digests(connection).items() if before[table] != digest}
    assert changed == {"jobs"}


class TestFolding:
    PETS = Table(name="pets", key=("name",))

    def rows(self, *stored: tuple[str, str]) -> tuple[sqlite3.Connection, Rows]:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("CREATE TABLE pets (name TEXT PRIMARY KEY, kind TEXT)")
        connection.executemany("INSERT INTO pets VALUES (?, ?)", stored)
        return connection, Rows(connection)

    def left(self, connection: sqlite3.Connection, rows: Rows) -> list[tuple[str, str]]:
        rows.write()
        return connection.execute("SELECT * FROM pets ORDER BY name").fetchall()

    def test_the_last_change_of_a_column_stands(self) -> None:
        connection, rows = self.rows(("tom", "cat"))
        rows.at(self.PETS, ("tom",))["kind"] = "dog"
        rows.at(self.PETS, ("tom",))["kind"] = "fox"
        assert self.left(connection, rows) == [("tom", "fox")]

    def test_a_change_of_a_row_that_is_not_there_is_nothing(self) -> None:
        connection, rows = self.rows()
        rows.at(self.PETS, ("tom",))["kind"] = "dog"
        assert self.left(connection, rows) == []

    def test_a_change_after_a_removal_is_nothing(self) -> None:
        connection, rows = self.rows(("tom", "cat"))
        rows.remove(self.PETS, ("tom",))
        row = rows.at(self.PETS, ("tom",))
        assert rows.load(self.PETS, ("tom",), row, ("kind",)) == {}
        row["kind"] = "dog"
        assert self.left(connection, rows) == []

    def test_a_stored_column_is_loaded_unless_it_was_written(self) -> None:
        _, rows = self.rows(("tom", "cat"), ("rex", "dog"))
        tom, rex = (rows.at(self.PETS, (name,)) for name in ("tom", "rex"))
        tom["kind"] = "fox"
        assert rows.load(self.PETS, ("tom",), tom, ("kind", "name")) == {"kind": "fox"}
        loaded = rows.load(self.PETS, ("rex",), rex, ("kind", "name"))
        assert loaded == {"kind": "dog", "name": "rex"}

    def test_a_row_may_come_back_after_its_removal(self) -> None:
        connection, rows = self.rows(("tom", "cat"))
        rows.remove(self.PETS, ("tom",))
        rows.put(self.PETS, ("tom",), {"kind": "fox"})
        assert self.left(connection, rows) == [("tom", "fox")]

    def test_keys_are_those_after_the_changes(self) -> None:
        _, rows = self.rows(("tom", "cat"), ("rex", "dog"))
        rows.remove(self.PETS, ("rex",))
        rows.put(self.PETS, ("ann",), {"kind": "fox"})
        assert rows.keys(self.PETS, ("tom",)) == [("tom",)]
        assert rows.keys(self.PETS, ("ann",)) == [("ann",)]
        assert rows.keys(self.PETS, ("rex",)) == []


@pytest.mark.parametrize(
    "status",
    [TaskStatus.FAILED, TaskStatus.FAILED_WITH_TERMINAL_ERROR, TaskStatus.CANCELED],
)
def test_a_failed_task_has_the_status_of_its_event(status: TaskStatus) -> None:
    history = History()
    history.version(history.workflow("w"))
    history.job(history.submit("w-w"), scheduled(1), TaskFailed(task=1, status=status))
    assert tasks_in(projected(history.records, 10)) == [(1, status.value)]

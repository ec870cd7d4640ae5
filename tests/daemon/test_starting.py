"""Where a daemon starts, where it must not, and what it makes good by itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish
from tests.daemon.processes import DaemonProcess


def did_not_start(daemon: DaemonProcess) -> str:
    """What it said instead. It ended by itself, quickly, and with an error."""
    code = daemon.process.wait(5)
    said = daemon.announced + daemon.logged()
    assert code != 0
    assert not daemon.is_ready
    assert "Traceback" not in said
    return said


def test_a_second_daemon_on_the_same_data(start: Start, folder: Path) -> None:
    first = start().ready()
    second = start(data=first.data, socket=folder / "second.sock")
    said = did_not_start(second)
    assert "another daemon" in said
    assert str(first.data) in said
    with first.checked() as wire:
        assert wire.call("system.health")["ok"]
        assert Row(wire).submit()


def test_a_socket_path_in_use(start: Start) -> None:
    first = start().ready()
    said = did_not_start(start(socket=first.socket))
    assert str(first.socket) in said
    assert "--socket" in said
    with first.checked() as wire:
        assert wire.call("system.health")["ok"]


def test_a_socket_path_that_is_too_long(start: Start, folder: Path) -> None:
    path = folder / ("long" * 30) / "s.sock"
    said = did_not_start(start(socket=path))
    assert "107" in said
    assert "--socket" in said


def test_a_socket_in_a_folder_that_others_write(start: Start, folder: Path) -> None:
    shared = folder / "shared_with_all"
    shared.mkdir()
    shared.chmod(0o777)
    said = did_not_start(start(socket=shared / "s.sock"))
    assert str(shared) in said
    assert "chmod" in said


def test_something_else_at_the_socket_path_is_left_alone(start: Start, folder: Path) -> None:
    path = folder / "precious.sock"
    path.write_text("mine")
    said = did_not_start(start(socket=path))
    assert str(path) in said
    assert path.read_text() == "mine"


def test_the_socket_is_its_owner_s_alone(daemon: DaemonProcess) -> None:
    assert daemon.socket.stat().st_mode & 0o777 == 0o600
    assert daemon.data.stat().st_mode & 0o077 == 0


def test_a_socket_left_by_a_killed_daemon_is_taken_over(start: Start) -> None:
    daemon = start().ready()
    daemon.kill()
    assert daemon.socket.exists()
    daemon.again()
    with daemon.wire() as wire:
        assert wire.call("system.health")["ok"]


def some_work(daemon: DaemonProcess) -> str:
    with daemon.checked() as wire:
        row = Row(wire)
        job = row.submit()
        finish(wire, row.take(), {"n": 1})
    return job


def test_a_log_of_a_newer_release_is_refused_and_untouched(start: Start) -> None:
    daemon = start().ready()
    some_work(daemon)
    daemon.stop()
    log = daemon.data / "log.db"
    with sqlite3.connect(log) as connection:
        (form,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {form + 1}")
    connection.close()
    before = log.read_bytes()
    said = did_not_start(start(data=daemon.data))
    assert "this release knows up to" in said
    assert log.read_bytes() == before


def test_a_file_that_is_no_log_is_refused(start: Start, folder: Path) -> None:
    data = folder / "no_log"
    data.mkdir(mode=0o700)
    (data / "log.db").write_bytes(b"this is a letter to my mother" * 1_000)
    said = did_not_start(start(data=data))
    assert "log.db" in said
    assert (data / "log.db").read_bytes().startswith(b"this is a letter")


@pytest.mark.parametrize("damage", ["cut", "overwritten", "nonsense", "gone"])
def test_damaged_read_models_are_made_anew(start: Start, damage: str) -> None:
    daemon = start().ready()
    job = some_work(daemon)
    with daemon.checked() as wire:
        before = wire.call("job.list"), wire.call("audit.query")
    daemon.stop()
    path = daemon.data / "projections.db"
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "overwritten":
            path.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
        case "nonsense":
            path.write_bytes(b"nonsense" * 1_000)
        case _:
            path.unlink()
    daemon.again()
    with daemon.checked() as wire:
        assert (wire.call("job.list"), wire.call("audit.query")) == before
        assert wire.call("replay.verify")["ok"]
        assert wire.call("job.get", jobId=job)["status"] == "COMPLETED"
    assert "made anew" in daemon.logged()


def test_an_older_copy_of_the_log_is_noticed_by_the_read_models(start: Start) -> None:
    daemon = start().ready()
    early = some_work(daemon)
    with daemon.checked() as wire:
        copy = daemon.data / "copy.db"
        made = wire.call("system.backup", path=str(copy))
        assert made["path"] == str(copy)
    late = some_work(daemon)
    daemon.stop()
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (daemon.data / name).unlink(missing_ok=True)
    shutil.move(copy, daemon.data / "log.db")
    daemon.again()
    with daemon.checked() as wire:
        assert [one["jobId"] for one in wire.call("job.list")["jobs"]] == [early]
        assert wire.refusal("job.get", jobId=late).type == "notFound"
        assert wire.call("replay.verify")["ok"]
        assert wire.call("audit.verify")["head"]["position"] == made["position"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("relative.db", "absolute"),
        ("/proc/version", "exists"),
        ("/nonexistent/x.db", "no directory"),
        ("", "length"),
    ],
)
def test_where_a_backup_cannot_go(daemon: DaemonProcess, path: str, why: str) -> None:
    with daemon.checked() as wire:
        refused = wire.refusal("system.backup", path=path)
        assert (refused.type, refused.paths) == ("invalidParams", ["/path"])
        assert why in refused.message


def test_a_start_with_thousands_of_finished_jobs_is_quick(start: Start) -> None:
    daemon = start({"log.level": "warning"}).ready()
    with daemon.wire() as wire:
        row = Row(wire)
        submit = {"workflow": row.name, "input": {"n": 1}}
        jobs = 5_000
        for _ in range(jobs // 500):
            sent = [wire.send("job.submit", submit) for _ in range(500)]
            for id in sent:
                wire.result(id)
            asked = {"taskType": row.types[0], "workerId": "w", "count": 500}
            tasks = wire.call("task.poll", asked)["tasks"]
            done = [
                wire.send("task.update", taskId=task["taskId"], status="COMPLETED")
                for task in tasks
            ]
            for id in done:
                assert wire.result(id)["accepted"]
    bare = start().ready().ready_seconds
    for end in (daemon.kill, daemon.stop):
        end()
        daemon.again()
        assert daemon.ready_seconds < bare + 1.5
        with daemon.wire() as wire:
            assert wire.call("system.status")["jobs"]["openAtStart"] == 0


def test_one_unreadable_job_does_not_stop_the_others(start: Start) -> None:
    daemon = start({"store.verify_tail_events": 0}).ready()
    with daemon.checked() as wire:
        row = Row(wire)
        bad, good = row.submit(1), row.submit(2)
        first = wire.call("events.read", job=bad)["events"][0]["position"]
    daemon.stop()
    with sqlite3.connect(daemon.data / "log.db") as connection:
        damage = "UPDATE events SET payload = x'00ff00ff' WHERE position = ?"
        assert connection.execute(damage, (first,)).rowcount == 1
    connection.close()
    daemon.again()
    with daemon.checked() as wire:
        while not wire.call("system.health")["recovered"]:
            pass
        task = wire.call("task.poll", taskType=row.types[0], workerId="w", waitSeconds=10)
        assert [one["jobId"] for one in task["tasks"]] == [good]
        verdict = wire.call("audit.verify")
        assert (verdict["ok"], verdict["brokenAt"]) == (False, first)
        refused = wire.refusal("job.get", jobId=bad)
        assert str(first) in refused.message
    told = [json.loads(one) for one in daemon.logged().splitlines() if bad in one]
    assert any(one["level"] == "error" for one in told)

"""Workers that go away and come back, or do not (DESIGN section 3, hand-out)."""

from __future__ import annotations

from typing import Any

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish, unique
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Wire

QUICK = {"workers.worker_grace_seconds": 0.3}


def returned(wire: Wire, job: str) -> list[dict[str, Any]]:
    asked = {"job": job, "types": ["TaskReturned"]}
    events: list[dict[str, Any]] = wire.call("events.read", asked)["events"]
    return events


def test_the_task_of_a_worker_that_died_goes_to_the_next(start: Start) -> None:
    daemon = start(QUICK).ready()
    with daemon.checked() as wire:
        row = Row(wire)
        first = row.submit(1)
        later = [row.submit(2), row.submit(3, priority=0)]
        with daemon.checked() as worker:
            held = Row.take(_as(row, worker))
        assert held["jobId"] == first
        while not returned(wire, first):
            pass
        again = row.take()
        assert (again["taskId"], again["jobId"]) == (held["taskId"], first)
        assert (again["attempt"], again["pollCount"]) == (held["attempt"], 2)
        assert again["jobId"] not in later
        finish(wire, again, {"n": 1})
        assert wire.call("job.get", jobId=first)["status"] == "COMPLETED"
        (event,) = returned(wire, first)
        assert "session" in event["data"]["why"]


def _as(row: Row, wire: Wire) -> Row:
    """The same row through another connection."""
    other = object.__new__(Row)
    other.wire, other.name, other.types = wire, row.name, row.types
    return other


def test_a_worker_that_comes_back_in_time_keeps_its_task(start: Start) -> None:
    daemon = start(QUICK).ready()
    session = unique("session")
    with daemon.checked() as wire:
        row = Row(wire)
        job = row.submit()
        with daemon.checked() as worker:
            held = Row.take(_as(row, worker), session=session)
        with daemon.checked() as back:
            asked = {"taskType": row.types[0], "workerId": "w1", "session": session}
            assert back.call("task.poll", asked)["tasks"] == []
            marker = row.submit()
            _wait_past_the_grace(daemon, wire)
            assert not returned(wire, job)
            assert Row.take(_as(row, back))["jobId"] == marker
            assert finish(back, held, {"n": 1}) == {"accepted": True, "status": "COMPLETED"}


def _wait_past_the_grace(daemon: DaemonProcess, wire: Wire) -> None:
    """Another worker dies now; when its task is back, the grace of all before it is over."""
    row = Row(wire)
    job = row.submit()
    with daemon.checked() as dying:
        Row.take(_as(row, dying))
    while not returned(wire, job):
        pass


def test_a_late_result_is_taken_while_nobody_else_has_reported(start: Start) -> None:
    daemon = start(QUICK).ready()
    with daemon.checked() as wire:
        row = Row(wire)
        job = row.submit()
        with daemon.checked() as worker:
            held = Row.take(_as(row, worker))
        while not returned(wire, job):
            pass
        assert finish(wire, held, {"n": 4})["accepted"]
        assert row.job(job)["output"] == {"n": 4}
        assert wire.call("task.poll", taskType=row.types[0], workerId="w")["tasks"] == []
        assert finish(wire, held, {"n": 5}) == {"accepted": False, "status": "COMPLETED"}


def test_after_a_restart_a_worker_that_comes_back_keeps_its_task(start: Start) -> None:
    daemon = start({"workers.worker_grace_seconds": 1}).ready()
    session = unique("session")
    with daemon.checked() as wire:
        row = Row(wire)
        kept, lost = row.submit(1), row.submit(2)
        held = row.take(session=session)
        row.take(session="of a worker that stays away")
    daemon.kill()
    daemon.again()
    with daemon.checked() as wire:
        asked = {"taskType": row.types[0], "workerId": "w1", "session": session}
        assert wire.call("task.poll", asked)["tasks"] == []
        while not returned(wire, lost):
            pass
        assert not returned(wire, kept)
        again = Row.take(_as(row, wire))
        assert (again["jobId"], again["attempt"], again["pollCount"]) == (lost, 0, 2)
        finish(wire, again, {"n": 2})
        assert finish(wire, held, {"n": 1})["accepted"]
        for job, n in ((kept, 1), (lost, 2)):
            document = wire.call("job.get", jobId=job)
            assert (document["status"], document["output"]) == ("COMPLETED", {"n": n})
            assert len(document["tasks"]) == 1


def test_a_poll_that_is_asked_again_after_a_restart_keeps_its_task(start: Start) -> None:
    daemon = start({"workers.worker_grace_seconds": 1}).ready()
    request = unique("poll")
    with daemon.checked() as wire:
        row = Row(wire)
        kept, lost = row.submit(1), row.submit(2)
        held = row.take(requestId=request)
        row.take(session="of a worker that stays away")
    daemon.kill()
    daemon.again()
    with daemon.checked() as wire:
        assert Row.take(_as(row, wire), requestId=request)["taskId"] == held["taskId"]
        while not returned(wire, lost):
            pass
        assert not returned(wire, kept)
        assert finish(wire, held, {"n": 1})["accepted"]


def test_a_heartbeat_after_a_restart_keeps_the_task_too(start: Start) -> None:
    daemon = start(QUICK).ready()
    with daemon.checked() as wire:
        row = Row(wire)
        job = row.submit()
        held = row.take(session=unique("session"))
    daemon.kill()
    daemon.again()
    with daemon.checked() as wire:
        assert wire.call("task.update", taskId=held["taskId"], extendLease=True)["accepted"]
        _wait_past_the_grace(daemon, wire)
        if not returned(wire, job):
            assert finish(wire, held, {"n": 1})["accepted"]


def test_a_poll_of_a_connection_that_closed_takes_nothing(start: Start) -> None:
    daemon = start(QUICK).ready()
    with daemon.checked() as wire:
        row = Row(wire)
        with daemon.wire() as gone:
            gone.send("task.poll", taskType=row.types[0], workerId="gone", waitSeconds=30)
            while not wire.call("system.status")["waitingPolls"]:
                pass
        while wire.call("system.status")["waitingPolls"]:
            pass
        job = row.submit()
        task = row.take()
        assert (task["jobId"], task["pollCount"]) == (job, 1)

"""SIGTERM: an end within five seconds, with nothing half done."""

from __future__ import annotations

import json
import signal

import pytest

from tests.daemon.conftest import Start
from tests.daemon.definitions import Row, finish
from tests.daemon.wire import Hung, Refused

STOP_SECONDS = 5.0


def test_an_idle_daemon_ends_at_once_and_takes_its_socket_along(start: Start) -> None:
    daemon = start().ready()
    assert daemon.stop() < 2
    assert not daemon.socket.exists()


def test_ctrl_c_ends_it_too(start: Start) -> None:
    daemon = start().ready()
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.process.wait(STOP_SECONDS) == 0


def test_waiting_polls_and_subscribers_are_let_go(start: Start) -> None:
    daemon = start().ready()
    with daemon.checked() as worker, daemon.checked() as watching, daemon.wire() as silent:
        poll = worker.send("task.poll", taskType="none", workerId="w", waitSeconds=60)
        watching.call("events.subscribe", after=0)
        silent.write(b'{"half a li')
        while watching.call("system.status")["waitingPolls"] != 1:
            pass
        assert daemon.stop() < STOP_SECONDS
        assert worker.result(poll) == {"tasks": []}
        with pytest.raises(Hung):
            watching.notification()


def test_a_peer_that_reads_nothing_does_not_hold_it(start: Start) -> None:
    daemon = start().ready()
    with daemon.wire() as deaf:
        for _ in range(100):
            deaf.send("rpc.discover")
        assert daemon.stop() < STOP_SECONDS


def test_what_was_acknowledged_is_there_and_the_rest_is_not_half_done(start: Start) -> None:
    """The stop comes in the middle of a stream of submits."""
    daemon = start().ready()
    with daemon.wire() as wire:
        row = Row(wire)
        sent = [
            wire.send("job.submit", workflow=row.name, input={"n": n}, requestId=f"r{n}")
            for n in range(2_000)
        ]
        wire.result(sent[0])
        daemon.process.terminate()
        answered: dict[int, str] = {0: ""}
        refused: dict[int, Refused] = {}
        for n, id in enumerate(sent[1:], start=1):
            try:
                answered[n] = wire.result(id)["jobId"]
            except Refused as error:
                refused[n] = error
            except Hung:
                break
        assert daemon.process.wait(STOP_SECONDS) == 0
    assert all(error.type == "stopping" for error in refused.values())
    assert all(error.data["retryable"] for error in refused.values())
    daemon.again()
    with daemon.checked() as wire:
        jobs = {}
        cursor = None
        while True:
            page = wire.call("job.list", {"limit": 1_000, **({"cursor": cursor} if cursor else {})})
            jobs.update({one["jobId"]: one for one in page["jobs"]})
            cursor = page["cursor"]
            if cursor is None:
                break
        assert {job for job in answered.values() if job} <= set(jobs)
        inputs = {wire.call("job.get", jobId=job)["input"]["n"] for job in jobs}
        assert not inputs & set(refused)
        for n in sorted(refused)[:5]:
            again = {"workflow": row.name, "input": {"n": n}, "requestId": f"r{n}"}
            assert wire.call("job.submit", again)["jobId"] not in jobs
        assert wire.call("audit.verify")["ok"]


def test_a_start_after_a_stop_needs_no_recovery(start: Start) -> None:
    daemon = start().ready()
    with daemon.checked() as wire:
        row = Row(wire)
        finish(wire, (row.submit(), row.take())[1], {"n": 1})
        wire.call("job.list")
    daemon.stop()
    leftovers = {path.name for path in daemon.data.iterdir()}
    assert not {name for name in leftovers if name.endswith(("-wal", "-journal", ".sock"))}
    assert not [name for name in leftovers if "io-failed" in name]
    before = len(daemon.logged())
    daemon.again()
    with daemon.checked() as wire:
        assert wire.call("system.health")["recovered"]
        assert wire.call("system.status")["projections"]["rebuilds"] == 0
    lines = [json.loads(one) for one in daemon.logged()[before:].splitlines()]
    assert [one for one in lines if one["level"] not in ("info", "debug")] == []


def test_a_stop_in_the_first_moment(start: Start) -> None:
    """Right after it is ready, and before anything was asked."""
    for _ in range(3):
        daemon = start().ready()
        assert daemon.stop() < STOP_SECONDS
        assert "Traceback" not in daemon.logged()


def test_reads_go_on_until_the_end(start: Start) -> None:
    daemon = start().ready()
    with daemon.wire() as wire:
        row = Row(wire)
        for n in range(50):
            row.submit(n)
        reads = [wire.send("replay.verify") for _ in range(20)]
        wire.result(reads[0])
        refused: set[str] = set()
        daemon.process.terminate()
        for id in reads[1:]:
            try:
                wire.result(id)
            except Refused as error:
                refused.add(error.type)
            except Hung:
                break
        assert daemon.process.wait(STOP_SECONDS) == 0
    assert refused <= {"busy", "stopping"}
    assert "Traceback" not in daemon.logged()

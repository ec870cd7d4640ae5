"""kill -9 of the daemon and of workers, at random, in the middle of everything.

``KILL_TEST_JOBS`` and ``KILL_TEST_SEED`` make it longer, or repeat it.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from projections.dump import dump
from tests.daemon.conftest import Start
from tests.daemon.definitions import in_a_row, stepping
from tests.daemon.processes import DaemonProcess
from tests.daemon.wire import Hung, Refused, Wire

JOBS = int(os.environ.get("KILL_TEST_JOBS", "200"))
SEED = int(os.environ.get("KILL_TEST_SEED", "1"))
TYPES = ("kill_first", "kill_second", "kill_third")
WORKERS = 3
PATIENCE_SECONDS = 60.0
GRACE_SECONDS = 0.2
HANDS = Path(__file__).with_name("hands.py")


class Submitter(threading.Thread):
    """Submits every job until it is acknowledged, whoever dies meanwhile."""

    def __init__(self, daemon: DaemonProcess) -> None:
        super().__init__()
        self._daemon = daemon
        self.acknowledged: dict[int, str] = {}
        self.unexpected: Refused | None = None

    def run(self) -> None:
        while len(self.acknowledged) < JOBS and self.unexpected is None:
            try:
                with self._daemon.wire() as wire:
                    self._submit(wire)
            except (OSError, Hung):
                time.sleep(0.01)
            except Refused as refused:
                if not refused.data.get("retryable"):
                    self.unexpected = refused

    def _submit(self, wire: Wire) -> None:
        for n in range(JOBS):
            if n not in self.acknowledged:
                flow = {"workflow": "kill_tasks"}
                if n % 2:
                    flow = {"workflow": "kill_steps"}
                asked = {**flow, "input": {"n": n}, "requestId": f"submit-{n}"}
                self.acknowledged[n] = wire.call("job.submit", asked)["jobId"]
                time.sleep(0.002)


class Stage:
    def __init__(self, daemon: DaemonProcess, record: Path) -> None:
        self.daemon = daemon
        self.record = record
        record.touch()
        self.workers = [self._worker() for _ in range(WORKERS)]
        self.kills = {"daemon": 0, "worker": 0}

    def _worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HANDS), str(self.daemon.socket), str(self.record), *TYPES]
        return subprocess.Popen(command)

    def effects(self) -> list[tuple[str, str]]:
        """What workers did and were told, in order."""
        return [(word, task) for word, _, task in (x.partition(" ") for x in self._lines() if x)]

    def _lines(self) -> list[str]:
        return self.record.read_text().splitlines()

    def until_effects(self, count: int) -> None:
        """Progress, not time, is what a kill waits for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self._lines()) < count:
            assert time.monotonic() < deadline, f"nothing moves beyond {len(self._lines())}"
            time.sleep(0.002)

    def kill_daemon(self, *, twice: bool) -> None:
        self.daemon.kill()
        self.daemon.again()
        self.kills["daemon"] += 1
        if twice:
            self.daemon.kill()
            self.daemon.again()

    def kill_worker(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()
        self.workers[number] = self._worker()
        self.kills["worker"] += 1

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


@pytest.fixture
def stage(start: Start, folder: Path) -> Iterator[Stage]:
    settings = {"workers.worker_grace_seconds": GRACE_SECONDS, "log.level": "warning"}
    stage = Stage(start(settings).ready(), folder / "effects")
    yield stage
    stage.close()


def prepare(wire: Wire) -> None:
    wire.call("version.add", definition=in_a_row("kill_tasks", *TYPES))
    wire.call("version.add", definition=stepping("kill_steps", *TYPES))
    version = {"versionNumber": 1}
    wire.call("tag.set", workflow="kill_steps", tag="$LIVE", version=version)


def wreak_havoc(stage: Stage, chance: random.Random) -> None:
    total = 2 * len(TYPES) * JOBS
    reached = 0
    while (reached := reached + chance.randint(20, 90)) < total:
        stage.until_effects(reached)
        if chance.random() < 0.5:
            stage.kill_daemon(twice=chance.random() < 0.2)
        else:
            stage.kill_worker(chance.randrange(WORKERS))


def all_ended(wire: Wire) -> dict[str, dict[str, Any]]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while wire.call("job.list", status="RUNNING", limit=1)["jobs"]:
        assert time.monotonic() < deadline, wire.call("job.list", status="RUNNING")
        time.sleep(0.01)
    listed: dict[str, dict[str, Any]] = {}
    cursor = None
    while cursor is not None or not listed:
        page = wire.call("job.list", {"limit": 1_000, **({"cursor": cursor} if cursor else {})})
        listed.update({job["jobId"]: job for job in page["jobs"]})
        cursor = page["cursor"]
        if cursor is None:
            break
    return listed


def test_whatever_is_killed_every_acknowledged_job_completes(stage: Stage) -> None:
    with stage.daemon.wire() as wire:
        prepare(wire)
    submitter = Submitter(stage.daemon)
    submitter.start()
    wreak_havoc(stage, random.Random(SEED))
    submitter.join(PATIENCE_SECONDS)
    assert submitter.unexpected is None
    assert len(submitter.acknowledged) == JOBS
    with stage.daemon.checked() as wire:
        listed = all_ended(wire)
        assert set(listed) == set(submitter.acknowledged.values())
        for n, job in submitter.acknowledged.items():
            document = wire.call("job.get", jobId=job)
            assert document["status"] == "COMPLETED", document
            assert document["output"] == {"n": n + len(TYPES)}
            assert [task["attempt"] for task in document["tasks"]] == [0] * len(TYPES)
        nothing_recorded_ran_again(stage.effects())
        handed_out_in_order(wire)
        assert wire.call("audit.verify")["ok"]
        verdict = wire.call("replay.verify")
        assert (verdict["ok"], verdict["jobs"]) == (True, JOBS), verdict
        before = rows(stage.daemon)
        wire.call("projections.rebuild")
        assert rows(stage.daemon) == before
    assert min(stage.kills.values()) >= 3, stage.kills
    assert "Traceback" not in stage.daemon.logged()


def nothing_recorded_ran_again(effects: list[tuple[str, str]]) -> None:
    """Once a worker was told that its result is recorded, nobody does that task again."""
    recorded: set[str] = set()
    for word, task in effects:
        if word == "told":
            recorded.add(task)
        else:
            assert task not in recorded, f"{task} ran again after its result was recorded"
    assert len({task for _, task in effects}) == JOBS * len(TYPES)


def handed_out_in_order(wire: Wire) -> None:
    """In the log: never in two hands at a time, never again after its end."""
    held: dict[tuple[str, int], bool] = defaultdict(bool)
    ended: set[tuple[str, int]] = set()
    kinds = ["TaskStarted", "TaskReturned", "TaskCompleted"]
    after = 0
    while page := wire.call("events.read", after=after, limit=1_000, types=kinds)["events"]:
        for event in page:
            key = (event["stream"], event["data"]["task"])
            match event["type"]:
                case "TaskStarted":
                    assert not held[key], event
                    assert key not in ended, event
                    held[key] = True
                case "TaskReturned":
                    held[key] = False
                case _:
                    assert key not in ended, event
                    ended.add(key)
        after = page[-1]["position"]
    assert len(ended) == JOBS * len(TYPES)


def rows(daemon: DaemonProcess) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the read models, as of now."""
    with daemon.wire() as wire:
        wire.call("job.list", limit=1)
    uri = f"file:{daemon.data / 'projections.db'}?mode=ro"
    connection = sqlite3.connect(uri, uri=True)
    try:
        return dump(connection)
    finally:
        connection.close()

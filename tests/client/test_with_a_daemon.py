"""Client and workers against the daemon itself, which is killed under them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from playhead import Client, InProgress, Task, run_workers, worker

GRACE_SECONDS = 4
ROOT = Path(__file__).resolve().parents[2]
DEFINITION = {
    "name": "three_steps",
    "version": 1,
    "schemaVersion": 2,
    "ownerEmail": "ops@example.com",
    "tasks": [
        {
            "name": "add_one",
            "taskReferenceName": f"step_{number}",
            "type": "SIMPLE",
            "inputParameters": {"n": number},
        }
        for number in (1, 2, 3)
    ],
    "outputParameters": {"last": "${step_3.output.n}"},
}


class Process:
    """The daemon in a process that can be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.socket = data / "playhead.sock"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PLAYHEAD_")}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "playhead", "serve", "--data", str(self.data)),
            *("--set", f"workers.worker_grace_seconds={GRACE_SECONDS}"),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 20)
        assert b"is ready" in line, line

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


@pytest.fixture
async def process(tmp_path: Path) -> Any:
    process = Process(tmp_path)
    await process.start()
    yield process
    await process.kill()


async def test_jobs_end_once_though_the_daemon_is_killed_again_and_again(process: Process) -> None:
    runs: Counter[str] = Counter()

    @worker("add_one", concurrency=8)
    async def add_one(input: dict[str, Any], task: Task) -> dict[str, Any] | InProgress:
        runs[f"{task.task_id}"] += 1
        await asyncio.sleep(0.01)
        return {"n": input["n"] + 1}

    stop = asyncio.Event()
    serving = asyncio.create_task(run_workers(add_one, socket=process.socket, stop=stop))
    async with Client(process.socket, reconnect_seconds=30) as client:
        await client.add_version(DEFINITION)
        heard = asyncio.create_task(endings(client, 40))
        killer = asyncio.create_task(kill_and_start(process, times=2))
        jobs = await asyncio.gather(*(client.submit_job("three_steps") for _ in range(40)))
        ended = await asyncio.gather(*(client.wait_for_job(job) for job in jobs))
        await killer
        assert {(job["status"], job["output"]["last"]) for job in ended} == {("COMPLETED", 4)}
        assert await asyncio.wait_for(heard, 20) == set(jobs)
        assert (await client.call("audit.verify"))["ok"]
        assert (await client.call("replay.verify"))["ok"]
    stop.set()
    await serving
    assert len(runs) == 120
    assert set(runs.values()) == {1}


async def endings(client: Client, count: int) -> set[str]:
    """Which jobs a subscription hears of."""
    found: set[str] = set()
    async with await client.subscribe(after=0, types=["JobCompleted"]) as events:
        async for event in events:
            found.add(event["stream"].removeprefix("job/"))
            if len(found) == count:
                break
    return found


async def kill_and_start(process: Process, *, times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0.3)
        await process.kill()
        await process.start()


async def test_a_worker_keeps_its_task_through_a_restart(process: Process) -> None:
    gate, begun = asyncio.Event(), asyncio.Event()
    runs = 0

    @worker("add_one")
    async def slow(input: dict[str, Any]) -> dict[str, Any]:
        nonlocal runs
        runs += 1
        begun.set()
        await gate.wait()
        return {"n": 7}

    stop = asyncio.Event()
    serving = asyncio.create_task(run_workers(slow, socket=process.socket, stop=stop))
    async with Client(process.socket, reconnect_seconds=30) as client:
        await client.add_version(DEFINITION)
        job = await client.submit_job("three_steps")
        await asyncio.wait_for(begun.wait(), 10)
        await process.kill()
        await process.start()
        await asyncio.sleep(GRACE_SECONDS + 0.5)  # a session that stayed away has lost its tasks
        assert (await client.get_task(f"{job}.1"))["pollCount"] == 1
        assert (await client.get_task(f"{job}.1"))["status"] == "IN_PROGRESS"
        gate.set()
        assert (await client.wait_for_job(job))["status"] == "COMPLETED"
    stop.set()
    await serving
    assert runs == 3

"""A commit fails: everything decided on top of it is undone, and asking again works once
(DESIGN §1.6, promises 5, 6, 18)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from eventstore.events import JobSubmitted, TaskCompleted
from eventstore.store import DiskFull, EventStoreError, NotWritten, WriteFailed
from tests.simulation.checks import check
from tests.simulation.clients import Client, ConnectionLost, Refused
from tests.simulation.crashing import play, undisturbed
from tests.simulation.definitions import simple, workflow
from tests.simulation.disk import BACKENDS
from tests.simulation.every_scenario import SCENARIOS
from tests.simulation.picking import picked, stores
from tests.simulation.stage import Stage, task_is
from tests.simulation.world import World, simulate

UNWRITTEN = (NotWritten("refused by the test"), DiskFull("no room, says the test"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_failed_commit_changes_no_outcome(name: str, tmp_path: Path, thorough: bool) -> None:
    scenario = SCENARIOS[name]
    for backend in stores(name, thorough=thorough):
        folder = tmp_path / backend
        folder.mkdir()
        whole = undisturbed(scenario, backend)
        for commit in picked(whole.commits, f"fails {name}", backend, thorough=thorough):
            fails: dict[int, EventStoreError] = {commit: UNWRITTEN[0], commit + 1: UNWRITTEN[1]}
            failed = play(scenario, folder / str(commit), backend=backend, fails=fails)
            assert failed.outcome == whole.outcome, f"commits {commit}, {commit + 1} failed"


async def _ready(world: World) -> Stage:
    stage = Stage(world)
    await stage.define(workflow("w", *(simple(f"t{number}") for number in range(3))))
    return stage


async def _caught(call: Any) -> Any:
    try:
        return await call
    except Refused as refused:
        return refused


def test_ten_queued_decisions_of_one_job_are_undone_together(tmp_path: Path) -> None:
    """The sixth of ten groups fails: five decisions stay, five are undone, and asking again
    under the same ids carries those five out once."""

    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("job", "w")
        world.disk.failures = {world.disk.tries + 6: UNWRITTEN[0]}
        events = [f"event {number}" for number in range(10)]

        async def send(name: str) -> Any:
            return await _caught(
                stage.client.call(
                    "job.sendEvent", jobId=stage.jobs["job"], eventId=name, requestId=name
                )
            )

        answers = await asyncio.gather(*map(send, events))
        lost = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(lost) == 5
        assert {refused.type for refused in lost} == {"unknownOutcome"}
        assert all(refused.retryable for refused in lost)
        job_id = stage.jobs["job"]
        assert (await stage.job("job"))["sequence"] == 2 + 5
        again = await asyncio.gather(*map(send, events))
        assert all(answer == {"jobId": job_id, "status": "RUNNING"} for answer in again)
        assert (await stage.job("job"))["sequence"] == 2 + 10
        await asyncio.sleep(5)
        await check(world)

    simulate(act, seed=3, folder=tmp_path, flags={"store__group_events": 1})


def test_a_read_between_decision_and_commit_sees_the_old_state(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("job", "w")
        before = await stage.job("job")
        pausing = asyncio.create_task(stage.ask("job.pause", "job"))
        for _ in range(20):
            await asyncio.sleep(0)
        house = (await world.alive()).daemon.house
        cell = house.jobs.cell(stage.jobs["job"])
        assert cell.tail != cell.durable
        assert await stage.job("job") == before
        listed = await stage.client.read("job.list", status="PAUSED")
        assert listed["jobs"] == []
        await pausing
        assert (await stage.job("job"))["status"] == "PAUSED"

    simulate(act, seed=3, folder=tmp_path, slowest_commit=0.5, shuffled=False)


def test_a_lost_submit_is_carried_out_once_when_asked_again(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        world.disk.failures = {world.disk.tries + 1: UNWRITTEN[1]}
        params = {"workflow": "w", "requestId": "the one"}
        refused = await _caught(stage.client.call("job.submit", **params))
        assert isinstance(refused, Refused)
        assert refused.type == "unknownOutcome"
        first = await stage.client.call("job.submit", **params)
        assert await stage.client.call("job.submit", **params) == first
        life = await world.alive()
        events = await life.store.read_all(limit=1_000)
        submits = [one for one in events if isinstance(one.event, JobSubmitted)]
        assert len(submits) == 1
        await check(world)

    simulate(act, seed=4, folder=tmp_path)


def test_a_hand_out_that_is_not_written_is_not_told(tmp_path: Path) -> None:
    """The worker gets an error, and the task lies in its queue again."""

    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("job", "w")
        world.disk.failures = {world.disk.tries + 1: UNWRITTEN[0]}
        refused = await _caught(stage.client.call("task.poll", taskType="t0", workerId="w"))
        assert isinstance(refused, Refused)
        assert refused.type == "unknownOutcome"
        await asyncio.sleep(5)
        await check(world)
        polled = await stage.client.call("task.poll", taskType="t0", workerId="w")
        assert [task["attempt"] for task in polled["tasks"]] == [0]

    simulate(act, seed=4, folder=tmp_path)


def test_a_result_that_is_not_written_is_not_accepted(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("job", "w")
        task = (await stage.client.ask("task.poll", taskType="t0", workerId="w"))["tasks"][0]
        world.disk.failures = {world.disk.tries + 1: UNWRITTEN[0]}
        done = {"taskId": task["taskId"], "status": "COMPLETED", "requestId": "done"}
        refused = await _caught(stage.client.call("task.update", **done))
        assert isinstance(refused, Refused)
        await stage.until("job", task_is("t0_ref", "IN_PROGRESS"))
        assert (await stage.client.call("task.update", **done))["accepted"] is True
        assert (await stage.client.call("task.update", **done))["accepted"] is True
        life = await world.alive()
        events = await life.store.read_all(limit=1_000)
        assert sum(isinstance(one.event, TaskCompleted) for one in events) == 1
        await asyncio.sleep(5)
        await check(world)

    simulate(act, seed=5, folder=tmp_path)


def test_a_lost_definition_leaves_its_name_free(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = Client(world, "c")
        world.disk.failures = {1: UNWRITTEN[0], 3: UNWRITTEN[0]}
        for name in ("first", "second"):
            added = await client.ask("version.add", definition=workflow(name, simple("a")))
            assert added["versionNumber"] == 1
        listed = await client.read("workflow.list")
        assert [one["name"] for one in listed["workflows"]] == ["first", "second"]
        await check(world)

    simulate(act, seed=6, folder=tmp_path)


def test_a_disk_that_stays_full_heals_without_a_restart(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("before", "w")
        full = range(world.disk.tries + 1, world.disk.tries + 30)
        world.disk.failures = dict.fromkeys(full, UNWRITTEN[1])
        stage.worker("w1", "t0", "t1", "t2")
        await asyncio.sleep(3)
        assert (await stage.client.read("system.health"))["log"] == "disk-full"
        await stage.until_ended()
        assert (await stage.client.read("system.health"))["ok"] is True
        await stage.leave()
        await asyncio.sleep(5)
        await check(world)

    simulate(act, seed=7, folder=tmp_path)


@pytest.mark.parametrize("backend", BACKENDS)
def test_after_a_failed_write_nothing_is_acknowledged_until_a_start(
    backend: str, tmp_path: Path
) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        await stage.submit("job", "w")
        world.disk.failures = {world.disk.tries + 1: WriteFailed("the test pulled the disk")}
        refused = await _caught(stage.client.call("job.pause", jobId=stage.jobs["job"]))
        assert isinstance(refused, Refused)
        assert refused.type == "unknownOutcome"
        refused = await _caught(stage.client.call("job.pause", jobId=stage.jobs["job"]))
        assert isinstance(refused, Refused)
        assert refused.type == "readOnly"
        assert (await stage.job("job"))["status"] == "RUNNING"
        await world.reboot()
        stage.worker("w1", "t0", "t1", "t2")
        await stage.until_ended()
        await stage.leave()
        await asyncio.sleep(5)
        await check(world)

    simulate(act, seed=8, folder=tmp_path, backend=backend)


def test_a_stop_in_order_loses_nothing_that_was_decided(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = await _ready(world)
        calls = [
            asyncio.create_task(_answered(stage.client, f"request {number}"))
            for number in range(20)
        ]
        await asyncio.sleep(0.2)
        await world.stop()
        answers = [answer for answer in await asyncio.gather(*calls) if answer is not None]
        assert len(answers) == 20
        await world.boot()
        for answer in answers:
            assert (await stage.client.read("job.get", jobId=answer["jobId"]))["jobId"]
        await check(world)

    simulate(act, seed=9, folder=tmp_path, slowest_commit=1)


async def _answered(client: Client, request_id: str) -> Any:
    try:
        return await client.call("job.submit", workflow="w", requestId=request_id)
    except ConnectionLost:
        return None

"""Copies of a request that arrive while the first one still runs wait for it and get its
answer (DESIGN §2, promise 5)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from eventstore.events import JobRestarted, TaskStarted
from tests.simulation.checks import check
from tests.simulation.clients import Client
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage, status
from tests.simulation.world import World, simulate


async def _count(world: World, event: type) -> int:
    events = await (await world.alive()).store.read_all(limit=10_000)
    return sum(isinstance(one.event, event) for one in events)


def test_a_copy_of_a_waiting_poll_gets_the_same_tasks(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        poll = {"taskType": "a", "workerId": "w", "waitSeconds": 10, "requestId": "poll"}
        copies = [asyncio.create_task(stage.client.call("task.poll", **poll)) for _ in range(3)]
        await asyncio.sleep(1)
        await stage.submit("one", "w")
        await stage.submit("two", "w")
        answers = await asyncio.gather(*copies)
        assert answers[0]["tasks"]
        assert all(answer == answers[0] for answer in answers)
        assert await stage.client.call("task.poll", **poll) == answers[0]
        assert await _count(world, TaskStarted) == 1
        await asyncio.sleep(1)
        await check(world)

    simulate(act, seed=1, folder=tmp_path)


def test_a_copy_outlives_the_connection_of_the_first(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        poll = {"taskType": "a", "workerId": "w", "waitSeconds": 10, "requestId": "poll"}
        first, second = Client(world, "first"), Client(world, "second")
        gone = asyncio.create_task(first.call("task.poll", session="s", **poll))
        await asyncio.sleep(1)
        stays = asyncio.create_task(second.call("task.poll", session="s", **poll))
        await asyncio.sleep(1)
        first.disconnect()
        await stage.submit("one", "w")
        assert len((await stays)["tasks"]) == 1
        gone.cancel()
        await asyncio.sleep(5)
        await check(world)

    simulate(act, seed=1, folder=tmp_path)


def test_a_poll_that_found_nothing_may_be_asked_again_under_its_id(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        poll = {"taskType": "a", "workerId": "w", "requestId": "poll"}
        assert (await stage.client.call("task.poll", **poll))["tasks"] == []
        await stage.submit("one", "w")
        assert len((await stage.client.call("task.poll", **poll))["tasks"]) == 1
        await check(world)

    simulate(act, seed=1, folder=tmp_path)


def test_a_copy_waits_while_the_job_is_read(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        worker = stage.worker("w1", "a")
        await stage.submit("job", "w")
        await stage.until("job", status("COMPLETED"))
        await worker.stop()
        await world.reboot()
        restart = {"jobId": stage.jobs["job"], "requestId": "again"}
        answers = await asyncio.gather(
            *(stage.client.call("job.restart", **restart) for _ in range(3))
        )
        assert answers == [{"jobId": stage.jobs["job"], "status": "RUNNING"}] * 3
        assert await _count(world, JobRestarted) == 1
        await check(world)

    simulate(act, seed=1, folder=tmp_path)


def test_one_hundred_copies_of_a_submit_start_one_job(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        world.slowest_network = 0.2
        submit: dict[str, Any] = {"workflow": "w", "requestId": "the one"}
        answers = await asyncio.gather(
            *(stage.client.call("job.submit", **submit) for _ in range(100))
        )
        assert len({answer["jobId"] for answer in answers}) == 1
        await check(world)

    simulate(act, seed=1, folder=tmp_path, slowest_commit=0.1)


def test_who_left_while_its_call_was_read_does_not_come_back_with_it(tmp_path: Path) -> None:
    """A heartbeat for a job that has to be read first must not keep a worker's session alive
    whose connection is gone by then."""

    async def act(world: World) -> None:
        stage = Stage(world)
        await stage.define(workflow("w", simple("a")))
        worker = Client(world, "worker")
        await stage.submit("held", "w")
        polled = await worker.ask("task.poll", taskType="a", workerId="w")
        await stage.submit("another", "w")
        beat = {"taskId": polled["tasks"][0]["taskId"], "extendLease": True}
        connection = await worker.connection()
        life = await world.alive()
        life.daemon.service.call("task.update", beat, connection, lambda answer: None)
        connection.close()
        await asyncio.sleep(10)
        assert (await stage.job("held"))["tasks"][0]["status"] == "SCHEDULED"
        await check(world)

    simulate(act, seed=1, folder=tmp_path, flags={"jobs__cached_jobs": 1})

"""Limits in a whole daemon: to the microsecond, in order, and no slot lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from eventstore.events import SlotFreed, SlotTaken
from eventstore.store import Recorded
from tests.simulation.checks import check
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios_of_limits import branches, working
from tests.simulation.stage import Stage
from tests.simulation.world import SECOND, World, simulate

RESTARTS = pytest.mark.parametrize("restarts", [False, True], ids=["", "restarts"])


def in_world(
    tmp_path: Path, act: Callable[[Stage], Awaitable[Any]], *, restarts: bool = False
) -> list[Recorded]:
    """The log of a world in which ``act`` happened and everything came to its end."""
    found: list[Recorded] = []

    async def restart(world: World) -> None:
        while True:
            await asyncio.sleep(0.7)
            await world.reboot()

    async def told(world: World) -> None:
        stage = Stage(world)
        restarting = asyncio.create_task(restart(world)) if restarts else None
        await act(stage)
        await stage.until_ended()
        if restarting is not None:
            restarting.cancel()
            await asyncio.wait([restarting])
            if world.life is None or not world.life.serves:
                await world.reboot()
        await stage.leave()
        await asyncio.sleep(5)
        await check(world)
        life = await world.alive()
        found.extend(await life.store.read_all(limit=100_000))

    simulate(told, seed=1, folder=tmp_path)
    return found


def times(events: list[Recorded], kind: type[Any]) -> list[int]:
    return [one.at for one in events if isinstance(one.event, kind)]


@RESTARTS
def test_a_window_opens_when_its_oldest_start_leaves_it(tmp_path: Path, restarts: bool) -> None:
    async def act(stage: Stage) -> None:
        rate = {"rateLimitPerFrequency": 2, "rateLimitFrequencyInSeconds": 7}
        await stage.types(task_type("a", **rate))
        await stage.define(workflow("w", *branches(6)))
        worker = stage.worker("w1", "a", script=working(0.3))
        await asyncio.sleep(0.123457)
        await stage.submit("job", "w")
        worker.count = 4

    taken = times(in_world(tmp_path, act, restarts=restarts), SlotTaken)
    gaps = [later - earlier for earlier, later in zip(taken, taken[2:], strict=False)]
    assert len(gaps) == 4
    # A worker needs a while to find its way back to a daemon that was killed.
    assert all(7 * SECOND <= gap < 8 * SECOND if restarts else gap == 7 * SECOND for gap in gaps)


def test_a_freed_slot_is_taken_in_the_same_moment(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.types(task_type("a", concurrentExecLimit=2))
        await stage.define(workflow("w", *branches(7)))
        stage.worker("w1", "a", script=working(1)).count = 3
        stage.worker("w2", "a", script=working(1.5)).count = 3
        await stage.submit("job", "w")

    events = in_world(tmp_path, act)
    taken, freed = times(events, SlotTaken), times(events, SlotFreed)
    assert taken[2:] == freed[:5]


def test_slots_go_by_priority_and_then_in_order(tmp_path: Path) -> None:
    order: list[str] = []

    async def act(stage: Stage) -> None:
        await stage.types(task_type("a", concurrentExecLimit=1))
        await stage.define(workflow("w", simple("a")))
        for name, priority in (("1", 0), ("2", 0), ("3", 9), ("4", 0), ("5", 9)):
            await stage.submit(name, "w", priority=priority)

        def script(task: dict[str, Any]) -> Any:
            order.append(task["jobId"])
            return working(1)(task)

        stage.worker("w1", "a", script=script).count = 5
        await stage.until_ended()
        names = {job_id: name for name, job_id in stage.jobs.items()}
        order[:] = [names[job_id] for job_id in order]

    in_world(tmp_path, act)
    assert order == ["3", "5", "1", "2", "4"]


def test_a_task_without_a_slot_says_so_and_where_it_stands(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.types(task_type("a", concurrentExecLimit=1))
        await stage.define(workflow("w", *branches(3)), workflow("v", simple("a")))
        await stage.submit("other", "v", priority=5)
        polled = await stage.client.ask("task.poll", taskType="a", workerId="w", session="w")
        await stage.submit("job", "w")
        await _waits_for_slots(stage)
        await stage.world.reboot()
        await stage.client.ask("task.poll", taskType="b", workerId="w", session="w")
        await _waits_for_slots(stage)
        task_id = polled["tasks"][0]["taskId"]
        await stage.client.ask("task.update", taskId=task_id, status="COMPLETED")
        document = await stage.job("job")
        assert {one["kind"] for one in document["waitingFor"]} == {"worker"}
        stage.worker("w1", "a")

    in_world(tmp_path, act)


async def _waits_for_slots(stage: Stage) -> None:
    document = await stage.until("job", lambda job: job["waitingFor"][0]["kind"] == "slot")
    assert [(one["limit"], one["place"]) for one in document["waitingFor"]] == [
        ("limit/task-type/a", place) for place in (1, 2, 3)
    ]
    listed = await stage.client.read("queue.list")
    (row,) = [one for one in listed["queues"] if one["taskType"] == "a"]
    assert (row["ready"], row["waitingForSlot"], row["held"]) == (0, 3, 1)


def test_only_tasks_under_a_limit_have_slots(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.types(task_type("a", concurrentExecLimit=1), task_type("b"))
        await stage.define(workflow("w", simple("a"), simple("b"), simple("c")))
        stage.worker("w1", "a", "b", "c")
        await stage.submit("job", "w")

    events = in_world(tmp_path, act)
    assert [one.stream for one in events if isinstance(one.event, SlotTaken)] == [
        "limit/task-type/a"
    ]


def test_domains_share_the_limit_of_their_type_and_keep_no_slot_from_each_other(
    tmp_path: Path,
) -> None:
    async def act(stage: Stage) -> None:
        await stage.types(task_type("a", concurrentExecLimit=1))
        await stage.define(workflow("w", simple("a")))
        await stage.submit("first", "w", taskToDomain={"a": "nobody polls here"})
        await stage.submit("second", "w")
        stage.worker("w1", "a")
        await stage.until("second", lambda job: job["status"] == "COMPLETED")
        await stage.ask("job.terminate", "first")

    in_world(tmp_path, act)

"""Schedules on the virtual clock: exact, once, whatever stops the daemon meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from eventstore.store import DiskFull
from tests.simulation.clients import Client, Refused
from tests.simulation.world import EPOCH, SECOND, World, simulate

NAP: dict[str, Any] = {
    "name": "nap",
    "version": 1,
    "tasks": [{"name": "rest", "taskReferenceName": "rest", "type": "NOOP"}],
}
EVERY_TEN_SECONDS = [{"cron": "*/10 * * * * *"}]
Run = tuple[float, float, str]


OWN: dict[str, Any] = {"workflow": "nap", "definition": {**NAP, "version": 7}}
"""A schedule that brings its definition along."""


async def saved(world: World, name: str = "s", **more: Any) -> Client:
    client = Client(world, "operator")
    await client.ask("version.add", definition=NAP)
    params = {"crons": EVERY_TEN_SECONDS, "workflow": "nap", **more}
    await client.ask("schedule.save", name=name, **params)
    return client


async def runs(client: Client, name: str = "s") -> list[Run]:
    """Second at which each was due and fired, and what came of it, the oldest first."""
    where = [{"field": "schedule", "test": "=", "values": [name]}]
    found = await client.read("schedule.executions", where=where, size=1_000)
    await _jobs_are_there(client, found["results"])
    return [
        (second(one["dueAt"]), second(one["firedAt"]), one["state"])
        for one in reversed(found["results"])
    ]


async def _jobs_are_there(client: Client, found: list[dict[str, Any]]) -> None:
    """One for each time, and no other."""
    started = {one["jobId"] for one in found if one["state"] == "STARTED"}
    jobs = await client.read("job.list", limit=1_000)
    assert {job["jobId"] for job in jobs["jobs"]} == started
    assert all(job["status"] == "COMPLETED" for job in jobs["jobs"])


def second(moment: str) -> float:
    from datetime import datetime

    return (round(datetime.fromisoformat(moment).timestamp() * SECOND) - EPOCH) / SECOND


def play(act: Any, folder: Path, **more: Any) -> None:
    simulate(act, seed=1, folder=folder, **more)


def test_jobs_start_to_the_microsecond(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world, tellsJob=True, input={"a": 1})
        await asyncio.sleep(35)
        assert await runs(client) == [(at, at, "STARTED") for at in (10, 20, 30)]
        [newest, *_] = (await client.read("job.list"))["jobs"]
        document = await client.read("job.get", jobId=newest["jobId"])
        due = (EPOCH + 30 * SECOND) // 1_000
        assert document["input"] == {
            "a": 1,
            "_startedByScheduler": "s",
            "_scheduledTime": due,
            "_executedTime": due,
            "_executionId": newest["jobId"],
            "_schedulerCron": "*/10 * * * * * UTC",
        }

    play(act, tmp_path / "run")


@pytest.mark.parametrize(
    ("strategy", "started"), [("FAIL_ON_RUNNING", [10, 40]), ("FAIL", [10]), (None, [10])]
)
def test_a_key_lets_no_time_start_beside_another(
    tmp_path: Path, strategy: str | None, started: list[int]
) -> None:
    """The job of 10 s runs for 25 s."""
    wait = {"name": "w", "taskReferenceName": "w", "type": "WAIT"}
    slow = {**NAP, "tasks": [{**wait, "inputParameters": {"duration": "25 seconds"}}]}

    async def act(world: World) -> None:
        client = Client(world, "operator")
        await client.ask("version.add", definition=slow)
        key = {"idempotencyKey": "one", "idempotencyStrategy": strategy}
        schedule = {name: value for name, value in key.items() if value is not None}
        crons = EVERY_TEN_SECONDS
        await client.ask("schedule.save", name="s", crons=crons, workflow="nap", **schedule)
        await asyncio.sleep(34)
        await world.kill()
        await world.boot()
        await asyncio.sleep(8)
        found = await client.read("schedule.executions", size=100)
        states = {second(one["dueAt"]): one for one in found["results"]}
        assert [due for due in sorted(states) if states[due]["state"] == "STARTED"] == started
        refused = [one for one in found["results"] if one["state"] == "REFUSED"]
        assert all(states[10]["jobId"] in one["reason"] for one in refused)
        shown = await client.read("schedule.get", name="s")
        assert shown["idempotencyKey"] == "one"

    play(act, tmp_path / "run")


def test_several_expressions_and_bounds(tmp_path: Path) -> None:
    crons = [{"cron": "0/20 * * * * *"}, {"cron": "5/20 * * * * *"}, {"cron": "20 * * * * *"}]

    async def act(world: World) -> None:
        client = await saved(
            world, crons=crons, startsAt="2026-01-01T00:00:20Z", endsAt="2026-01-01T00:00:45Z"
        )
        await asyncio.sleep(120)
        assert [due for due, _, _ in await runs(client)] == [20, 25, 40, 45]
        found = await client.read("schedule.get", name="s")
        assert found["nextAt"] is None

    play(act, tmp_path / "run")


@pytest.mark.parametrize("catches_up", [False, True])
def test_a_stop_over_due_times(tmp_path: Path, catches_up: bool) -> None:
    """The one that was due is late; those after it are caught up, or missed."""

    async def act(world: World) -> None:
        client = await saved(world, catchesUp=catches_up)
        await asyncio.sleep(12)
        await world.kill()
        await asyncio.sleep(33)
        await world.boot()
        await asyncio.sleep(10)
        found = await runs(client)
        late = [20, 30, 40] if catches_up else [20]
        assert [due for due, _, _ in found] == [10, *late, 50]
        assert all(45 <= fired < 46 for due, fired, _ in found if due in late)
        events = (await client.read("events.read", stream="schedule/s"))["events"]
        missed = [one["data"] for one in events if one["type"] == "ScheduleMissed"]
        assert len(missed) == (0 if catches_up else 1)

    play(act, tmp_path / "run")


def test_catching_up_has_a_limit(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world, catchesUp=True)
        await world.kill()
        await asyncio.sleep(3_600)
        await world.boot()
        await asyncio.sleep(15)
        found = await runs(client)
        assert [due for due, _, _ in found] == [10, 20, 30, 40, found[-1][0]]
        assert found[-1][0] > 3_600

    play(act, tmp_path / "run", flags={"schedules__max_catch_up": 3})


@pytest.mark.parametrize("catches_up", [False, True])
def test_a_pause_over_due_times(tmp_path: Path, catches_up: bool) -> None:
    async def act(world: World) -> None:
        client = await saved(world, catchesUp=catches_up)
        await asyncio.sleep(12)
        await client.ask("schedule.pause", name="s", reason="a holiday")
        await asyncio.sleep(33)
        found = await client.read("schedule.get", name="s")
        assert (found["paused"], found["pausedReason"]) == (True, "a holiday")
        assert len(await runs(client)) == 1
        await client.ask("schedule.resume", name="s")
        await asyncio.sleep(10)
        late = [20, 30, 40] if catches_up else []
        assert [due for due, _, _ in await runs(client)] == [10, *late, 50]

    play(act, tmp_path / "run")


def test_all_can_be_paused_also_over_a_start(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world)
        assert await client.ask("schedule.pauseAll") == {"paused": True}
        await asyncio.sleep(15)
        await world.reboot()
        await asyncio.sleep(10)
        assert await client.read("schedule.status") == {"paused": True}
        assert await runs(client) == []
        await client.ask("schedule.resumeAll")
        await asyncio.sleep(10)
        assert [due for due, _, _ in await runs(client)] == [10, 30]

    play(act, tmp_path / "run")


def test_a_deleted_schedule_starts_nothing_and_its_name_is_free(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world)
        await asyncio.sleep(12)
        await client.ask("schedule.delete", name="s")
        await world.reboot()
        await asyncio.sleep(30)
        assert len(await runs(client)) == 1
        await client.ask("schedule.save", name="s", crons=EVERY_TEN_SECONDS, workflow="nap")
        await asyncio.sleep(10)
        assert len(await runs(client)) == 2

    play(act, tmp_path / "run")


def test_a_start_that_is_refused_is_recorded_and_the_next_one_tried(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world, workflow="nobody")
        await asyncio.sleep(12)
        [(_, _, state)] = await runs(client)
        assert state == "REFUSED"
        found = await client.read("schedule.executions")
        assert "there is no workflow 'nobody'" in found["results"][0]["reason"]
        await client.ask("version.add", definition={**NAP, "name": "nobody"})
        await asyncio.sleep(10)
        states = [one["state"] for one in (await client.read("schedule.executions"))["results"]]
        assert states == ["STARTED", "REFUSED"]

    play(act, tmp_path / "run")


def test_a_definition_of_its_own_belongs_to_no_workflow(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = await saved(world, **OWN)
        await asyncio.sleep(11)
        assert [due for due, _, _ in await runs(client)] == [10]
        [job] = (await client.read("job.list"))["jobs"]
        assert job["versionNumber"] == 7
        found = await client.read("version.list", workflow="nap")
        assert [one["versionNumber"] for one in found["versions"]] == [1]

    play(act, tmp_path)


def test_a_definition_of_its_own_has_no_version(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        with pytest.raises(Refused, match="/version"):
            await saved(world, version={"versionNumber": 1}, **OWN)

    play(act, tmp_path)


def whole(folder: Path, asked: dict[str, Any] | None = None, **disk: Any) -> int:
    """Three due times; how many commits it took."""
    counted: list[int] = []

    async def act(world: World) -> None:
        for name, value in disk.items():
            setattr(world.disk, name, value)
        reviving = asyncio.create_task(_revive(world))
        client = await saved(world, catchesUp=True, **(asked or {}))
        await asyncio.sleep(max(0, 35 - world.now / SECOND))
        found = await runs(client)
        assert [due for due, _, _ in found] == [10, 20, 30]
        assert {state for _, _, state in found} == {"STARTED"}
        counted.append(world.disk.commits)
        reviving.cancel()

    play(act, folder)
    return counted[0]


async def _revive(world: World) -> None:
    await world.disk.crashed.wait()
    await world.reboot()


def test_the_power_goes_after_each_commit(tmp_path: Path) -> None:
    commits = whole(tmp_path / "whole")
    for commit in range(1, commits + 1):
        whole(tmp_path / str(commit), crash_after=commit)


def test_the_power_goes_with_a_definition_of_its_own(tmp_path: Path) -> None:
    commits = whole(tmp_path / "whole", OWN)
    for commit in range(1, commits + 1):
        whole(tmp_path / str(commit), OWN, crash_after=commit)


def test_each_commit_fails_once(tmp_path: Path) -> None:
    commits = whole(tmp_path / "whole")
    for commit in range(3, commits + 1):
        whole(tmp_path / str(commit), failures={commit: DiskFull("no room")})

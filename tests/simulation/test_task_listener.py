"""Statuses of tasks told to a webhook: those asked for, each at least once, in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from config.settings import SettingsError, load
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage
from tests.simulation.test_listener import URL, Told, live, told
from tests.simulation.world import World

__all__ = ["told"]


async def two_tasks(world: World) -> str:
    """Of a workflow without a listener of its own."""
    stage = Stage(world)
    await stage.define(workflow("w", simple("a"), simple("b")))
    await stage.client.ask(
        "taskType.put", definition={"name": "b", "taskStatusListenerEnabled": False}
    )
    stage.worker("w1", "a", "b")
    job_id = await stage.submit("job", "w")
    await stage.until_ended()
    await asyncio.sleep(5)
    return job_id


def test_every_status_of_tasks_whose_type_lets_it(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        job_id = await two_tasks(world)
        assert told.words(URL, f"{job_id}.1") == ["scheduled", "inProgress", "completed"]
        assert told.words(URL, f"{job_id}.2") == []
        assert told.words(URL, job_id) == []
        done = told.taken[-1][1]
        assert done.type == "playhead.task.completed"
        assert (done.data["status"], done.data["referenceTaskName"]) == ("COMPLETED", "a_ref")
        assert done.data["endTime"] == done.time

    live(tmp_path, act, listener__task_statuses="*")


def test_only_those_asked_for_after_a_crash_too(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        told.down.add(URL)
        job_id = await two_tasks(world)
        await world.reboot()
        told.down.clear()
        await asyncio.sleep(120)
        assert told.words(URL, f"{job_id}.1") == ["completed"]

    live(tmp_path, act, listener__task_statuses="completed failed")


def test_nobody_is_told_of_tasks_unasked(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        await two_tasks(world)
        assert told.taken == []

    live(tmp_path, act)


@pytest.mark.parametrize("given", ["done", "completed, failed", "completedfailed", "* failed"])
def test_a_status_that_is_none_is_refused(given: str) -> None:
    flags: dict[str, Any] = {"listener.task_statuses": given}
    with pytest.raises(SettingsError, match=r"listener\.task_statuses"):
        load(environment={}, flags=flags)

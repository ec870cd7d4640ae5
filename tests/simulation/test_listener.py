"""Callbacks of jobs told to webhooks: each at least once, whatever dies or does not answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from daemon.executors.notifying import CloudEvent, DeliveryFailed
from eventstore.events import NotificationDropped
from tests.simulation import engines
from tests.simulation.definitions import simple, workflow
from tests.simulation.stage import Stage
from tests.simulation.world import World, simulate

URL = "https://hooks.example/jobs"
OTHER = "https://hooks.example/other"
ENABLED = {"workflowStatusListenerEnabled": True}
ENDS = ("started", "completed", "finalized")


class Told:
    """A sender that remembers, and fails where it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, CloudEvent]] = []
        self.tries = 0
        self.down: set[str] = set()

    async def send(self, url: str, event: CloudEvent) -> None:
        self.tries += 1
        await asyncio.sleep(0.01)
        if url in self.down:
            raise DeliveryFailed("nobody is there")
        self.taken.append((url, event))

    async def aclose(self) -> None:
        """Nothing is held."""

    def words(self, url: str, job_id: str) -> list[str]:
        """What ``url`` was told of a job, each callback once, in order of arrival."""
        found = {
            event.id: event.type
            for where, event in self.taken
            if (where, event.subject) == (url, job_id)
        }
        return [one.rpartition(".")[2] for one in found.values()]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    made = Told()
    monkeypatch.setattr(
        "tests.simulation.world.serving", lambda: replace(engines.serving(), sender=made)
    )
    return made


def live(folder: Path, act: Any, **flags: Any) -> None:
    simulate(act, seed=1, folder=folder / "world", flags={"listener__webhook_url": URL, **flags})


async def three_jobs(stage: Stage) -> list[str]:
    await stage.define(workflow("w", simple("a"), **ENABLED), workflow("quiet", simple("a")))
    stage.worker("w1", "a")
    names = ("first", "second", "third")
    ids = [await stage.submit(name, "w") for name in names]
    await stage.submit("quiet", "quiet")
    await stage.until_ended()
    return ids


def test_who_listens_is_told_in_order(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        ids = await three_jobs(Stage(world))
        await asyncio.sleep(5)
        assert [told.words(URL, one) for one in ids] == [list(ENDS)] * 3
        assert len(told.taken) == 9
        assert {event.source for _, event in told.taken} == {told.taken[0][1].source}

    live(tmp_path, act)


def test_a_crash_while_nobody_answers_loses_nothing(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        told.down.add(URL)
        ids = await three_jobs(Stage(world))
        assert told.taken == []
        await world.reboot()
        told.down.clear()
        await asyncio.sleep(120)
        assert [told.words(URL, one) for one in ids] == [list(ENDS)] * 3
        before = len(told.taken)
        await world.reboot()
        await asyncio.sleep(120)
        assert len(told.taken) == before, "it was noted how far it got"

    live(tmp_path, act)


def test_more_than_memory_holds_is_found_in_the_log(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        told.down.add(URL)
        ids = await three_jobs(Stage(world))
        told.down.clear()
        await asyncio.sleep(120)
        assert [told.words(URL, one) for one in ids] == [list(ENDS)] * 3

    live(tmp_path, act, listener__waiting_callbacks=2, listener__window_callbacks=2)


def test_who_never_answers_loses_callbacks_and_holds_up_nobody(tmp_path: Path, told: Told) -> None:
    async def act(world: World) -> None:
        told.down.add(OTHER)
        stage = Stage(world)
        sink = {"workflowStatusListenerSink": OTHER}
        await stage.define(workflow("w", simple("a"), **ENABLED, **sink))
        stage.worker("w1", "a")
        job_id = await stage.submit("job", "w")
        await stage.until_ended()
        await asyncio.sleep(60)
        assert told.words(URL, job_id) == list(ENDS)
        life = await world.alive()
        events = await life.store.read_all(limit=1_000, streams="listener/")
        dropped = [one.event for one in events if isinstance(one.event, NotificationDropped)]
        assert [one.url for one in dropped] == [OTHER] * 3
        told.down.clear()
        again = await stage.submit("again", "w")
        await stage.until_ended()
        await asyncio.sleep(60)
        assert told.words(OTHER, again) == list(ENDS)

    live(
        tmp_path,
        act,
        listener__allowed_sinks="https://hooks.example",
        listener__give_up_seconds=10.0,
    )

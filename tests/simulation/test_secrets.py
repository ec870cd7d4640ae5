"""The power goes at every point of a secret's life: what was acknowledged is there, whole, and
nothing is left in the vault that no secret has."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from eventstore.store import DiskFull, WriteFailed
from tests.simulation.clients import Client, Refused
from tests.simulation.world import Life, World, simulate

Expected = dict[str, str | None]


async def life_of_a_secret(world: World, known: Expected) -> None:
    """``known``: what was acknowledged, and None while nobody knows."""
    client = Client(world, "operator")
    for method, params, after in (
        ("secret.create", {"key": "A", "value": "a1"}, "a1"),
        ("secret.create", {"key": "B", "value": "b1"}, "b1"),
        ("secret.update", {"secret": "A", "value": "a2"}, "a2"),
        ("secret.update", {"secret": "A", "description": "of a test"}, "a2"),
        ("secret.delete", {"secret": "B"}, ""),
        ("secret.create", {"key": "B", "value": "b2"}, "b2"),
        ("secret.rotateKey", {}, None),
    ):
        key = params.get("key", params.get("secret", ""))
        known[key] = None
        await client.ask(method, **params)
        known[key] = after


def check(life: Life, known: Expected) -> None:
    """Values and events agree, and say what was acknowledged."""
    secrets = life.daemon.house.secrets
    told = dict(secrets.sources.secrets)
    for key, value in known.items():
        if value is not None and key:
            assert told.get(key, "") == value
    assert all(secrets.has_value(one) for one in secrets.all())
    assert set(secrets.vault.values) == {one.value_id for one in secrets.all()}


def play(folder: Path, *, seed: int = 1, **disk: Any) -> tuple[int, int]:
    """How many commits and writes of the vault it took."""
    counted = []

    async def act(world: World) -> None:
        for name, value in disk.items():
            setattr(world.disk, name, value)
        reviving = asyncio.create_task(_revive(world))
        known: Expected = {}
        await life_of_a_secret(world, known)
        counted.append((world.disk.commits, world.disk.vault_writes))
        assert "" in known
        await asyncio.sleep(5)
        check(await world.alive(), known)
        check(await world.reboot(), known)
        reviving.cancel()

    simulate(act, seed=seed, folder=folder)
    return counted[0]


async def _revive(world: World) -> None:
    await world.disk.crashed.wait()
    await world.reboot()


def test_the_power_goes_after_each_commit(tmp_path: Path) -> None:
    commits, writes = play(tmp_path / "whole")
    assert (commits, writes) >= (7, 7)
    for commit in range(1, commits + 1):
        play(tmp_path / f"commit{commit}", crash_after=commit)


@pytest.mark.parametrize("written", [False, True])
def test_the_power_goes_at_each_write_of_the_vault(tmp_path: Path, written: bool) -> None:
    _, writes = play(tmp_path / "whole")
    for number in range(1, writes + 1):
        crash = (number, written)
        play(tmp_path / f"write{number}", crash_around_vault_write=crash)


def test_a_value_whose_event_was_not_written_is_dropped(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = Client(world, "operator")
        await client.ask("secret.create", key="A", value="a1")
        world.disk.failures = {world.disk.tries + 1: DiskFull("no room")}
        await client.ask("secret.update", secret="A", value="a2")
        await asyncio.sleep(5)
        check(await world.alive(), {"A": "a2"})

    simulate(act, seed=1, folder=tmp_path / "run")


def test_of_a_broken_log_both_values_are_kept_until_it_is_read_again(tmp_path: Path) -> None:
    async def act(world: World) -> None:
        client = Client(world, "operator")
        await client.ask("secret.create", key="A", value="a1")
        world.disk.failures = {world.disk.tries + 1: WriteFailed("the disk is broken")}
        with pytest.raises(Refused) as refused:
            await client.ask("secret.update", secret="A", value="a2")
        assert refused.value.type == "readOnly"
        secrets = (await world.alive()).daemon.house.secrets
        assert secrets.sources.secrets["A"] == "a1"
        assert sorted(secrets.vault.values.values()) == ["a1", "a2"]
        check(await world.reboot(), {"A": "a1"})

    simulate(act, seed=1, folder=tmp_path / "run")

"""The virtual loop itself: its time, its order, its limits, and anyio on top of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import anyio
import pytest

from tests.simulation.loop import Deadlock, VirtualLoop


def run(act: Coroutine[Any, Any, Any], seed: int | None = 1) -> Any:
    loop = VirtualLoop(None if seed is None else Random(seed))
    try:
        return loop.run_until_complete(act)
    finally:
        loop.close()


def test_a_year_passes_in_no_time_and_exactly() -> None:
    async def act() -> float:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(365 * 86_400)
        await asyncio.sleep(0.000001)
        return loop.time()

    assert run(act()) == 365 * 86_400 + 0.000001


def test_timers_fire_in_the_order_of_their_times() -> None:
    async def act() -> list[int]:
        fired: list[int] = []
        loop = asyncio.get_running_loop()
        for delay in (3, 1, 2):
            loop.call_later(delay, fired.append, delay)
        await asyncio.sleep(5)
        return fired

    assert run(act()) == [1, 2, 3]


def test_plain_callbacks_stay_first_in_first_out() -> None:
    async def act() -> list[int]:
        called: list[int] = []
        for number in range(50):
            asyncio.get_running_loop().call_soon(called.append, number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return called

    assert run(act()) == list(range(50))


async def _turns() -> str:
    taken: list[str] = []

    async def take(name: str) -> None:
        for _ in range(3):
            taken.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(name) for name in "abcd"))
    return "".join(taken)


def test_tasks_take_turns_as_the_seed_says() -> None:
    orders = {run(_turns(), seed) for seed in range(20)}
    assert len(orders) > 10
    assert all(run(_turns(), seed) == run(_turns(), seed) for seed in range(5))
    assert run(_turns(), None) == "abcd" * 3


def test_nothing_to_wait_for_is_an_error_and_no_hang() -> None:
    async def act() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(act())


def test_anyio_runs_on_it() -> None:
    async def act() -> tuple[bool, float]:
        with anyio.move_on_after(7) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.sleep, 3)
                tasks.start_soon(anyio.sleep_forever)
        return scope.cancelled_caught, anyio.current_time()

    assert run(act()) == (True, 7.0)

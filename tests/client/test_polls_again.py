"""What a lost poll was given is asked for again, under the same request id."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from playhead import worker
from playhead.client import Client
from playhead.errors import ConnectionLost
from playhead.workers.poller import Poller


class Unsteady:
    """A client whose first polls are lost for good."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.poller: Poller

    async def poll_tasks(self, *_: Any, request_id: str, **__: Any) -> list[Any]:
        self.asked.append(request_id)
        if len(self.asked) < 3:
            raise ConnectionLost("task.poll", request_id)
        if len(self.asked) > 3:
            self.poller.stop()
        return []


async def test_a_poll_is_repeated_under_its_id_and_the_next_has_another() -> None:
    @worker("t")
    async def idle(input: dict[str, Any]) -> None:
        raise AssertionError("no task comes")

    client = Unsteady()
    poller = Poller(cast(Client, client), idle, worker_id="w", session="s", wait_seconds=1)
    client.poller = poller
    async with asyncio.timeout(20):
        await poller.run()
        await poller.finish(1)
    first, second, third, *more = client.asked
    assert first == second == third
    assert first not in more

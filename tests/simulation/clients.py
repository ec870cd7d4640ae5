"""Clients that speak to the operations in-process, over a network that may lose answers."""

from __future__ import annotations

import asyncio
from itertools import count
from random import Random
from typing import Any

from daemon.operations.calls import Failure, Result
from tests.simulation.world import Life, World


class ConnectionLost(Exception):
    """No answer will come; whether the call was carried out is unknown."""


class Refused(Exception):
    """The daemon answered with an error."""

    def __init__(self, method: str, failure: Failure) -> None:
        super().__init__(f"{method}: {failure.data}")
        self.type: str = failure.data["type"]
        self.data = failure.data
        self.retryable = bool(failure.data.get("retryable"))


class Connection:
    """One connection to one life: a Peer for the operations."""

    _numbers = count(1)

    def __init__(self, life: Life, actor: str, name: str) -> None:
        self.life = life
        self._actor = actor
        self._session = name
        self.notified: list[tuple[str, dict[str, Any]]] = []
        self.closed = False

    @property
    def actor(self) -> str:
        return self._actor

    @property
    def session(self) -> str:
        return self._session

    def notify(self, method: str, params: dict[str, Any]) -> bool:
        self.notified.append((method, params))
        return not self.closed

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            for waiting, connection in self.life.unanswered.items():
                if connection is self:
                    waiting.cancel()
            if not self.life.dead:
                self.life.daemon.service.gone(self)


class Client:
    """``call`` once, or ``ask`` until there is an answer, under one request id."""

    def __init__(self, world: World, name: str, *, actor: str = "uid:1000/alice") -> None:
        self.world = world
        self.name = name
        self.actor = actor
        self.loses_answers = 0.0
        """How likely an answer is lost on its way."""
        self.random: Random = world.random(f"client/{name}")
        self._connections = count(1)
        self._requests = count(1)
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        life = await self.world.alive()
        if self._connection is None or self._connection.life is not life or self._connection.closed:
            self._connection = self._connect(life)
        return self._connection

    def _connect(self, life: Life) -> Connection:
        return Connection(life, self.actor, f"{self.name}-{next(self._connections)}")

    def disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def call(self, method: str, /, **params: Any) -> Result:
        """Raises ConnectionLost and Refused."""
        connection = await self.connection()
        await self._network()
        if connection.life.dead or connection.closed:
            raise ConnectionLost
        answers: asyncio.Future[Result | Failure] = asyncio.get_running_loop().create_future()
        connection.life.unanswered[answers] = connection
        connection.life.daemon.service.call(
            method, params, connection, lambda answer: _heard(connection, answers, answer)
        )
        return await self._answer(method, connection, answers)

    async def _answer(
        self, method: str, connection: Connection, answers: asyncio.Future[Result | Failure]
    ) -> Result:
        try:
            await asyncio.wait([answers])
        finally:
            del connection.life.unanswered[answers]
        if answers.cancelled():
            raise ConnectionLost
        await self._network()
        if self.random.random() < self.loses_answers:
            connection.close()
            raise ConnectionLost
        answer = answers.result()
        if isinstance(answer, Failure):
            raise Refused(method, answer)
        return answer

    async def ask(self, method: str, /, **params: Any) -> Result:
        """Raises Refused for a final no."""
        request_id = params.pop("requestId", None) or f"{self.name}/{next(self._requests)}"
        wait = 0.05
        while True:
            try:
                return await self.call(method, **params, requestId=request_id)
            except ConnectionLost:
                pass
            except Refused as refused:
                if not refused.retryable:
                    raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, 1)

    async def read(self, method: str, /, **params: Any) -> Result:
        """As ``ask``, for what changes nothing."""
        while True:
            try:
                return await self.call(method, **params)
            except ConnectionLost:
                await asyncio.sleep(0.05)
            except Refused as refused:
                if not refused.retryable:
                    raise
                await asyncio.sleep(0.05)

    async def _network(self) -> None:
        slowest = self.world.slowest_network
        if slowest:
            await asyncio.sleep(round(self.random.uniform(0, slowest), 6))


def _heard(
    connection: Connection, answers: asyncio.Future[Result | Failure], answer: Result | Failure
) -> None:
    """The daemon's ``reply``: exactly once, and nobody hears the dead or a closed connection."""
    if connection.life.dead or connection.closed:
        return
    assert not answers.done(), "a call is answered once"
    answers.set_result(answer)

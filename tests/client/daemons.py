"""A daemon of a few lines behind the real socket, which a test can stop and start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.settings import load
from daemon.operations.calls import ErrorType, Failure, OperationError, Peer, Reply, Result
from daemon.rpc import RpcServer

Handler = Callable[[dict[str, Any], Peer], Result | Failure | None]
"""None: the answer comes later, through ``ScriptedDaemon.waiting``."""


class ScriptedDaemon:
    """Answers each method with what the test put into ``handlers``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.handlers: dict[str, Handler] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._unanswered: list[tuple[Peer, Reply]] = []
        self.peers: list[Peer] = []
        self.left: list[Peer] = []
        self._server: RpcServer | None = None

    async def start(self) -> None:
        self._server = RpcServer(self, self.path, load().rpc)
        await self._server.start()

    async def stop(self) -> None:
        """End as a killed daemon does: no call is answered any more."""
        if self._server is not None:
            await self._server.close(grace_seconds=0)
            self._server = None
        self._unanswered.clear()

    def call(self, method: str, params: Any, peer: Peer, reply: Reply, *, weight: int = 0) -> None:
        self.calls.append((method, params or {}))
        if peer not in self.peers:
            self.peers.append(peer)
        handler = self.handlers.get(method)
        if handler is None:
            answer: Result | Failure | None = error(ErrorType.METHOD_NOT_FOUND, f"no {method}")
        else:
            answer = handler(params or {}, peer)
        if answer is None:
            self._unanswered.append((peer, reply))
        else:
            reply(answer)

    def gone(self, peer: Peer) -> None:
        self.left.append(peer)
        self._unanswered = [each for each in self._unanswered if each[0] is not peer]

    @property
    def waiting(self) -> list[Reply]:
        """The calls that wait for their answer, of peers that are still there."""
        return [reply for _, reply in self._unanswered]

    def discover(self) -> Result:
        return {}

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of ``method`` so far."""
        return [params for name, params in self.calls if name == method]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - it may be about anything
                await asyncio.sleep(0.001)


def error(type: ErrorType, message: str, **data: Any) -> Failure:
    return OperationError(type, message, **data).failure()

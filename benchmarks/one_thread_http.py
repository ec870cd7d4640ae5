"""As ``one_thread``, over HTTP: what arrives is handed to the gateway's connections, what
they write is read, and there is no socket between."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

import orjson

from benchmarks import definitions
from benchmarks.definitions import SAMPLE
from benchmarks.http_wire import Answer, Response, Responses, request
from benchmarks.http_worker import COUNT, NO_CONTENT, WAIT_MS
from daemon.gateway.connection import HttpConnection
from daemon.gateway.server import HttpServer


class _Transport:
    """Both ends of one connection. Its requests are answered one after another."""

    def __init__(self, caller: HttpCaller, connection: HttpConnection) -> None:
        self.connection = connection
        self._caller = caller
        self._socket = socket.socket()
        self._responses = Responses()
        self.answer: Answer

    def get_extra_info(self, name: str) -> Any:
        return self._socket

    def set_write_buffer_limits(self, high: int) -> None:
        """Everything is taken at once."""

    def is_closing(self) -> bool:
        return self._socket.fileno() < 0

    def pause_reading(self) -> None:
        raise AssertionError("a request follows the response to the one before")

    def resume_reading(self) -> None:
        """It was never paused."""

    def close(self) -> None:
        if not self.is_closing():
            self._socket.close()
            self.connection.connection_lost(None)

    abort = close

    def write(self, data: bytes) -> None:
        for response in self._responses.feed(data):
            self._caller.answered(self, response)


class HttpCaller:
    """Client and worker in one, by Conductor's REST."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._idle: list[_Transport] = []
        self._left = 0
        self._all_reported = asyncio.Event()

    async def jobs(self, workflow: str, count: int, steps: int) -> None:
        """Run ``count`` jobs at once, to their ends."""
        self._left = count * steps
        self._all_reported.clear()
        submit = request("POST", "/workflow", {"name": workflow, "version": 1, "input": SAMPLE})
        for _ in range(count):
            self._ask(submit, _heard)
        await self._all_reported.wait()

    def poll(self) -> None:
        query = f"workerid=bench&count={COUNT}&timeout={WAIT_MS}"
        self._ask(request("GET", f"/tasks/poll/batch/{definitions.TYPE}?{query}"), self._polled)

    def answered(self, transport: _Transport, response: Response) -> None:
        self._idle.append(transport)
        self._loop.call_soon(transport.answer, response)

    def _polled(self, response: Response) -> None:
        """A poll is refused only when the daemon stops."""
        if response.status >= 300:
            return
        for task in orjson.loads(response.body):
            self._report(task)
        self.poll()

    def _report(self, task: dict[str, Any]) -> None:
        result = {
            "workflowInstanceId": task["workflowInstanceId"],
            "taskId": task["taskId"],
            "status": "COMPLETED",
            "outputData": SAMPLE,
            "workerId": "bench",
        }
        self._ask(request("POST", "/tasks/update-v2", result), self._reported)

    def _reported(self, response: Response) -> None:
        self._left -= 1
        if response.status != NO_CONTENT:
            self._report(orjson.loads(response.body))
        if not self._left:
            self._all_reported.set()

    def _ask(self, asked: bytes, answer: Answer) -> None:
        transport = self._idle.pop() if self._idle else self._connected()
        transport.answer = answer
        self._loop.call_soon(transport.connection.received, asked)

    def _connected(self) -> _Transport:
        transport = _Transport(self, self._server.connection())
        transport.connection.connection_made(cast(asyncio.Transport, transport))
        return transport


def _heard(response: Response) -> None:
    if response.status >= 300:
        raise RuntimeError(f"refused: {response}")

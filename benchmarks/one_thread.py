"""The whole daemon but its socket on the calling thread: real log, real projections, no
thread to hand the interpreter to. What a job costs here repeats better than anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import orjson

from benchmarks import definitions
from benchmarks.definitions import SAMPLE
from benchmarks.one_thread_http import HttpCaller
from benchmarks.worker import COUNT, WAIT_SECONDS
from config import settings as settings_of
from config.settings import Settings
from daemon.app import LOG_FILE, PROJECTIONS_FILE, pace_of, store_settings
from daemon.assembly import Daemon
from daemon.clock import SystemClock, system_entropy
from daemon.gateway.opening import http_server
from daemon.rpc.dispatch import Dispatcher
from daemon.rpc.messages import encode
from eventstore.sqlite import SqliteEventStore
from projections.read_models import ReadModels

Answer = Callable[[dict[str, Any]], None]


class Caller:
    """Client and worker in one: a peer of the service whose lines come without a socket."""

    actor = "uid:0/bench"
    session = "bench"

    def __init__(self, daemon: Daemon, settings: Settings) -> None:
        self._loop = asyncio.get_running_loop()
        self._answers: list[Answer] = []
        self._lines: list[bytes] = []
        self._left = 0
        self._all_reported = asyncio.Event()
        self._dispatcher = Dispatcher(
            service=daemon.service, peer=self, sender=self, limits=settings.rpc, refused=_refused
        )

    async def call(self, method: str, **params: Any) -> None:
        done = self._loop.create_future()
        self._ask(method, params, done.set_result)
        answer = await done
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")

    async def jobs(self, workflow: str, count: int, steps: int) -> None:
        """Run ``count`` jobs at once, to their ends."""
        self._left = count * steps
        self._all_reported.clear()
        for _ in range(count):
            # The place of its callback makes the request id unlike any other.
            params = {"workflow": workflow, "input": SAMPLE, "requestId": f"{len(self._answers)}"}
            self._ask("job.submit", params, _heard)
        await self._all_reported.wait()

    def poll(self) -> None:
        params = {
            "taskType": definitions.TYPE,
            "workerId": "bench",
            "count": COUNT,
            "waitSeconds": WAIT_SECONDS,
        }
        self._ask("task.poll", params, self._polled)

    # Sender and Peer

    def send(self, message: dict[str, Any] | list[dict[str, Any]]) -> None:
        encode(message)
        assert isinstance(message, dict)
        self._answers[message["id"]](message)

    def ended(self) -> None:
        """Nothing is counted here."""

    def notify(self, method: str, params: dict[str, Any]) -> bool:
        raise AssertionError("nothing is subscribed to")

    def _polled(self, message: dict[str, Any]) -> None:
        """No task comes only when the daemon stops."""
        tasks = message["result"]["tasks"]
        for task in tasks:
            params = {"taskId": task["taskId"], "status": "COMPLETED", "output": SAMPLE}
            self._ask("task.update", params, self._reported)
        if tasks:
            self.poll()

    def _reported(self, message: dict[str, Any]) -> None:
        self._left -= 1
        if not self._left:
            self._all_reported.set()

    def _ask(self, method: str, params: dict[str, Any], answer: Answer) -> None:
        request = {"jsonrpc": "2.0", "id": len(self._answers), "method": method, "params": params}
        self._answers.append(answer)
        if not self._lines:
            self._loop.call_soon(self._arrived)
        self._lines.append(orjson.dumps(request))

    def _arrived(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            self._dispatcher.line(line)


def _refused(kind: str) -> None:
    raise RuntimeError(f"a line was refused: {kind}")


def _heard(message: dict[str, Any]) -> None:
    if "error" in message:
        raise RuntimeError(f"refused: {message['error']}")


@asynccontextmanager
async def one_thread(folder: Path) -> AsyncIterator[tuple[Caller, HttpCaller]]:
    """On a fresh log. The worker of neither caller polls yet."""
    settings = settings_of.load(flags={"paths.data_dir": folder, "http.port": 0})
    clock = SystemClock()
    store = SqliteEventStore(
        folder / LOG_FILE, clock=clock.now, inline=True, settings=store_settings(settings)
    )
    await store.start()
    pace = pace_of(settings)
    read_models = ReadModels(folder / PROJECTIONS_FILE, store, inline=True, pace=pace)
    async with anyio.create_task_group() as tasks:
        daemon = Daemon(store, read_models, settings, clock, system_entropy, tasks, dict)
        await daemon.start()
        server = http_server(
            daemon.service, settings, clock, system_entropy, guard=daemon, has_tokens=False
        )
        await server.start()
        try:
            yield Caller(daemon, settings), HttpCaller(server)
        finally:
            await daemon.stop()
            await server.close(grace_seconds=0)
            tasks.cancel_scope.cancel()
    await store.close()

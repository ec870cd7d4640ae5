"""An external worker process: one connection, polls for many, does nothing, reports.

``python -m benchmarks.worker SOCKET TYPE[,TYPE…] [COUNT]`` waits for the socket, prints a
line when it has begun to look for it, and polls each type again and again for 64 tasks.
With COUNT it takes that many of each type and reports nothing, as a worker that hangs.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.definitions import SAMPLE
from benchmarks.wire import Wire, patiently

COUNT = 64
WAIT_SECONDS = 30


class Worker:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def poll(self, task_type: str) -> None:
        poll(self._wire, task_type, COUNT, partial(self._polled, task_type))

    def _polled(self, task_type: str, message: dict[str, Any]) -> None:
        for task in message["result"]["tasks"]:
            update = {"taskId": task["taskId"], "status": "COMPLETED", "output": SAMPLE}
            self._wire.send("task.update", update, _accepted)
        self.poll(task_type)


class Holder:
    """Takes ``wanted`` tasks, and that is all it does."""

    def __init__(self, wire: Wire, wanted: int) -> None:
        self._wire = wire
        self._wanted = wanted

    def poll(self, task_type: str) -> None:
        poll(self._wire, task_type, self._wanted, partial(self._polled, task_type))

    def _polled(self, task_type: str, message: dict[str, Any]) -> None:
        self._wanted -= len(message["result"]["tasks"])
        if self._wanted:
            self.poll(task_type)


def poll(wire: Wire, task_type: str, count: int, answer: Callable[[dict[str, Any]], None]) -> None:
    wish = {
        "taskType": task_type,
        "workerId": "bench",
        "count": count,
        "waitSeconds": WAIT_SECONDS,
    }
    wire.send("task.poll", wish, answer)


def _accepted(message: dict[str, Any]) -> None:
    if "error" in message:
        raise RuntimeError(f"a result was refused: {message['error']}")


async def work(path: Path, types: list[str], held: int | None) -> None:
    print("looking for the daemon", flush=True)
    wire = await patiently(path)
    for task_type in types:
        (Worker(wire) if held is None else Holder(wire, held)).poll(task_type)
    await wire.closed


if __name__ == "__main__":
    hold = int(sys.argv[3]) if len(sys.argv) > 3 else None
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2].split(","), hold))

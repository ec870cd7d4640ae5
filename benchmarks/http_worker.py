"""A bare worker over Conductor's REST: polls for many, reports by ``update-v2``.

``python -m benchmarks.http_worker PORT TYPE CONNECTIONS`` polls again and again for 64
tasks, and works on what ``update-v2`` hands it at once.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson

from benchmarks.definitions import SAMPLE
from benchmarks.http_wire import HttpWire, Response, request

COUNT = 64
WAIT_MS = 5_000
NO_CONTENT = 204


class HttpWorker:
    def __init__(self, polls: HttpWire, reports: HttpWire, task_type: str) -> None:
        self._polls = polls
        self._reports = reports
        path = f"/tasks/poll/batch/{task_type}?workerid=bench&count={COUNT}&timeout={WAIT_MS}"
        self._poll = request("GET", path)

    def poll(self) -> None:
        self._polls.send(self._poll, self._polled)

    def _polled(self, response: Response) -> None:
        if self._is_good(response):
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
        self._reports.send(request("POST", "/tasks/update-v2", result), self._reported)

    def _reported(self, response: Response) -> None:
        if self._is_good(response) and response.status != NO_CONTENT:
            self._report(orjson.loads(response.body))

    def _is_good(self, response: Response) -> bool:
        if response.status < 300:
            return True
        self._polls.fail(RuntimeError(f"refused: {response}"))
        return False


async def work(port: int, task_type: str, connections: int) -> None:
    polls, reports = HttpWire(), HttpWire()
    await polls.connect(port, 1)
    await reports.connect(port, connections)
    print("polling", flush=True)
    HttpWorker(polls, reports, task_type).poll()
    await asyncio.wait((polls.broken, reports.broken), return_when=asyncio.FIRST_COMPLETED)
    raise RuntimeError(f"cannot go on: {polls.broken} {reports.broken}")


if __name__ == "__main__":
    asyncio.run(work(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))

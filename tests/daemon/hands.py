"""A worker process: ``python hands.py SOCKET RECORD TYPE...``.

It adds one to ``n``. Before it reports a task it writes ``did <taskId>`` to RECORD, and
after the daemon acknowledged the report ``told <taskId>``: its effects in the world, in an
order that survives whoever is killed.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

RETRY_SECONDS = 0.01
WAIT_SECONDS = 30


class Lost(Exception):
    """The daemon is gone."""


class Line:
    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise Lost from error
        self._reader = self._socket.makefile("rb")
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0

    def send(self, method: str, **params: Any) -> int:
        self._number += 1
        request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise Lost from error
        return self._number

    def next(self) -> tuple[int, dict[str, Any]]:
        try:
            text = self._reader.readline()
        except OSError as error:
            raise Lost from error
        if not text.endswith(b"\n"):
            raise Lost
        answer = json.loads(text)
        return answer["id"], answer

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        id = self.send(method, **params)
        while id not in self._answers:
            other, answer = self.next()
            self._answers[other] = answer
        return self._answers.pop(id)

    def one_of(self, ids: dict[int, str]) -> tuple[int, dict[str, Any]]:
        """The next answer to one of ``ids``."""
        for id in ids:
            if id in self._answers:
                return id, self._answers.pop(id)
        while True:
            id, answer = self.next()
            if id in ids:
                return id, answer
            self._answers[id] = answer


def serve(path: str, record: int, types: list[str]) -> None:
    line = Line(path)
    polls = {_poll(line, name): name for name in types}
    while True:
        id, answer = line.one_of(polls)
        if "error" in answer:
            raise Lost
        name = polls.pop(id)
        for task in answer["result"]["tasks"]:
            os.write(record, f"did {task['taskId']}\n".encode())
            output = {"n": task["input"]["n"] + 1}
            told = line.call(
                "task.update", taskId=task["taskId"], status="COMPLETED", output=output
            )
            if "result" not in told:
                raise Lost
            os.write(record, f"told {task['taskId']}\n".encode())
        polls[_poll(line, name)] = name


def _poll(line: Line, name: str) -> int:
    worker = f"hands-{os.getpid()}"
    return line.send("task.poll", taskType=name, workerId=worker, count=2, waitSeconds=WAIT_SECONDS)


def main() -> None:
    path, place, *types = sys.argv[1:]
    record = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        try:
            serve(path, record, types)
        except Lost:
            time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    main()

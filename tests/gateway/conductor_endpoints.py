"""Every endpoint of the open-source server (conductor.md §6, without language models, agents and
files) with good, bad and missing input: ``endpoints.jsonl``, one request a line, in the order in
which they are sent. What stands in braces has the name of a thing that ``Fixtures`` made.

``status`` and ``kind`` are those of the answer; ``said`` is the message of an error and ``places``
where its mistakes are, where both are as observed on Conductor 3.32.3; ``original`` is the status
there, where it differs on purpose (``docs/http.md``). Messages that name its Java classes are not
repeated here.
"""

from __future__ import annotations

import json
import time
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from tests.gateway.http import Answer, Http

FILE = Path(__file__).with_name("endpoints.jsonl")
NOBODY = "00000000-0000-0000-0000-000000000000"
THINGS = ("name", "type", "running", "task", "waiting", "paused", "done", "failed")
KINDS = {"application/json": "json", "text/plain": "text"}
_numbers = count(1)


class Case(NamedTuple):
    method: str
    path: str
    status: int
    kind: str
    body: Any = None
    raw: str | None = None
    said: str | None = None
    places: list[str] | None = None
    original: int | None = None

    def __str__(self) -> str:
        sent = self.raw if self.body is None else json.dumps(self.body)
        return f"{self.method} {self.path} {sent or ''}".strip()


def cases() -> list[Case]:
    return [Case(**json.loads(line)) for line in FILE.read_text("utf-8").splitlines()]


class Fixtures:
    """A workflow of one task in each state that the cases want, and one that waits."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.name = f"endpoint_{next(_numbers)}"
        self.type = f"{self.name}_do"
        step = {"name": self.type, "taskReferenceName": "t0", "type": "SIMPLE"}
        wait = {"name": "w", "taskReferenceName": "w", "type": "WAIT"}
        http.post("/api/metadata/taskdefs", [{"name": self.type, "retryCount": 0}])
        for name, task in ((self.name, step), (f"{self.name}_w", wait)):
            http.post("/api/metadata/workflow", {"name": name, "version": 1, "tasks": [task]})
        self.running = self._started(self.name)
        self.task = self._task(self.running)
        self.waiting = self._started(f"{self.name}_w")
        self.paused = self._started(self.name)
        http.put(f"/api/workflow/{self.paused}/pause", {})
        self.done = self._ended("COMPLETED")
        self.failed = self._ended("FAILED")

    def _started(self, name: str) -> str:
        return self._http.post("/api/workflow", {"name": name, "version": 1, "input": {}}).text

    def _task(self, workflow_id: str) -> str:
        return str(self._http.get(f"/api/workflow/{workflow_id}").json["tasks"][0]["taskId"])

    def _ended(self, status: str) -> str:
        workflow_id = self._started(self.name)
        result = {"workflowInstanceId": workflow_id, "taskId": self._task(workflow_id)}
        self._http.post("/api/tasks", {**result, "status": status})
        while self._http.get(f"/api/workflow/{workflow_id}").json["status"] == "RUNNING":
            time.sleep(0.02)
        return workflow_id

    def filled(self, value: Any) -> Any:
        if isinstance(value, str):
            for name in THINGS:
                value = value.replace("{" + name + "}", getattr(self, name))
            return value.replace("{nobody}", NOBODY)
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        return value

    def send(self, case: Case) -> Answer:
        raw = None if case.raw is None else case.raw.encode()
        path = f"/api{self.filled(case.path)}"
        return self._http.send(case.method, path, self.filled(case.body), raw=raw)


def kind_of(answer: Answer) -> str:
    """Of the body: ``json``, ``text``, ``none``, or its content type if it has another."""
    if not answer.body:
        return "none"
    said = answer.headers.get("content-type", "").partition(";")[0]
    return KINDS.get(said, said)

"""What Conductor's clients send and read (references conductor.md §6, conductor-clients.md §0)."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.daemon.definitions import in_a_row
from tests.gateway.http import Answer, Http

_numbers = count(1)


class Line:
    """A client, and a workflow of its own with SIMPLE tasks in a row."""

    def __init__(self, http: Http, length: int = 1, **more: Any) -> None:
        self.http = http
        self.name = f"line_{next(_numbers)}"
        self.types = [f"{self.name}_do{place}" for place in range(length)]
        self.definition = in_a_row(self.name, *self.types, **more)
        answer = http.post("/api/metadata/workflow", self.definition)
        assert (answer.status, answer.body) == (200, b""), answer

    def start(self, n: int = 1, **more: Any) -> str:
        body = {"name": self.name, "version": 1, "input": {"n": n}, **more}
        answer = self.http.post("/api/workflow", body)
        assert answer.status == 200, answer
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text

    def workflow(self, workflow_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/api/workflow/{workflow_id}").json
        return found

    def status(self, workflow_id: str) -> str:
        return str(self.workflow(workflow_id)["status"])

    def poll(self, place: int = 0, **query: Any) -> list[dict[str, Any]]:
        asked = {"workerid": "w1", "count": 10, "timeout": 5_000, **query}
        text = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = self.http.get(f"/api/tasks/poll/batch/{self.types[place]}?{text}")
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.json
        return found

    def report(
        self, task: dict[str, Any], status: str = "COMPLETED", *, path: str = "", **more: Any
    ) -> Answer:
        body = {
            "workflowInstanceId": task["workflowInstanceId"],
            "taskId": task["taskId"],
            "workerId": "w1",
            "status": status,
            **more,
        }
        return self.http.post(f"/api/tasks{path}", body)

    def ended(self, *, status: str = "COMPLETED") -> str:
        """A workflow whose first task ended so."""
        workflow_id = self.start()
        (task,) = self.poll()
        assert self.report(task, status, outputData={"n": 1}).status == 200
        return workflow_id


def error(answer: Answer, status: int) -> dict[str, Any]:
    """The body of an error, of the form that every client reads."""
    found = answer.json
    assert isinstance(found, dict)
    assert answer.status == found["status"] == status, answer
    assert isinstance(found["message"], str)
    assert ("instance" in found) != ("validationErrors" in found)
    assert isinstance(found["retryable"], bool)
    return found

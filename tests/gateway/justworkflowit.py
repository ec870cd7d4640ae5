"""What clients of JustWorkflowIt send, and the shapes they may expect
(reference justworkflowit.md §3.8)."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from tests.daemon.definitions import stepping
from tests.gateway.http import Answer, Http

ORGANIZATION = "/organizations/acme"
NOOP = "/justworkflowit/noop"
_numbers = count(1)

STATUS = {
    "ValidationError": 400,
    "AuthenticationError": 401,
    "AuthorizationError": 403,
    "NotFoundError": 404,
    "UnhandledError": 500,
}
JOB = {
    "jobId",
    "status",
    "workflowId",
    "workflowName",
    "workflowVersion",
    "submittedByUser",
    "createdAt",
    "updatedAt",
}
JOB_OPTIONAL = {"startedAt", "finishedAt", "parentJobId", "parentStepName", "rootJobId"}


class Shop:
    """One client and a workflow of its own."""

    def __init__(self, http: Http, *types: str) -> None:
        self.http = http
        self.name = f"Flow{next(_numbers)}"
        self.types = types or (NOOP,)
        made = self.ok("POST", "/workflows", {"name": self.name})
        self.workflow_id = made["workflowId"]

    @property
    def path(self) -> str:
        return f"/workflows/{self.workflow_id}"

    def definition(self, **more: Any) -> str:
        return json.dumps(stepping(self.name, *self.types, **more))

    def add_version(self, **more: Any) -> dict[str, Any]:
        body = {"definition": self.definition(**more)}
        found: dict[str, Any] = self.ok("POST", f"{self.path}/versions", body)
        return found

    def live(self, version_id: str) -> None:
        done = self.ok("PUT", f"{self.path}/tags/%24LIVE", {"versionId": version_id})
        assert done == {"success": True}

    def ready(self) -> Shop:
        self.live(self.add_version()["versionId"])
        return self

    def submit(self, n: int = 1) -> str:
        body = {
            "workflowId": self.workflow_id,
            "workflowVersion": {"tag": "$LIVE"},
            "inputJson": {"n": n},
        }
        return str(self.ok("POST", "/jobs", body)["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok("GET", f"/jobs/{job_id}")
        return found

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a 200."""
        answer = self.http.send(method, ORGANIZATION + path, body)
        assert answer.status == 200, answer
        return answer.json if answer.body else None

    def wrong(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The body of an error, of the form that every client reads."""
        return error(self.http.send(method, ORGANIZATION + path, body))


def error(answer: Answer) -> dict[str, Any]:
    found = answer.json
    assert isinstance(found, dict)
    assert set(found) <= {"message", "errorType", "statusCode", "fields"}
    assert answer.headers["x-amzn-errortype"] == found["errorType"]
    assert answer.status == found["statusCode"] == STATUS[found["errorType"]]
    assert found["message"]
    return found


def shaped(job: dict[str, Any]) -> dict[str, Any]:
    assert JOB <= set(job) <= JOB | JOB_OPTIONAL
    assert set(job["workflowVersion"]) == {"versionId", "versionNumber"}
    return job

"""Statuses, texts and places of errors as Conductor's clients know them; most were observed
on Conductor 3.32.3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.conductor import Line, error
from tests.gateway.conftest import Start
from tests.gateway.http import Http

BODIES: dict[str, tuple[str, str, Any, list[tuple[str, str]]]] = {
    "an empty result": (
        "POST",
        "/tasks",
        {},
        [
            ("updateTask.arg0.taskId", "Task ID cannot be null or empty"),
            ("updateTask.arg0.workflowInstanceId", "Workflow Id cannot be null or empty"),
        ],
    ),
    "an empty definition": (
        "POST",
        "/metadata/workflow",
        {},
        [
            ("registerWorkflowDef.arg0.name", "WorkflowDef name cannot be null or empty"),
            ("registerWorkflowDef.arg0.tasks", "WorkflowTask list cannot be empty"),
        ],
    ),
    "an empty definition in a list": (
        "PUT",
        "/metadata/workflow",
        [{}],
        [
            ("updateWorkflowDef.arg0[0].name", "WorkflowDef name cannot be null or empty"),
            ("updateWorkflowDef.arg0[0].tasks", "WorkflowTask list cannot be empty"),
        ],
    ),
    "no definitions": (
        "PUT",
        "/metadata/workflow",
        [],
        [("updateWorkflowDef.arg0", "WorkflowDefList is empty")],
    ),
    "a task type without a name": (
        "POST",
        "/metadata/taskdefs",
        [{"name": "fine"}, {"retryCount": 1}],
        [("registerTaskDef.arg0[1].name", "TaskDef name cannot be null or empty")],
    ),
    "no task types": (
        "POST",
        "/metadata/taskdefs",
        [],
        [("registerTaskDef.arg0", "TaskDefList is empty")],
    ),
    "a rule about several fields": (
        "POST",
        "/metadata/workflow/validate",
        {
            "name": "x",
            "tasks": [{"name": "e", "taskReferenceName": "e", "type": "DYNAMIC"}],
        },
        [
            (
                "validateWorkflowDef.arg0.tasks[0]",
                "dynamicTaskNameParam field is required for taskType: DYNAMIC taskName: e",
            )
        ],
    ),
    "too many at once": (
        "PUT",
        "/workflow/bulk/pause",
        ["x"] * 1001,
        [
            (
                "pauseWorkflow.arg0",
                "Cannot process more than 1000 workflows. Please use multiple requests.",
            )
        ],
    ),
    "a start without a name": (
        "POST",
        "/workflow",
        {"input": {}},
        [("startWorkflow.arg0.name", "Workflow name cannot be null or empty")],
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_is_refused_with_the_place_of_each_mistake(http: Http, what: str) -> None:
    method, path, body, expected = BODIES[what]
    refused = error(http.send(method, f"/api{path}", body), 400)
    assert refused["message"] == "Validation failed, check below errors for detail."
    assert refused["retryable"] is False
    found = [(one["path"], one["message"]) for one in refused["validationErrors"]]
    assert sorted(found) == expected


def test_a_value_that_is_wrong_is_shown(http: Http) -> None:
    refused = error(http.post("/api/workflow", {"name": "x", "priority": 100}), 400)
    (problem,) = refused["validationErrors"]
    assert problem["invalidValue"] == "100"
    refused = error(http.get("/api/workflow/search?size=5001"), 400)
    assert refused["validationErrors"][0]["invalidValue"] == "5001"


def test_owners_are_asked_for_where_they_must_be_named(start: Start) -> None:
    daemon = start({"definitions.require_owner_email": "true"})
    daemon.ready()
    with daemon.http() as http:
        for method, body in (("POST", {}), ("PUT", [{}])):
            refused = error(http.send(method, "/api/metadata/workflow", body), 400)
            assert len(refused["validationErrors"]) == 3
        refused = error(http.post("/api/metadata/taskdefs", [{}]), 400)
        places = {one["path"].rpartition(".")[2] for one in refused["validationErrors"]}
        assert places == {"name", "ownerEmail"}


UNREADABLE = {
    "no JSON": ("POST", "/metadata/workflow", b"{nope"),
    "another kind of JSON": ("POST", "/metadata/workflow", b"[]"),
    "no body": ("POST", "/workflow/any", b""),
    "a text for a number": ("POST", "/workflow", b'{"name": "x", "priority": "high"}'),
    "a version that is none": ("DELETE", "/metadata/workflow/x/one", b""),
    "a status that is none": ("POST", "/tasks/w/r/DONE", b"{}"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_a_fault(http: Http, what: str) -> None:
    method, path, raw = UNREADABLE[what]
    if what == "a status that is none":
        line = Line(http)
        path = f"/tasks/{line.start()}/t0/DONE"
    assert "validationErrors" not in error(http.send(method, f"/api{path}", raw=raw), 500)


NOTHING_TO_RETRY = (
    "There are no retryable tasks! Use restart if you want to attempt entire workflow "
    "execution again."
)


def test_steering_is_refused_in_its_words(http: Http) -> None:
    line = Line(http)
    done, running = line.ended(), line.start()
    short = f"{line.name}.1/"
    cases = (
        (
            "PUT",
            f"{done}/pause",
            409,
            f"Workflow {short}{done} has ended, status cannot be updated.",
        ),
        (
            "PUT",
            f"{running}/resume",
            500,
            f"The workflow {running} is not PAUSED so cannot resume. Current status is RUNNING",
        ),
        ("DELETE", done, 409, "Cannot terminate a COMPLETED workflow."),
        (
            "POST",
            f"{done}/retry",
            409,
            NOTHING_TO_RETRY,
        ),
        ("POST", f"{running}/retry", 404, "Workflow is still running.  status=RUNNING"),
        (
            "POST",
            f"{running}/restart",
            409,
            f"Workflow: {short}{running}.RUNNING is not in terminal state, unable to restart.",
        ),
        ("POST", f"{done}/rerun", 400, "Task nope not found"),
        (
            "PUT",
            f"{running}/skiptask/zz",
            500,
            f"The task referenced by zz does not exist in the WorkflowDefinition {line.name}",
        ),
        (
            "PUT",
            f"{running}/skiptask/t0",
            500,
            "The task referenced t0 has already been processed, cannot be skipped",
        ),
    )
    for method, path, status, text in cases:
        body = {"reRunFromTaskId": "nope"} if path.endswith("rerun") else {}
        refused = error(http.send(method, f"/api/workflow/{path}", body), status)
        assert refused["message"] == text
    bulk = http.post("/api/workflow/bulk/retry", [running, "nobody"]).json
    assert bulk == {
        "bulkSuccessfulResults": [],
        "bulkErrorResults": {
            running: "Workflow is still running.  status=RUNNING",
            "nobody": "No such workflow found by id: nobody",
        },
    }

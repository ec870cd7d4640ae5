"""What the pages of Conductor's UI send, and what they count on in the answers."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.gateway.conductor import Line, error
from tests.gateway.http import Http

DAY = 86_400_000
SORTED_BY = ["startTime:DESC", "endTime:ASC", "workflowType:ASC", "version:DESC", "nonsense:ASC"]
EMPTY_FORM = {
    "description": "",
    "scheduleStartTime": "",
    "scheduleEndTime": "",
    "paused": False,
    "runCatchupScheduleInstances": False,
}
EMPTY_START = {
    "version": "",
    "correlationId": "",
    "idempotencyKey": "",
    "idempotencyStrategy": "RETURN_EXISTING",
    "taskToDomain": {},
    "input": {},
}


@pytest.fixture
def line(http: Http) -> Line:
    return Line(http)


def now() -> int:
    return int(time.time() * 1_000)


def table(http: Http, path: str, query: str, **more: Any) -> dict[str, Any]:
    """What a table of the UI is filled with."""
    asked = {"start": 0, "size": 15, "sort": "startTime:DESC", "freeText": "*", "query": query}
    answer = http.get(f"/api{path}?{urlencode({**asked, **more})}")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    assert found["totalHits"] >= len(found["results"])
    return found


def ids(http: Http, path: str, query: str, **more: Any) -> set[str]:
    return {one["workflowId"] for one in table(http, path, query, **more)["results"]}


def test_the_table_of_executions(line: Line, http: Http) -> None:
    mine = line.start(correlationId=f"order of {line.name}")
    since, until = now() - DAY, now() + DAY
    typed = f"workflowType IN ({line.name},nobody)"
    for query in (
        f'workflowId="{mine}"',
        f"{typed} AND status IN (RUNNING,FAILED)",
        f"startTime>{since} AND startTime<{until} AND {typed}",
        f"modifiedTime>{since} AND {typed}",
        f'{typed} AND parentWorkflowId=""',
        f"correlationId IN (order of {line.name})",
    ):
        assert ids(http, "/workflow/search", query) == {mine}, query
    assert ids(http, "/workflow/search", f"{typed} AND status IN (COMPLETED)") == set()
    assert mine in ids(http, "/workflow/search", "", freeText=mine)


@pytest.mark.parametrize("sort", SORTED_BY)
def test_any_column_may_be_clicked(line: Line, http: Http, sort: str) -> None:
    started = {line.start(), line.start()}
    typed = f"workflowType IN ({line.name})"
    assert ids(http, "/workflow/search", typed, sort=sort) == started
    assert ids(http, "/tasks/search", typed, sort=sort) == started


@pytest.mark.parametrize("field", ["workflowType", "workflowName"])
def test_the_table_of_tasks_by_their_workflow(line: Line, http: Http, field: str) -> None:
    mine, other = line.ended(), Line(http).ended()
    found = table(http, "/tasks/search", f"{field} IN ({line.name}) AND startTime>{now() - DAY}")
    (task,) = found["results"]
    assert (task["workflowId"], task["workflowType"]) == (mine, line.name)
    assert other in ids(http, "/tasks/search", f"{field}='line_*'", size=100)
    assert ids(http, "/tasks/search", f"{field}='nobody'") == set()


def test_the_table_of_what_schedules_started(http: Http) -> None:
    line = Line(http)
    name = f"schedule_of_{line.name}"
    start = {"name": line.name, "version": 1}
    schedule = {"name": name, "cronExpression": "* * * * * *", "startWorkflowRequest": start}
    assert http.post("/api/scheduler/schedules", schedule).status == 200
    path, mine = "/scheduler/search/executions", f"scheduleName IN ({name})"
    while not (found := table(http, path, f"{mine} AND state IN (EXECUTED)"))["totalHits"]:
        time.sleep(0.02)
    run = found["results"][0]
    for field in ("startTime", "scheduledTime", "executionTime"):
        near = f"{mine} AND {field}>{now() - DAY} AND {field}<{now() + DAY}"
        assert run in table(http, path, near, sort="scheduledTime:ASC")["results"]
        assert table(http, path, f"{mine} AND {field}<{now() - DAY}")["results"] == []
    assert table(http, path, f"executionId='{run['executionId']}'")["results"] == [run]
    assert http.delete(f"/api/scheduler/schedules/{name}").status == 200


def test_a_form_that_was_left_empty(line: Line, http: Http) -> None:
    form = {**EMPTY_FORM, "name": f"form_{line.name}", "cronExpression": "0 0 0 1 1 *"}
    form["startWorkflowRequest"] = {**EMPTY_START, "name": line.name}
    made = http.post("/api/scheduler/schedules", form)
    assert made.status == 200, made
    assert "scheduleStartTime" not in made.json
    assert "version" not in made.json["startWorkflowRequest"]
    started = http.post("/api/workflow", {**EMPTY_START, "name": line.name, "priority": ""})
    assert line.workflow(started.text)["workflowVersion"] == 1


def test_scalars_of_another_kind(line: Line, http: Http) -> None:
    """As Conductor 3.32.3 reads them."""
    body = {"name": line.name, "version": "1", "priority": " 7 ", "correlationId": 12}
    started = http.post("/api/workflow", {**body, "input": {"n": "1"}, "taskToDomain": {"x": 5}})
    found = line.workflow(started.text)
    assert (found["priority"], found["correlationId"]) == (7, "12")
    assert (found["input"], found["taskToDomain"]) == ({"n": "1"}, {"x": "5"})
    (task,) = line.poll()
    more: dict[str, Any] = {"workerId": 7, "callbackAfterSeconds": "", "extendLease": "false"}
    assert line.report(task, "FAILED", reasonForIncompletion=True, **more).status == 200
    (failed, *_) = line.workflow(started.text)["tasks"]
    assert failed["reasonForIncompletion"] == "true"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "one"),
        ("version", True),
        ("priority", "1.5"),
        ("correlationId", {"a": 1}),
        ("input", ""),
        ("taskToDomain", "x"),
        ("workflowDef", ""),
    ],
)
def test_what_is_nothing_of_the_kind(line: Line, http: Http, name: str, value: Any) -> None:
    refused = http.post("/api/workflow", {"name": line.name, name: value})
    assert f"$.{name}" in error(refused, 500)["message"]


def test_what_another_server_would_do_is_kept_as_it_was_drawn(http: Http) -> None:
    """The editors offer it; here it fails when it is due, and so says the task."""
    drawn = [
        {"name": "tell", "taskReferenceName": "tell", "type": "EVENT", "sink": "sqs:told"},
        {"name": "ask", "taskReferenceName": "ask", "type": "JDBC", "optional": True},
    ]
    definition = {"name": "drawn", "version": 1, "tasks": drawn}
    assert http.post("/api/metadata/workflow", definition).status == 200
    shown = http.get("/api/metadata/workflow/drawn?version=1").json["tasks"]
    assert [(one["type"], one.get("sink")) for one in shown] == [
        ("EVENT", "sqs:told"),
        ("JDBC", None),
    ]
    workflow_id = http.post("/api/workflow/drawn", {}).text
    (told,) = http.get(f"/api/workflow/{workflow_id}").json["tasks"]
    assert told["status"] == "FAILED"
    assert "sqs:told" in told["reasonForIncompletion"]

    agent = {"action": "start_agent", "start_agent": {"name": "a", "prompt": "${b}"}}
    handler = {"name": "drawn", "event": "kafka:some:topic", "active": True, "actions": [agent]}
    assert http.post("/api/event", handler).status == 200
    assert http.get("/api/event/kafka:some:topic").json == [handler]

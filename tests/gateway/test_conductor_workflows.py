"""Definitions and workflows as Conductor's clients see them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.daemon.definitions import in_a_row
from tests.gateway.conductor import Line, error
from tests.gateway.http import Http


@pytest.fixture
def line(http: Http) -> Line:
    return Line(http)


# definitions


def test_a_definition_is_registered_once_and_over_itself_on_wish(line: Line, http: Http) -> None:
    refused = error(http.post("/api/metadata/workflow", line.definition), 409)
    assert refused["message"] == f"Workflow with {line.name}.1 already exists!"
    changed = {**line.definition, "description": "another"}
    assert http.post("/api/metadata/workflow?overwrite=True", changed).status == 200
    found = http.get(f"/api/metadata/workflow/{line.name}").json
    assert (found["version"], found["description"]) == (1, "another")
    assert found["createTime"] > 0


def test_a_running_workflow_keeps_the_definition_it_began_with(line: Line, http: Http) -> None:
    workflow_id = line.start()
    http.put("/api/metadata/workflow", [{**line.definition, "description": "later"}])
    assert "description" not in line.workflow(workflow_id)["workflowDefinition"]


def test_the_newest_version_is_found_without_a_number(line: Line, http: Http) -> None:
    http.post("/api/metadata/workflow", {**line.definition, "version": 7})
    path = f"/api/metadata/workflow/{line.name}"
    assert http.get(path).json["version"] == 7
    assert http.get(f"{path}?version=1").json["version"] == 1
    assert [one["version"] for one in http.get(f"{path}/versions").json] == [1, 7]
    missing = error(http.get(f"{path}?version=3"), 404)
    expected = f"No such workflow found by name: {line.name}, version: 3"
    assert missing["message"] == expected
    mine = [one for one in http.get("/api/metadata/workflow").json if one["name"] == line.name]
    assert [one["version"] for one in mine] == [1, 7]
    latest = http.get("/api/metadata/workflow/latest-versions").json
    assert [one["version"] for one in latest if one["name"] == line.name] == [7]


def test_an_unregistered_number_means_nothing(line: Line, http: Http) -> None:
    workflow_id = line.start()
    path = f"/api/metadata/workflow/{line.name}/1"
    assert http.delete(path, {}).status == 200
    assert line.name in error(http.delete(path, {}), 404)["message"]
    error(http.get(f"/api/metadata/workflow/{line.name}"), 404)
    error(http.post("/api/workflow", {"name": line.name, "version": 1}), 404)
    assert line.status(workflow_id) == "RUNNING"
    assert http.post("/api/metadata/workflow", line.definition).status == 200
    assert line.start()


def test_a_bad_definition_names_each_thing_that_is_wrong(http: Http) -> None:
    bad = {"name": "bad_one", "version": 1, "tasks": [{"type": "SIMPLE"}]}
    for method, path, body in (
        ("POST", "/api/metadata/workflow", bad),
        ("POST", "/api/metadata/workflow/validate", bad),
    ):
        refused = error(http.send(method, path, body), 400)
        assert refused["validationErrors"], method
        paths = {one["path"] for one in refused["validationErrors"]}
        assert {path.partition(".")[2] for path in paths} == {
            "arg0.tasks[0].name",
            "arg0.tasks[0].taskReferenceName",
        }
    good = in_a_row("good_one", "x")
    refused = error(http.put("/api/metadata/workflow", [good, bad]), 400)
    paths = {one["path"] for one in refused["validationErrors"]}
    assert "updateWorkflowDef.arg0[1].tasks[0].name" in paths
    error(http.get("/api/metadata/workflow/good_one"), 404)


def test_task_definitions_are_put_found_and_forgotten(line: Line, http: Http) -> None:
    name = line.types[0]
    path = f"/api/metadata/taskdefs/{name}"
    assert name in error(http.put("/api/metadata/taskdefs", {"name": name}), 404)["message"]
    assert http.post("/api/metadata/taskdefs", [{"name": name, "retryCount": 1}]).status == 200
    found = http.get(path).json
    assert (found["name"], found["retryCount"], found["retryDelaySeconds"]) == (name, 1, 60)
    http.put("/api/metadata/taskdefs", {"name": name, "retryCount": 2})
    assert http.get(path).json["retryCount"] == 2
    assert name in [one["name"] for one in http.get("/api/metadata/taskdefs").json]
    assert http.delete(path, {}).status == 200
    assert "No such task definition" in error(http.delete(path, {}), 404)["message"]
    missing = error(http.get(path), 404)["message"]
    assert missing == f"No such taskType found by name: {name}"


# workflows


def test_a_workflow_shows_itself(line: Line) -> None:
    workflow_id = line.start(3, correlationId="c9", priority=5)
    found = line.workflow(workflow_id)
    expected: dict[str, Any] = {
        "workflowId": workflow_id,
        "workflowName": line.name,
        "workflowVersion": 1,
        "status": "RUNNING",
        "input": {"n": 3},
        "correlationId": "c9",
        "priority": 5,
        "failedReferenceTaskNames": [],
    }
    assert {name: found[name] for name in expected} == expected
    (step,) = found["workflowDefinition"]["tasks"]
    assert step.items() >= line.definition["tasks"][0].items()
    assert step["taskDefinition"]["retryCount"] == 3
    (task,) = found["tasks"]
    assert task["workflowTask"] == step
    assert (task["responseTimeoutSeconds"], task["queueWaitTime"]) == (3600, 0)
    assert (task["status"], task["referenceTaskName"]) == ("SCHEDULED", "t0")
    bare = line.http.get(f"/api/workflow/{workflow_id}?includeTasks=false").json
    assert bare["tasks"] == []


def test_a_status_shows_what_was_asked_for(line: Line, http: Http) -> None:
    workflow_id = line.ended()
    path = f"/api/workflow/{workflow_id}/status"
    assert http.get(path).json == {"workflowId": workflow_id, "status": "COMPLETED"}
    full = http.get(f"{path}?includeOutput=true&includeVariables=true").json
    assert (full["output"], full["variables"]) == ({"n": 1}, {})


def test_a_workflow_starts_by_its_name(line: Line, http: Http) -> None:
    answer = http.post(f"/api/workflow/{line.name}?correlationId=c&priority=1", {"n": 8})
    found = line.workflow(answer.text)
    assert (found["input"], found["correlationId"]) == ({"n": 8}, "c")


def test_a_definition_may_come_with_the_start(line: Line, http: Http) -> None:
    sent = {**line.definition, "name": f"{line.name}_along"}
    start = {"name": sent["name"], "workflowDef": sent, "input": {}}
    first, second = http.post("/api/workflow", start), http.post("/api/workflow", start)
    assert first.status == second.status == 200
    assert first.text != second.text
    other = {**start, "workflowDef": {**sent, "description": "not that one"}}
    third = line.workflow(http.post("/api/workflow", other).text)
    assert third["workflowDefinition"]["description"] == "not that one"
    assert "description" not in line.workflow(first.text)["workflowDefinition"]
    error(http.get(f"/api/metadata/workflow/{sent['name']}"), 404)


def test_a_definition_that_came_with_the_start_is_searched_and_restarted(
    line: Line, http: Http
) -> None:
    sent = {**line.definition, "name": f"{line.name}_once", "version": 4}
    workflow_id = http.post("/api/workflow", {"name": sent["name"], "workflowDef": sent}).text
    http.delete(f"/api/workflow/{workflow_id}?reason=enough", {})
    assert http.post(f"/api/workflow/{workflow_id}/restart", {}).status == 204
    query = quote(f"workflowType = '{sent['name']}' AND status = RUNNING")
    (hit,) = http.get(f"/api/workflow/search?query={query}").json["results"]
    assert (hit["workflowId"], hit["version"]) == (workflow_id, 4)


def test_a_start_with_a_key_is_made_once_if_asked_so(line: Line) -> None:
    key = {"idempotencyKey": "k1", "idempotencyStrategy": "RETURN_EXISTING"}
    assert line.start(1, **key) == line.start(1, **key)
    plain = {"idempotencyStrategy": "FAIL"}
    assert line.start(1, **plain) != line.start(1, **plain)


START_ERRORS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no name": ({}, 400, "Validation failed"),
    "no such name": ({"name": "nobody"}, 404, "No such workflow"),
    "no such version": ({"name": "{name}", "version": 9}, 404, "No such workflow"),
    "an input that is null": ({"name": "{name}", "input": None}, 400, "NULL input"),
    "too high a priority": ({"name": "{name}", "priority": 100}, 400, "Validation failed"),
    "too low a priority": ({"name": "{name}", "priority": -1}, 400, "Validation failed"),
}


@pytest.mark.parametrize("name", START_ERRORS)
def test_a_start_is_refused(line: Line, http: Http, name: str) -> None:
    body, status, part = START_ERRORS[name]
    given = {key: line.name if one == "{name}" else one for key, one in body.items()}
    assert part in error(http.post("/api/workflow", given), status)["message"]


def test_a_workflow_is_paused_resumed_and_ended(line: Line, http: Http) -> None:
    workflow_id = line.start()
    path = f"/api/workflow/{workflow_id}"
    assert http.put(f"{path}/pause", {}).status == 200
    assert http.put(f"{path}/pause", {}).status == 200
    assert line.status(workflow_id) == "PAUSED"
    assert http.put(f"{path}/resume", {}).status == 200
    error(http.put(f"{path}/resume", {}), 500)
    assert http.delete(f"{path}?reason=enough", {}).status == 200
    found = line.workflow(workflow_id)
    assert (found["status"], found["reasonForIncompletion"]) == ("TERMINATED", "enough")
    assert http.delete(path, {}).status == 200
    error(http.put(f"{path}/pause", {}), 409)


def test_a_completed_workflow_is_restarted_but_not_ended(line: Line, http: Http) -> None:
    workflow_id = line.ended()
    path = f"/api/workflow/{workflow_id}"
    assert error(http.delete(path, {}), 409)["message"] == "Cannot terminate a COMPLETED workflow."
    error(http.post(f"{path}/retry", {}), 409)
    answer = http.post(f"{path}/restart?useLatestDefinitions=True", {})
    assert (answer.status, answer.body) == (204, b"")
    assert line.status(workflow_id) == "RUNNING"
    error(http.post(f"{path}/restart", {}), 409)
    error(http.post(f"{path}/retry", {}), 404)
    error(http.post(f"{path}/rerun", {}), 409)


def test_a_failed_workflow_is_given_up(line: Line, http: Http) -> None:
    workflow_id = line.ended(status="FAILED_WITH_TERMINAL_ERROR")
    assert http.delete(f"/api/workflow/{workflow_id}?reason=enough", {}).status == 200
    found = line.workflow(workflow_id)
    assert (found["status"], found["reasonForIncompletion"]) == ("TERMINATED", "enough")
    assert http.delete(f"/api/workflow/{workflow_id}?reason=again", {}).status == 200
    assert line.workflow(workflow_id)["reasonForIncompletion"] == "enough"


def test_the_delay_of_a_retry_is_told_also_when_it_is_over(line: Line, http: Http) -> None:
    """Observed on Conductor 3.32.3."""
    settings = {"name": line.types[0], "retryCount": 1, "retryDelaySeconds": 1}
    http.post("/api/metadata/taskdefs", [settings])
    workflow_id = line.start()
    (task,) = line.poll()
    line.report(task, "FAILED")
    (again,) = line.poll()
    line.report(again)
    first, second = line.workflow(workflow_id)["tasks"]
    assert (first["startDelayInSeconds"], second["startDelayInSeconds"]) == (0, 1)


def test_a_rerun_gives_another_correlation(line: Line, http: Http) -> None:
    workflow_id = line.start(correlationId="before")
    path = f"/api/workflow/{workflow_id}"
    http.delete(path, {})
    answer = http.post(f"{path}/rerun", {"correlationId": "after", "workflowInput": {"k": 1}})
    assert answer.status == 200
    assert line.workflow(workflow_id)["correlationId"] == "after"
    found = http.get(f"/api/workflow/{line.name}/correlated/after").json
    assert [one["workflowId"] for one in found] == [workflow_id]
    assert http.get(f"/api/workflow/{line.name}/correlated/before").json == []


def test_a_failed_workflow_is_retried_and_rerun(line: Line, http: Http) -> None:
    workflow_id = line.ended(status="FAILED_WITH_TERMINAL_ERROR")
    found = line.workflow(workflow_id)
    assert found["status"] == "FAILED"
    assert found["failedReferenceTaskNames"] == ["t0"]
    path = f"/api/workflow/{workflow_id}"
    assert http.post(f"{path}/retry?resumeSubworkflowTasks=false", {}).status == 204
    (task,) = line.poll()
    line.report(task, outputData={"n": 2})
    answer = http.post(f"{path}/rerun", {"reRunFromTaskId": task["taskId"]})
    assert answer.text == workflow_id
    assert line.status(workflow_id) == "RUNNING"


def test_a_task_still_to_come_is_skipped(http: Http) -> None:
    line = Line(http, 2)
    workflow_id = line.start()
    path = f"/api/workflow/{workflow_id}/skiptask"
    # The Python client puts the representation of an object into the query, and {} here.
    assert http.put(f"{path}/t1?skipTaskRequest=%7B%27a%27%3A+1%7D", {}).status == 200
    error(http.put(f"{path}/t0", {"taskInput": {}}), 500)
    error(http.put(f"{path}/nothing", {}), 500)
    (task,) = line.poll()
    line.report(task, outputData={"n": 1})
    assert line.status(workflow_id) == "COMPLETED"


def test_many_at_once_say_what_became_of_each(line: Line, http: Http) -> None:
    workflow_id = line.start()
    bulk = "/api/workflow/bulk"
    for method, path, status in (
        ("PUT", "pause", "PAUSED"),
        ("PUT", "resume", "RUNNING"),
        ("POST", "terminate?reason=enough", "TERMINATED"),
        ("POST", "restart", "RUNNING"),
        ("POST", "terminate", "TERMINATED"),
        ("POST", "retry", "RUNNING"),
    ):
        answer = http.send(method, f"{bulk}/{path}", [workflow_id, "nobody"]).json
        assert answer["bulkSuccessfulResults"] == [workflow_id], path
        assert list(answer["bulkErrorResults"]) == ["nobody"]
        assert line.status(workflow_id) == status, path
    error(http.put(f"{bulk}/pause", []), 400)
    error(http.put(f"{bulk}/pause", ["x"] * 1_001), 400)
    shown = http.post(f"{bulk}/search", [workflow_id]).json["bulkSuccessfulResults"]
    assert shown[0]["workflowId"] == workflow_id


def test_an_ended_workflow_is_removed_to_the_archive(line: Line, http: Http) -> None:
    workflow_id = line.start()
    path = f"/api/workflow/{workflow_id}/remove"
    assert workflow_id in error(http.delete(path, {}), 400)["message"]
    http.delete(f"/api/workflow/{workflow_id}", {})
    assert http.delete(f"{path}?archiveWorkflow=True", {}).status == 200


def test_workflows_are_found_by_their_correlation(line: Line, http: Http) -> None:
    running, ended = line.start(correlationId="k"), line.start(correlationId="k")
    http.delete(f"/api/workflow/{ended}", {})
    path = f"/api/workflow/{line.name}/correlated"
    assert [one["workflowId"] for one in http.get(f"{path}/k").json] == [running]
    both = http.post(f"{path}?includeClosed=True&includeTasks=True", ["k", "none"]).json
    assert {one["workflowId"] for one in both["k"]} == {running, ended}
    assert both["none"] == []
    ids = http.get(f"/api/workflow/running/{line.name}?version=1").json
    assert ids == [running]


def test_a_family_is_visible_from_both_sides(line: Line, http: Http) -> None:
    sub = {"name": line.name, "version": 1}
    calls = {"name": "sub", "taskReferenceName": "s", "type": "SUB_WORKFLOW"}
    task = {**calls, "subWorkflowParam": sub, "inputParameters": {"n": 1}}
    parent = {"name": f"{line.name}_parent", "version": 1, "tasks": [task]}
    assert http.post("/api/metadata/workflow", parent).status == 200
    parent_id = http.post("/api/workflow", {"name": parent["name"], "input": {}}).text
    (child_task,) = line.poll()
    child_id = child_task["workflowInstanceId"]
    (sub_task,) = line.workflow(parent_id)["tasks"]
    assert sub_task["subWorkflowId"] == child_id
    child = line.workflow(child_id)
    assert child["parentWorkflowId"] == parent_id
    assert child["parentWorkflowTaskId"] == sub_task["taskId"]
    job = http.get(f"/organizations/x/jobs/{child_id}").json
    assert (job["job"]["rootJobId"], job["job"]["parentStepName"]) == (parent_id, "s")
    assert job["parentJob"]["stepName"] == "s"
    (seen,) = http.get(f"/organizations/x/jobs/{parent_id}").json["childJobs"]
    assert (seen["jobId"], seen["parentStepName"], seen["status"]) == (child_id, "s", "RUNNING")


# search


def test_workflows_are_searched_in_conductors_language(line: Line, http: Http) -> None:
    first, second = line.start(1, correlationId="a b"), line.start(2)
    http.delete(f"/api/workflow/{second}", {})

    def found(query: str, more: str = "") -> list[str]:
        text = query.replace(" ", "+").replace("'", "%27")
        answer = http.get(f"/api/workflow/search?query={text}{more}")
        assert answer.status == 200, answer
        assert answer.json["totalHits"] >= len(answer.json["results"])
        return [one["workflowId"] for one in answer.json["results"]]

    mine = f"workflowType='{line.name}'"
    assert found(mine, "&sort=startTime:ASC") == [first, second]
    assert found(mine, "&sort=startTime:DESC") == [second, first]
    assert found(mine, "&size=1&start=1&sort=startTime:ASC") == [second]
    assert found(f"{mine} AND status IN (RUNNING,PAUSED)") == [first]
    assert found(f"{mine} AND status = TERMINATED") == [second]
    assert found(f"{mine} AND correlationId='a b'") == [first]
    assert found(f"workflowType={line.name[:-1]}*{line.name[-1]} AND startTime > 0") != []
    assert found(f"{mine} AND startTime < 1000") == []
    assert found(f"{mine} AND unknownField = 3", "&sort=startTime:ASC") == [first, second]
    assert found("", f"&freeText={first}") == [first]
    error(http.get("/api/workflow/search?query=status+!!+x"), 400)
    summary = http.get(f"/api/workflow/search?query=workflowId={first}").json["results"][0]
    assert (summary["status"], summary["version"]) == ("RUNNING", 1)
    assert (summary["input"], summary["startTime"][-1]) == ('{"n":1}', "Z")
    whole = http.get(f"/api/workflow/search-v2?query=workflowId={first}").json["results"][0]
    assert whole["workflowId"] == first


def test_tasks_are_searched_too(line: Line, http: Http) -> None:
    workflow_id = line.ended()
    query = f"query=taskType={line.types[0]}+AND+status=COMPLETED"
    (summary,) = http.get(f"/api/tasks/search?{query}").json["results"]
    assert summary["workflowId"] == workflow_id
    (task,) = http.get(f"/api/tasks/search-v2?{query}").json["results"]
    assert task["referenceTaskName"] == "t0"
    for path in ("search-by-tasks", "search-by-tasks-v2"):
        (found,) = http.get(f"/api/workflow/{path}?{query}").json["results"]
        assert found["workflowId"] == workflow_id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/status"),
        ("GET", "/tasks"),
        ("PUT", "/pause"),
        ("PUT", "/resume"),
        ("POST", "/restart"),
        ("POST", "/retry"),
        ("POST", "/rerun"),
        ("POST", "/resetcallbacks"),
        ("PUT", "/skiptask/x"),
        ("DELETE", ""),
        ("DELETE", "/remove"),
        ("DELETE", "/terminate-remove"),
    ],
)
def test_an_unknown_workflow_is_not_found_by_its_id(http: Http, method: str, path: str) -> None:
    refused = error(http.send(method, f"/api/workflow/nobody{path}", {}), 404)
    assert refused["message"] == "No such workflow found by id: nobody"


def test_tasks_of_a_workflow_come_in_pages(http: Http) -> None:
    line = Line(http, 2)
    workflow_id = line.ended()
    path = f"/api/workflow/{workflow_id}/tasks"
    page = http.get(f"{path}?start=1&count=1").json
    assert (page["totalHits"], page["results"][0]["referenceTaskName"]) == (2, "t1")
    assert http.get(f"{path}?status=completed").json["totalHits"] == 1


def test_health_and_version_stand_at_both_places(http: Http) -> None:
    for prefix in ("", "/api"):
        assert http.get(f"{prefix}/health").json["healthy"] is True
        assert http.get(f"{prefix}/version").text

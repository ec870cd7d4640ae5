"""What administrators ask, and what workflows and tasks say of themselves on the way."""

from __future__ import annotations

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conductor import Line, error
from tests.gateway.http import Http


def test_pending_tasks_of_a_type_are_listed(http: Http) -> None:
    line = Line(http)
    first, second = line.start(), line.start()
    line.report(line.poll(count=1)[0])
    found = http.get(f"/api/admin/task/{line.types[0]}").json
    assert [one["workflowInstanceId"] for one in found] == [second]
    assert http.get(f"/api/admin/task/{line.types[0]}?start=1").json == []
    assert line.status(first) == "COMPLETED"


def test_nothing_is_to_be_repaired(http: Http) -> None:
    workflow_id = Line(http).start()
    swept = http.post(f"/api/admin/sweep/requeue/{workflow_id}")
    assert swept.text == f"true.{workflow_id}"
    assert http.post(f"/api/admin/consistency/verifyAndRepair/{workflow_id}").text == "false"
    assert http.get("/api/admin/config").json["version"]
    error(http.post("/api/admin/sweep/requeue/nobody"), 404)


def test_queues_that_event_handlers_listen_to(http: Http) -> None:
    assert http.get("/api/admin/queues").json == {}
    start = {"action": "start_workflow", "start_workflow": {"name": "nobody"}}
    one = {"name": "q", "event": "conductor:w:q", "actions": [start], "active": True}
    http.post("/api/event", one)
    http.post("/api/event", {**one, "name": "idle", "event": "conductor:idle", "active": False})
    assert http.get("/api/admin/queues").json == {"conductor:w:q": "w:q"}
    assert http.get("/api/admin/queues?verbose=true").json == {"conductor:w:q": {"w:q": 0}}
    assert http.delete("/api/event/q").status == 200


def test_the_environment_is_shown_by_name(http: Http) -> None:
    assert isinstance(http.get("/api/environment").json, list)
    missing = http.get("/api/environment/NOBODYS_NAME")
    assert (missing.status, missing.body) == (200, b"")


@pytest.mark.parametrize("noun", ["workflow", "tasks"])
def test_payloads_are_stored_nowhere_else(http: Http, noun: str) -> None:
    query = "path=a&operation=WRITE&payloadType=TASK_INPUT"
    for word in ("externalstoragelocation", "external-storage-location"):
        assert http.get(f"/api/{noun}/{word}?{query}").json == {"path": "a"}
    error(http.get(f"/api/{noun}/externalstoragelocation?path=a"), 500)


def test_callbacks_are_reset(http: Http) -> None:
    line = Line(http)
    workflow_id = line.start()
    (task,) = line.poll()
    line.report(task, "IN_PROGRESS", callbackAfterSeconds=3600, outputData={"half": 1})
    (shown,) = line.workflow(workflow_id)["tasks"]
    assert (shown["status"], shown["callbackAfterSeconds"]) == ("SCHEDULED", 3600)
    assert line.poll(timeout=0) == []
    assert http.post(f"/api/workflow/{workflow_id}/resetcallbacks", {}).status == 204
    (again,) = line.poll()
    assert (again["taskId"], again["pollCount"]) == (task["taskId"], 2)
    (shown,) = line.workflow(workflow_id)["tasks"]
    assert shown["outputData"] == {"half": 1}
    line.report(again)
    error(http.post(f"/api/workflow/{workflow_id}/resetcallbacks", {}), 409)


def test_a_task_of_a_workflow_within_is_run_again(http: Http, wire: Wire) -> None:
    inner = Line(http)
    task = {
        "name": "sub",
        "taskReferenceName": "sub",
        "type": "SUB_WORKFLOW",
        "subWorkflowParam": {"name": inner.name, "version": 1},
    }
    outer = {"name": f"{inner.name}_outer", "version": 1, "tasks": [task]}
    http.post("/api/metadata/workflow", outer)
    target = http.post(f"/api/workflow/{outer['name']}", {"n": 1}).text
    (polled,) = inner.poll()
    inner.report(polled, "FAILED_WITH_TERMINAL_ERROR")
    child = polled["workflowInstanceId"]
    assert wire.call("job.wait", jobId=target, waitSeconds=20)["status"] == "FAILED"
    body = {"reRunFromTaskId": polled["taskId"]}
    assert http.post(f"/api/workflow/{target}/rerun", body).text == target
    (again,) = inner.poll()
    assert again["workflowInstanceId"] == child
    inner.report(again)
    assert wire.call("job.wait", jobId=target, waitSeconds=20)["status"] == "COMPLETED"


def test_agents_are_told_from_workflows(http: Http) -> None:
    line = Line(http, metadata={"agentDef": {"name": "a"}})
    workflow_id = line.start()

    def found(classifier: str) -> list[str]:
        query = f"query=workflowId%3D{workflow_id}&classifier={classifier}"
        hits = http.get(f"/api/workflow/search?{query}").json["results"]
        return [one["classifier"] for one in hits]

    assert found("agent") == found("workflow,agent") == ["agent"]
    assert found("workflow") == found("other") == []


def test_places_in_the_list_are_counted_without_gaps(http: Http) -> None:
    line = Line(http, 2)
    workflow_id = line.start()
    line.report(line.poll()[0])
    shown = line.workflow(workflow_id)["tasks"]
    assert [(one["seq"], one["executed"]) for one in shown] == [(1, True), (2, False)]
    http.delete(f"/api/workflow/{workflow_id}?reason=x")
    http.post(f"/api/workflow/{workflow_id}/restart", {})
    shown = line.workflow(workflow_id)
    assert [one["seq"] for one in shown["tasks"]] == [1]
    assert shown["lastRetriedTime"] == 0

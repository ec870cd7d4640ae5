"""Event handlers, messages and queues for results, as Conductor's clients use them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.gateway.conductor import Line, error
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http

PATIENCE_SECONDS = 30.0


def handler(name: str, event: str, **fields: Any) -> dict[str, Any]:
    action = {"action": "start_workflow", "start_workflow": {"name": "nothing"}}
    return {"name": name, "event": event, "active": True, "actions": [action], **fields}


def until(line: Line, workflow_id: str, status: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := line.workflow(workflow_id))["status"] != status:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


class TestHandlers:
    def test_one_is_added_changed_and_removed(self, http: Http) -> None:
        given = handler("crud", "conductor:crud:q")
        assert http.post("/api/event", given).status == 200
        assert http.get("/api/event/conductor:crud:q").json == [given]
        assert given in http.get("/api/event").json
        off = {**given, "active": False}
        assert http.put("/api/event", off).status == 200
        assert http.get("/api/event/conductor:crud:q").json == []
        assert http.get("/api/event/conductor:crud:q?activeOnly=false").json == [off]
        assert http.delete("/api/event/crud").status == 200
        assert off not in http.get("/api/event").json

    def test_a_name_is_given_once(self, http: Http) -> None:
        given = handler("once", "conductor:once:q")
        assert http.post("/api/event", given).status == 200
        found = error(http.post("/api/event", given), 409)
        assert found["message"] == "EventHandler with name once already exists!"

    def test_several_come_as_an_array(self, http: Http) -> None:
        given = [handler(f"several{n}", "conductor:several:q") for n in range(2)]
        assert http.post("/api/event", given).status == 200
        assert http.get("/api/event/conductor:several:q").json == given
        wrong = http.post("/api/event", [handler("several2", "conductor:s:q"), {"name": ""}])
        places = {one["path"] for one in error(wrong, 400)["validationErrors"]}
        assert places >= {"addEventHandler.arg0[1].name", "addEventHandler.arg0[1].event"}
        assert http.post("/api/event", ["several3"]).status == 400

    def test_what_is_not_there_is_not_found(self, http: Http) -> None:
        missing = "EventHandler with name nobody not found!"
        changed = http.put("/api/event", handler("nobody", "conductor:x:y"))
        assert error(changed, 404)["message"] == missing
        assert error(http.delete("/api/event/nobody"), 404)["message"] == missing

    def test_every_mistake_is_told(self, http: Http) -> None:
        found = error(http.post("/api/event", {"name": "", "actions": []}), 400)
        assert {one["message"] for one in found["validationErrors"]} == {
            "Missing event handler name",
            "Missing event location",
            "No actions specified. Please specify at-least one action",
        }

    def test_a_workflow_that_a_message_started_names_its_event(self, http: Http) -> None:
        line = Line(http)
        sender = {
            "name": f"sends_to_{line.name}",
            "tasks": [
                {"name": "e", "taskReferenceName": "e", "type": "EVENT", "sink": "conductor"}
            ],
        }
        assert http.post("/api/metadata/workflow", sender).status == 200
        event = f"conductor:{sender['name']}:e"
        start = {"name": line.name, "input": {"by": "${workflowInstanceId}"}}
        action = {"action": "start_workflow", "start_workflow": start}
        assert http.post("/api/event", handler(line.name, event, actions=[action])).status == 200
        sent_by = http.post("/api/workflow", {"name": sender["name"]}).text
        (task,) = line.poll()
        assert task["workflowType"] == line.name
        started = line.workflow(task["workflowInstanceId"])
        assert started["event"] == event
        assert started["input"]["by"] == sent_by
        assert started["input"]["conductor.event.name"] == event


class TestQueues:
    def waiting(self, http: Http) -> tuple[Line, str]:
        line = Line(http)
        definition = {
            "name": f"{line.name}_waits",
            "tasks": [{"name": "w", "taskReferenceName": "w", "type": "WAIT"}],
        }
        assert http.post("/api/metadata/workflow", definition).status == 200
        return line, http.post("/api/workflow", {"name": definition["name"]}).text

    def test_they_are_listed(self, http: Http) -> None:
        queues = {"COMPLETED": "conductor:COMPLETED", "FAILED": "conductor:FAILED"}
        assert http.get("/api/queue/").json == queues
        assert http.get("/api/queue/size").json.keys() == queues.keys()

    def test_a_message_completes_a_task_by_its_reference(self, http: Http) -> None:
        line, workflow_id = self.waiting(http)
        path = f"/api/queue/update/{workflow_id}/w/COMPLETED"
        assert http.post(path, {"n": 1}).status == 200
        (task,) = until(line, workflow_id, "COMPLETED")["tasks"]
        assert task["outputData"]["n"] == 1

    def test_a_message_fails_a_task_by_its_id(self, http: Http) -> None:
        line, workflow_id = self.waiting(http)
        task_id = line.workflow(workflow_id)["tasks"][0]["taskId"]
        path = f"/api/queue/update/{workflow_id}/task/{task_id}/FAILED"
        assert http.post(path, {}).status == 200
        until(line, workflow_id, "FAILED")

    def test_other_statuses_have_no_queue(self, http: Http) -> None:
        found = error(http.post("/api/queue/update/x/w/CANCELED", {}), 400)
        assert found["message"] == "There is no queue for handling CANCELED status"


def test_the_python_client_keeps_event_handlers(daemon: HttpDaemon, http: Http) -> None:
    pytest.importorskip("conductor.client", reason="conductor-python is not installed")
    from conductor.client.configuration.configuration import Configuration
    from conductor.client.http.api.event_resource_api import EventResourceApi
    from conductor.client.http.api_client import ApiClient
    from conductor.client.http.models import Action, EventHandler, StartWorkflow

    client = EventResourceApi(ApiClient(Configuration(server_api_url=f"{daemon.url}/api")))
    action = Action(action="start_workflow", start_workflow=StartWorkflow(name="nothing"))
    given = EventHandler(
        name="of python", event="conductor:python:q", active=True, actions=[action]
    )
    client.add_event_handler(given)
    (found,) = client.get_event_handlers_for_event("conductor:python:q")
    assert (found.name, found.active) == ("of python", True)
    assert found.actions[0].start_workflow.name == "nothing"
    client.update_event_handler(given)
    assert "of python" in [one.name for one in client.get_event_handlers()]
    client.remove_event_handler_status("of python")
    assert client.get_event_handlers_for_event("conductor:python:q", active_only=False) == []

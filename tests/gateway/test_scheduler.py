"""The scheduler as Conductor's clients see it."""

from __future__ import annotations

import time
import warnings
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from tests.gateway.conductor import Line, error
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http

SCHEDULES = "/api/scheduler/schedules"
NEVER_SOON = "0 0 0 1 1 *"


def request(name: str, workflow: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "cronExpression": NEVER_SOON,
        "zoneId": "Europe/Berlin",
        "startWorkflowRequest": {"name": workflow, "version": 1, "input": {"n": 1}},
        **more,
    }


def saved(http: Http, name: str, workflow: str, **more: Any) -> dict[str, Any]:
    answer = http.post(SCHEDULES, request(name, workflow, **more))
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


def test_a_schedule_from_its_making_to_its_end(http: Http) -> None:
    line = Line(http)
    made = saved(http, "life", line.name, description="d", scheduleStartTime=1_000)
    assert made["cronExpression"] == NEVER_SOON
    assert made["zoneId"] == "Europe/Berlin"
    assert made["startWorkflowRequest"]["input"] == {"n": 1}
    assert made["scheduleStartTime"] == 1_000
    assert (made["paused"], made["runCatchupScheduleInstances"]) == (False, False)
    assert http.get(f"{SCHEDULES}/life").json == made
    assert made in http.get(SCHEDULES).json
    assert http.get(f"{SCHEDULES}?workflowName={line.name}").json == [made]
    assert http.get(f"{SCHEDULES}?workflowName=nobody").json == []

    paused = http.put(f"{SCHEDULES}/life/pause?reason=a%20holiday")
    assert (paused.status, paused.body) == (200, b"")
    shown = http.get(f"{SCHEDULES}/life").json
    assert (shown["paused"], shown["pausedReason"]) == (True, "a holiday")
    assert http.put(f"{SCHEDULES}/life/resume").status == 200
    error(http.put(f"{SCHEDULES}/life/resume"), 404)
    assert http.get(f"{SCHEDULES}/life/pause").status == 200
    assert http.get(f"{SCHEDULES}/life/resume").status == 200

    assert http.delete(f"{SCHEDULES}/life").status == 200
    assert http.delete(f"{SCHEDULES}/life").status == 200
    gone = http.get(f"{SCHEDULES}/life")
    assert (gone.status, gone.body) == (200, b"")
    error(http.put(f"{SCHEDULES}/life/pause"), 404)


def test_starts_with_a_key_show_it(http: Http) -> None:
    key = {"idempotencyKey": "k", "idempotencyStrategy": "FAIL_ON_RUNNING"}
    name = Line(http).name
    start = {"name": name, "version": 1, **key}
    made = saved(http, "keyed", name, startWorkflowRequest=start)
    assert {**made["startWorkflowRequest"], **key} == made["startWorkflowRequest"]


def test_several_expressions(http: Http) -> None:
    line = Line(http)
    crons = [
        {"cronExpression": NEVER_SOON, "zoneId": "UTC"},
        {"cronExpression": "@monthly", "zoneId": "Asia/Tokyo"},
    ]
    made = saved(http, "several", line.name, cronSchedules=crons)
    assert made["cronSchedules"] == crons
    assert "cronExpression" not in made


WRONG: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "no workflow": {"startWorkflowRequest": {}},
    "no expression": {"cronExpression": None},
    "five fields": {"cronExpression": "* * * * *"},
    "no such zone": {"zoneId": "Nowhere/City"},
    "never due": {"cronExpression": "0 0 0 30 2 *"},
    "an end before its start": {"scheduleStartTime": 2_000, "scheduleEndTime": 1_000},
    "a time beyond time": {"scheduleStartTime": 10**18},
    "an empty definition": {"startWorkflowRequest": {"name": "w", "workflowDef": {"tasks": []}}},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(http: Http, name: str) -> None:
    error(http.post(SCHEDULES, {**request("wrong", "w"), **WRONG[name]}), 400)
    assert http.get(f"{SCHEDULES}/wrong").body == b""


def test_next_times(http: Http) -> None:
    path = "/api/scheduler/nextFewSchedules?cronExpression=0%200%20*%20*%20*%20*"
    times = http.get(path).json
    assert len(times) == 5
    assert {later - earlier for earlier, later in pairwise(times)} == {3_600_000}
    assert http.get(f"{path}&limit=2").json == times[:2]
    assert http.get(f"{path}&scheduleEndTime={times[0]}").json == times[:1]
    assert http.get(f"{path}&scheduleStartTime={times[2]}&limit=1").json == times[2:3]
    error(http.get("/api/scheduler/nextFewSchedules?cronExpression=often"), 400)


def test_looking_for_schedules(http: Http) -> None:
    line = Line(http)
    for name in ("find_a", "find_b", "find_c"):
        saved(http, name, line.name, paused=name == "find_b")
    path = f"{SCHEDULES}/search?workflowName={line.name}"

    def names(more: str) -> list[str]:
        return [one["name"] for one in http.get(path + more).json["results"]]

    assert sorted(names("")) == ["find_a", "find_b", "find_c"]
    assert names("&paused=true") == ["find_b"]
    assert sorted(names("&paused=false")) == ["find_a", "find_c"]
    assert names("&scheduleName=find_c") == ["find_c"]
    assert names("&freeText=nd_a") == ["find_a"]
    assert names("&sort=name:DESC&size=1&start=1") == ["find_b"]
    assert http.get(f"{path}&size=1").json["totalHits"] == 3


def test_many_at_once(http: Http) -> None:
    line = Line(http)
    saved(http, "bulk_a", line.name)
    saved(http, "bulk_b", line.name)
    found = http.put("/api/scheduler/bulk/pause", ["bulk_a", "nobody", "bulk_b"]).json
    assert found["bulkSuccessfulResults"] == ["bulk_a", "bulk_b"]
    assert list(found["bulkErrorResults"]) == ["nobody"]
    found = http.put("/api/scheduler/bulk/resume", ["bulk_a", "bulk_b"]).json
    assert found["bulkErrorResults"] == {}
    assert http.get(f"{SCHEDULES}/bulk_a").json["paused"] is False


def test_all_of_them(http: Http) -> None:
    assert http.get("/api/scheduler/admin/pause").json == {"paused": True}
    assert http.get("/api/scheduler/admin/requeue").status == 200
    assert http.get("/api/scheduler/admin/resume").json == {"paused": False}


def until_fired(http: Http, name: str, state: str) -> dict[str, Any]:
    path = f"/api/scheduler/search/executions?query=scheduleName%3D{name}%20AND%20state%3D{state}"
    for _ in range(1_000):
        found = http.get(path).json
        if found["totalHits"]:
            newest: dict[str, Any] = found["results"][0]
            return newest
        time.sleep(0.02)
    raise AssertionError(f"{name} starts nothing")


def test_what_was_started_and_what_was_not(http: Http) -> None:
    line = Line(http)
    every_second = {"cronExpression": "* * * * * *"}
    saved(http, "fires", line.name, **every_second)
    saved(http, "refused", "no_such_workflow", **every_second)
    run = until_fired(http, "fires", "EXECUTED")
    assert run["scheduledTime"] % 1_000 == 0
    assert run["executionTime"] >= run["scheduledTime"]
    assert run["startWorkflowRequest"]["name"] == line.name
    workflow = line.workflow(run["workflowId"])
    assert workflow["input"]["n"] == 1
    assert workflow["input"]["_startedByScheduler"] == "fires"
    assert workflow["input"]["_scheduledTime"] == run["scheduledTime"]
    failed = until_fired(http, "refused", "FAILED")
    assert "no_such_workflow" in failed["reason"]
    assert "workflowId" not in failed
    for name in ("fires", "refused"):
        assert http.delete(f"{SCHEDULES}/{name}").status == 200


def test_a_definition_of_its_own(http: Http) -> None:
    """It is shown again and registered nowhere."""
    step = {"name": "rest", "taskReferenceName": "rest", "type": "NOOP"}
    definition = {"name": "unregistered", "version": 3, "tasks": [step]}
    start = {"name": "unregistered", "version": 3, "workflowDef": definition}
    more = {"cronExpression": "* * * * * *", "startWorkflowRequest": start}
    made = saved(http, "inline", "unregistered", **more)
    assert made["startWorkflowRequest"]["workflowDef"] == definition
    run = until_fired(http, "inline", "EXECUTED")
    workflow = http.get(f"/api/workflow/{run['workflowId']}").json
    assert (workflow["workflowName"], workflow["workflowVersion"]) == ("unregistered", 3)
    error(http.get("/api/metadata/workflow/unregistered"), 404)
    assert http.delete(f"{SCHEDULES}/inline").status == 200

    wrong = {**start, "workflowDef": {**definition, "tasks": [{**step, "name": ""}]}}
    refused = http.post(SCHEDULES, request("wrong", "w", startWorkflowRequest=wrong))
    places = [one["path"] for one in error(refused, 400)["validationErrors"]]
    place = "createOrUpdateSchedule.arg0.startWorkflowRequest.workflowDef.tasks[0].name"
    assert places == [place]


@pytest.mark.parametrize("query", ["1", "name:x", "scheduleName IN"])
def test_what_cannot_be_read_finds_no_execution(http: Http, query: str) -> None:
    found = http.get(f"/api/scheduler/search/executions?query={quote(query)}")
    assert found.json == {"totalHits": 0, "results": []}


def test_the_python_sdk_schedules(daemon: HttpDaemon, http: Http) -> None:
    pytest.importorskip("conductor.client", reason="conductor-python is not installed")
    line = Line(http)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from conductor.client.configuration.configuration import Configuration
        from conductor.client.http.models.save_schedule_request import SaveScheduleRequest
        from conductor.client.http.models.start_workflow_request import StartWorkflowRequest
        from conductor.client.orkes.orkes_scheduler_client import OrkesSchedulerClient

        client = OrkesSchedulerClient(Configuration(server_api_url=f"{daemon.url}/api"))
        start = StartWorkflowRequest(name=line.name, version=1, input={"n": 2})
        client.save_schedule(
            SaveScheduleRequest(
                name="sdk", start_workflow_request=start, cron_expression=NEVER_SOON
            )
        )
        assert client.get_schedule("nobody") is None
        found = client.get_schedule("sdk")
        assert found is not None
        assert found.cron_expression == NEVER_SOON
        assert [one.name for one in client.get_all_schedules(line.name)] == ["sdk"]
        client.pause_schedule("sdk")
        assert client.get_schedule("sdk").paused is True
        client.resume_schedule("sdk")
        assert client.get_schedule("sdk").paused is False
        assert len(client.get_next_few_schedule_execution_times("0 */5 * ? * *", limit=3)) == 3
        executions = client.search_schedule_executions(
            start=0, size=5, sort="workflowName:DESC", query="scheduleName=sdk"
        )
        assert executions.total_hits == 0
        client.pause_all_schedules()
        client.resume_all_schedules()
        client.requeue_all_execution_records()
        client.delete_schedule("sdk")
        assert client.get_all_schedules(line.name) == []

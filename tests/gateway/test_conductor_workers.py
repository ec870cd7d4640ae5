"""What decides whether Conductor's workers work at all (conductor-clients.md §0-1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conductor import Line, error
from tests.gateway.conftest import Start
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Http, Raw


@pytest.fixture
def line(http: Http) -> Line:
    return Line(http)


@pytest.fixture
def quiet(daemon: HttpDaemon) -> Iterator[Http]:
    with daemon.http() as client:
        yield client


def test_an_empty_batch_is_a_list_and_an_empty_poll_is_nothing(line: Line, http: Http) -> None:
    assert line.poll(timeout=0) == []
    single = http.get(f"/api/tasks/poll/{line.types[0]}?workerid=w1")
    assert (single.status, single.body) == (204, b"")
    assert "content-type" not in single.headers
    assert "content-length" not in single.headers


def test_a_polled_task_has_what_a_worker_reads(line: Line, http: Http) -> None:
    definition = {"name": line.types[0], "responseTimeoutSeconds": 7}
    http.post("/api/metadata/taskdefs", [definition])
    workflow_id = line.start(5, correlationId="c1", priority=3)
    (task,) = line.poll()
    expected: dict[str, Any] = {
        "workflowInstanceId": workflow_id,
        "taskDefName": line.types[0],
        "taskType": line.types[0],
        "referenceTaskName": "t0",
        "inputData": {"n": 5},
        "pollCount": 1,
        "retryCount": 0,
        "responseTimeoutSeconds": 7,
        "callbackAfterSeconds": 0,
        "workflowType": line.name,
        "workflowPriority": 3,
        "correlationId": "c1",
        "status": "IN_PROGRESS",
        "seq": 1,
        "workerId": "w1",
    }
    assert {name: task[name] for name in expected} == expected
    assert task["taskId"]


def test_a_polled_task_is_the_task_that_its_workflow_shows(line: Line, http: Http) -> None:
    http.post("/api/metadata/taskdefs", [{"name": line.types[0], "rateLimitPerFrequency": 9}])
    workflow_id = line.start(5)
    time.sleep(0.02)
    (task,) = line.poll()
    (shown,) = line.workflow(workflow_id)["tasks"]
    assert task["taskDefinition"]["rateLimitPerFrequency"] == 9
    assert task["workflowTask"]["taskDefinition"] == task["taskDefinition"]
    assert task["queueWaitTime"] == task["startTime"] - task["scheduledTime"] >= 19
    assert {**shown, **task} == shown


def test_a_step_made_up_while_it_runs_is_told_too(http: Http) -> None:
    fork = {
        "name": "f",
        "taskReferenceName": "f",
        "type": "FORK_JOIN_DYNAMIC",
        "inputParameters": {"t": "${workflow.input.t}", "i": {}},
        "dynamicForkTasksParam": "t",
        "dynamicForkTasksInputParamName": "i",
    }
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN"}
    definition = {"name": "made_up", "version": 1, "tasks": [fork, join]}
    assert http.post("/api/metadata/workflow", definition).status == 200
    branch = {"name": "made_up_do", "taskReferenceName": "b", "type": "SIMPLE"}
    start = {"name": "made_up", "input": {"t": [branch]}}
    assert http.post("/api/workflow", start).status == 200
    task = http.get("/api/tasks/poll/made_up_do?workerid=w1").json
    assert task["workflowTask"]["taskReferenceName"] == "b"
    assert task["taskDefinition"]["name"] == "made_up_do"


def test_a_waiting_poll_is_answered_when_a_task_becomes_ready(line: Line, quiet: Http) -> None:
    found: list[list[dict[str, Any]]] = []
    waiting = Line.__new__(Line)
    waiting.http, waiting.types = quiet, line.types
    thread = threading.Thread(target=lambda: found.append(waiting.poll()))
    thread.start()
    queues = "/api/tasks/queue/all"
    while line.http.get(queues).json.get(line.types[0]) is None:
        time.sleep(0.005)
    began = time.monotonic()
    workflow_id = line.start()
    thread.join(10)
    assert time.monotonic() - began < 2
    assert found[0][0]["workflowInstanceId"] == workflow_id


def test_a_client_that_went_away_gets_no_task(line: Line, daemon: HttpDaemon, wire: Wire) -> None:
    with Raw(daemon.port) as raw:
        raw.send(
            f"GET /api/tasks/poll/batch/{line.types[0]}?workerid=gone&timeout=5000 HTTP/1.1\r\n"
            "Host: localhost\r\n\r\n".encode()
        )
        while not _waiting(wire, line):
            time.sleep(0.005)
    while _waiting(wire, line):
        time.sleep(0.005)
    line.start()
    (task,) = line.poll()
    assert task["pollCount"] == 1


def _waiting(wire: Wire, line: Line) -> bool:
    queues = wire.call("queue.list")["queues"]
    return any(one["taskType"] == line.types[0] and one["waitingPolls"] for one in queues)


def test_update_v2_hands_over_the_next_task_or_nothing(line: Line) -> None:
    first, second = line.start(1), line.start(2)
    (task,) = line.poll(count=1)
    assert task["workflowInstanceId"] == first
    answer = line.report(task, path="/update-v2", outputData={"n": 1})
    assert answer.status == 200
    assert answer.json["workflowInstanceId"] == second
    assert answer.json["status"] == "IN_PROGRESS"
    assert line.status(first) == "COMPLETED"
    last = line.report(answer.json, path="/update-v2", outputData={"n": 2})
    assert (last.status, last.body) == (204, b"")
    assert "content-type" not in last.headers
    assert line.status(second) == "COMPLETED"


@pytest.mark.parametrize("path", ["", "/update-v2"])
def test_an_empty_worker_id_is_none(line: Line, path: str) -> None:
    """As the JavaScript SDK's own example sends it."""
    workflow_id = line.start()
    (task,) = line.poll(workerid="")
    alive = line.report(task, "IN_PROGRESS", path=path, workerId="", extendLease=True)
    assert alive.status in (200, 204)
    assert line.report(task, path=path, workerId="", outputData={"n": 9}).status in (200, 204)
    assert line.status(workflow_id) == "COMPLETED"


def test_update_v2_of_progress_takes_no_other_task(line: Line) -> None:
    line.start(1)
    (task,) = line.poll(count=1)
    second = line.start(2)
    answer = line.report(task, "IN_PROGRESS", path="/update-v2", callbackAfterSeconds=60)
    assert (answer.status, answer.body) == (204, b"")
    (other,) = line.poll()
    assert other["workflowInstanceId"] == second


def test_an_update_answers_the_task_id_as_text(line: Line) -> None:
    workflow_id = line.start()
    (task,) = line.poll()
    answer = line.report(task, outputData={"n": 9})
    assert answer.text == task["taskId"]
    assert answer.headers["content-type"].startswith("text/plain")
    assert line.workflow(workflow_id)["output"] == {"n": 9}
    late = line.report(task, "FAILED")
    assert (late.status, late.text) == (200, task["taskId"])
    assert line.status(workflow_id) == "COMPLETED"


def test_a_task_that_is_called_back_is_polled_again(line: Line) -> None:
    line.start()
    (task,) = line.poll()
    line.report(task, "IN_PROGRESS", callbackAfterSeconds=0, outputData={"half": 1})
    (again,) = line.poll()
    assert (again["taskId"], again["pollCount"]) == (task["taskId"], 2)


def test_a_heartbeat_changes_nothing_else(line: Line, http: Http) -> None:
    http.post("/api/metadata/taskdefs", [{"name": line.types[0], "responseTimeoutSeconds": 9}])
    line.start()
    (task,) = line.poll()
    beat = line.report(task, "IN_PROGRESS", extendLease=True, outputData={"ignored": 1})
    assert beat.status == 200
    seen = http.get(f"/api/tasks/{task['taskId']}").json
    assert (seen["status"], seen["outputData"]) == ("IN_PROGRESS", {})


@pytest.mark.parametrize(
    ("raw", "line_of_log"),
    [(rb"a \"quoted\" line", r"a \"quoted\" line"), (b'"a line"', '"a line"'), (b"plain", "plain")],
)
def test_a_log_line_is_taken_as_it_stands(
    line: Line, http: Http, raw: bytes, line_of_log: str
) -> None:
    line.start()
    (task,) = line.poll()
    path = f"/api/tasks/{task['taskId']}/log"
    assert http.get(path).status == 204
    assert http.send("POST", path, raw=raw).status == 200
    (entry,) = http.get(path).json
    assert entry["log"] == line_of_log
    assert entry["taskId"] == task["taskId"]
    assert entry["createdTime"] > 0


def test_logs_within_a_result_are_kept(line: Line, http: Http) -> None:
    line.start()
    (task,) = line.poll()
    entry = {"log": "hi", "taskId": task["taskId"], "createdTime": 1}
    line.report(task, logs=[entry])
    assert http.get(f"/api/tasks/{task['taskId']}/log").json == [entry]


def test_a_task_is_reported_by_its_reference_name(line: Line, http: Http) -> None:
    workflow_id = line.start()
    path = f"/api/tasks/{workflow_id}/t0/COMPLETED"
    answer = http.post(f"{path}?workerid=me", {"n": 4})
    assert answer.text == f"{workflow_id}.1"
    assert line.workflow(workflow_id)["output"] == {"n": 4}
    assert http.post(path, {"n": 5}).text == ""
    refused = error(http.post(f"{path}/sync", {"n": 5}), 404)
    assert refused["message"] == f"Found no running task t0 of workflow {workflow_id} to update"


def test_reporting_by_reference_can_answer_the_workflow(line: Line, http: Http) -> None:
    workflow_id = line.start()
    answer = http.post(f"/api/tasks/{workflow_id}/t0/COMPLETED/sync", {"n": 4}, Accept="text/plain")
    assert answer.json["workflowId"] == workflow_id
    assert answer.json["status"] == "COMPLETED"


def test_queues_and_who_polls_them(line: Line, http: Http) -> None:
    line.poll(timeout=0)
    line.start()
    sizes = http.get(f"/api/tasks/queue/sizes?taskType={line.types[0]}&taskType=nobody").json
    assert sizes == {line.types[0]: 1, "nobody": 0}
    assert http.get("/api/tasks/queue/all").json[line.types[0]] == 1
    (polled,) = http.get(f"/api/tasks/queue/polldata?taskType={line.types[0]}").json
    assert (polled["queueName"], polled["workerId"]) == (line.types[0], "w1")
    assert polled in http.get("/api/tasks/queue/polldata/all").json


def test_a_domain_is_served_by_its_own_workers(line: Line) -> None:
    line.poll(timeout=0, domain="east")
    workflow_id = line.start(taskToDomain={line.types[0]: "east"})
    assert line.poll(timeout=0) == []
    (task,) = line.poll(domain="east")
    assert (task["workflowInstanceId"], task["domain"]) == (workflow_id, "east")


WRONG: dict[str, tuple[str, str, Any, int, str]] = {
    "a poll that is too long": (
        "GET",
        "/api/tasks/poll/batch/x?timeout=5001",
        None,
        400,
        "Long Poll Timeout value cannot be more than 5 seconds",
    ),
    "a poll for less than nothing": ("GET", "/api/tasks/poll/batch/x?count=-1", None, 400, "count"),
    "a result of no task": ("POST", "/api/tasks", {"workflowInstanceId": "w"}, 400, "Validation"),
    "a next task for no result": ("POST", "/api/tasks/update-v2", {}, 500, "Validation"),
    "a result of no status": (
        "POST",
        "/api/tasks",
        {"workflowInstanceId": "w", "taskId": "w.1"},
        500,
        "status",
    ),
    "a number that is none": ("GET", "/api/tasks/poll/batch/x?count=many", None, 500, "count"),
    "a type that is missing": ("GET", "/api/tasks/queue/polldata", None, 500, "taskType"),
    "a result of an unknown task": (
        "POST",
        "/api/tasks",
        {"workflowInstanceId": "w", "taskId": "nobody", "status": "COMPLETED"},
        404,
        "No such workflow found by id: w",
    ),
    "a result of an unknown job": (
        "POST",
        "/api/tasks/update-v2",
        {"workflowInstanceId": "w", "taskId": "w.1", "status": "COMPLETED"},
        404,
        "No such workflow found by id: w",
    ),
    "an unknown task": ("GET", "/api/tasks/nobody", None, 404, "nobody"),
    "a log of an unknown task": ("POST", "/api/tasks/nobody.1/log", "x", 404, "nobody"),
    "a signal that nobody waits for": (
        "POST",
        "/api/tasks/nobody/COMPLETED/signal/sync",
        {},
        404,
        "nobody",
    ),
    "what only the cloud has": ("POST", "/api/token", {"keyId": "a"}, 404, "/api/token"),
    "a method that a path does not take": ("DELETE", "/api/tasks", None, 405, "DELETE"),
}


@pytest.mark.parametrize("name", WRONG)
def test_is_an_error_of_conductors_form(http: Http, name: str) -> None:
    method, path, body, status, part = WRONG[name]
    assert part in error(http.send(method, path, body), status)["message"]


def test_a_worker_of_no_session_keeps_its_task_when_its_connection_ends(
    line: Line, daemon: HttpDaemon
) -> None:
    workflow_id = line.start()
    with daemon.http() as short:
        (task,) = short.get(f"/api/tasks/poll/batch/{line.types[0]}?workerid=w&timeout=2000").json
    assert line.report(task, outputData={"n": 1}).status == 200
    assert line.status(workflow_id) == "COMPLETED"


def test_a_stop_answers_the_polls_that_wait(start: Start) -> None:
    daemon = start()
    daemon.ready()
    with Raw(daemon.port) as raw:
        raw.send(b"GET /api/tasks/poll/batch/x?timeout=5000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with daemon.wire() as wire:
            while not wire.call("system.status")["waitingPolls"]:
                time.sleep(0.005)
        seconds = daemon.stop()
        answer = raw.read_all()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"[]")
    assert seconds < 4

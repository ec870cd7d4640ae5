"""Starting a workflow and waiting for it, and reporting on the task that it waits at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from tests.daemon.wire import Wire
from tests.gateway.conductor import Line, error
from tests.gateway.daemons import HttpDaemon
from tests.gateway.http import Answer, Http

_numbers = count(1)

WAIT = {"name": "wait", "taskReferenceName": "wait_ref", "type": "WAIT"}
LONG = {**WAIT, "inputParameters": {"duration": "1 hour"}}
COMMON = {"responseType", "targetWorkflowId", "targetWorkflowStatus", "signalTimeout"}


def define(http: Http, *tasks: dict[str, Any], **more: Any) -> str:
    name = f"settling_{next(_numbers)}"
    definition = {"name": name, "version": 1, "tasks": list(tasks), **more}
    assert http.post("/api/metadata/workflow", definition).status == 200
    return name


def execute(http: Http, name: str, query: str = "", **body: Any) -> Answer:
    return http.post(f"/api/workflow/execute/{name}/1?{query}", {"name": "another", **body})


def sub_workflow(name: str) -> dict[str, Any]:
    params = {"name": name, "version": 1}
    task = {"name": "sub", "taskReferenceName": "sub_ref", "type": "SUB_WORKFLOW"}
    return {**task, "subWorkflowParam": params}


@contextmanager
def meanwhile(act: Any) -> Iterator[None]:
    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_it_answers_with_a_workflow_that_ended(http: Http) -> None:
    noop = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    name = define(http, noop, outputParameters={"given": "${workflow.input.a}"})
    found = execute(http, name, "requestId=None&consistency=DURABLE", input={"a": 1}).json
    assert found.keys() >= COMMON | {"tasks", "variables", "createTime", "updateTime", "priority"}
    assert (found["responseType"], found["requestId"]) == ("TARGET_WORKFLOW", "None")
    assert (found["status"], found["targetWorkflowStatus"]) == ("COMPLETED", "COMPLETED")
    assert (found["input"], found["output"]) == ({"a": 1}, {"given": 1})
    assert found["signalTimeout"] is False
    again = execute(http, name, "requestId=None").json
    assert again["workflowId"] != found["workflowId"]


def test_it_answers_as_soon_as_the_last_task_ends(http: Http, daemon: HttpDaemon) -> None:
    line = Line(http)
    with daemon.http() as other:

        def work() -> None:
            worker = Line.__new__(Line)
            worker.__dict__.update(line.__dict__, http=other)
            (task,) = worker.poll()
            worker.report(task, outputData={"n": 7})

        with meanwhile(work):
            found = execute(http, line.name, "waitForSeconds=60").json
    assert (found["status"], found["output"]) == ("COMPLETED", {"n": 7})


def test_it_answers_when_a_task_that_was_named_ended(http: Http, daemon: HttpDaemon) -> None:
    line = Line(http, 2)
    with daemon.http() as other:

        def work() -> None:
            worker = Line.__new__(Line)
            worker.__dict__.update(line.__dict__, http=other)
            worker.report(worker.poll()[0], outputData={"n": 1})

        with meanwhile(work):
            query = "waitUntilTaskRef=nobody,%20t0&waitForSeconds=60&returnStrategy=BLOCKING_TASK"
            found = execute(http, line.name, query).json
    assert (found["responseType"], found["referenceTaskName"]) == ("BLOCKING_TASK", "t0")
    assert (found["status"], found["output"]) == ("COMPLETED", {"n": 1})
    assert found["targetWorkflowStatus"] == "RUNNING"
    assert found["createdBy"] == "w1"


def test_it_answers_when_the_time_is_over(http: Http) -> None:
    name = define(http, LONG)
    found = execute(http, name, "waitForSeconds=1").json
    assert (found["status"], found["signalTimeout"]) == ("RUNNING", True)
    empty = execute(http, name, "waitForSeconds=1&returnStrategy=BLOCKING_TASK")
    assert (empty.status, empty.body) == (200, b"")
    assert "content-type" not in empty.headers


@pytest.mark.parametrize("strategy", ["BLOCKING_TASK", "BLOCKING_TASK_INPUT"])
def test_it_shows_the_task_that_blocks(http: Http, strategy: str) -> None:
    name = define(http, {**WAIT, "inputParameters": {"ask": "${workflow.input.a}"}})
    found = execute(http, name, f"returnStrategy={strategy}", input={"a": 5}).json
    assert found.keys() >= COMMON | {"taskId", "taskDefName", "retryCount", "workflowType"}
    assert (found["responseType"], found["taskType"]) == (strategy, "WAIT")
    assert (found["input"], found["status"]) == ({"ask": 5}, "IN_PROGRESS")


def test_it_looks_into_workflows_that_run_for_it(http: Http) -> None:
    inner = define(http, WAIT)
    outer = define(http, sub_workflow(inner))
    found = execute(http, outer, "returnStrategy=BLOCKING_WORKFLOW").json
    assert found["workflowId"] != found["targetWorkflowId"]
    assert [one["referenceTaskName"] for one in found["tasks"]] == ["wait_ref"]
    target = http.get(f"/api/workflow/{found['targetWorkflowId']}").json
    assert target["tasks"][0]["subWorkflowId"] == found["workflowId"]


def test_a_signal_ends_the_task_that_waits_and_shows_the_next(http: Http) -> None:
    second = {**WAIT, "taskReferenceName": "second"}
    name = define(http, sub_workflow(define(http, WAIT)), second)
    target = execute(http, name).json["workflowId"]
    path = f"/api/tasks/{target}/COMPLETED/signal"
    answer = http.post(f"{path}/sync?returnStrategy=BLOCKING_TASK", {"by": "me"}).json
    assert (answer["referenceTaskName"], answer["targetWorkflowId"]) == ("second", target)
    ended = http.get(f"/api/workflow/{target}").json["tasks"][0]
    assert (ended["status"], ended["outputData"]["by"]) == ("COMPLETED", "me")
    assert http.post(path, {"at": "last"}).status == 200
    found = http.get(f"/api/workflow/{target}").json
    assert (found["status"], found["output"]) == ("COMPLETED", {"at": "last"})
    assert http.post(path, {}).status == 200
    text = error(http.post(f"{path}/sync", {}), 404)["message"]
    assert text == f"Found no blocked task in workflow {target} to signal"


def test_progress_of_a_waiting_task_is_kept_under_what_follows(http: Http) -> None:
    target = execute(http, define(http, WAIT)).json["workflowId"]
    assert http.post(f"/api/tasks/{target}/IN_PROGRESS/signal", {"a": 1, "b": 1}).status == 200
    answer = http.post(f"/api/tasks/{target}/COMPLETED/signal/sync", {"b": 2}).json
    assert (answer["status"], answer["output"]) == ("COMPLETED", {"a": 1, "b": 2})


def test_what_cannot_be_executed_is_refused(http: Http) -> None:
    error(execute(http, "nobody"), 404)
    name = define(http, WAIT)
    error(execute(http, name, "returnStrategy=NONE"), 500)
    error(http.post(f"/api/workflow/execute/{name}/two", {}), 500)
    found = http.get(f"/api/workflow/search?query=workflowType%3D{name}").json
    assert found["totalHits"] == 0


def test_a_wait_over_the_socket_ends_with_an_event_or_with_the_daemon(
    http: Http, wire: Wire, daemon: HttpDaemon
) -> None:
    target = execute(http, define(http, WAIT)).json["workflowId"]
    sequence = wire.call("job.get", jobId=target)["sequence"]
    at_once = wire.call("job.wait", jobId=target, waitSeconds=60, afterSequence=sequence - 1)
    assert (at_once["met"], at_once["status"], at_once["taskId"]) == ("event", "RUNNING", None)
    with daemon.http() as other:

        def report() -> None:
            other.post(f"/api/tasks/{target}/wait_ref/IN_PROGRESS", {"n": 1})

        with meanwhile(report):
            later = wire.call("job.wait", jobId=target, waitSeconds=60, afterSequence=sequence)
    assert later["met"] == "event"
    assert wire.call("job.wait", jobId=target, waitSeconds=0)["met"] == "time"

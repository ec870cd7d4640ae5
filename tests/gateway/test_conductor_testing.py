"""``POST /workflow/test``: given results in the place of workers."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.gateway.conductor import error
from tests.gateway.http import Answer, Http

_numbers = count(1)


def step(ref: str, kind: str = "SIMPLE", **more: Any) -> dict[str, Any]:
    return {"name": f"trial_{ref}", "taskReferenceName": ref, "type": kind, **more}


def define(http: Http, *tasks: dict[str, Any], **more: Any) -> str:
    name = f"trial_{next(_numbers)}"
    definition = {"name": name, "version": 1, "tasks": list(tasks), **more}
    assert http.post("/api/metadata/workflow", definition).status == 200
    return name


def tried(http: Http, name: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = http.post("/api/workflow/test", {"name": name, **body}).json
    return found


def tried_with(http: Http, mocks: dict[str, Any]) -> Answer:
    return http.post("/api/workflow/test", {"name": "x", "taskRefToMockOutput": mocks})


def test_mocks_stand_for_workers_and_for_calls_and_the_run_stays(http: Http) -> None:
    call = {"http_request": {"uri": "http://127.0.0.1:1/", "method": "GET"}}
    script = {"evaluatorType": "javascript", "expression": "$.n + 1", "n": "${workflow.input.n}"}
    name = define(
        http,
        step("add", "INLINE", inputParameters=script),
        step("do"),
        step("call", "HTTP", inputParameters=call),
        outputParameters={"n": "${add.output.result}", "body": "${call.output.response.body}"},
    )
    mocks = {"do": [{"output": {"x": 1}}], "call": [{"output": {"response": {"body": "yes"}}}]}
    found = tried(http, name, input={"n": 2}, taskRefToMockOutput=mocks)
    assert (found["status"], found["output"]) == ("COMPLETED", {"n": 3, "body": "yes"})
    assert http.get(f"/api/workflow/{found['workflowId']}").json["status"] == "COMPLETED"


def test_each_attempt_takes_the_next_mock_until_one_has_none(http: Http) -> None:
    mocks = {"do": [{"status": "FAILED"}, {"output": {"x": 2}}], "then": []}
    found = tried(http, define(http, step("do"), step("then")), taskRefToMockOutput=mocks)
    assert found["status"] == "RUNNING"
    shown = [(one["referenceTaskName"], one["status"]) for one in found["tasks"]]
    assert shown == [("do", "FAILED"), ("do", "COMPLETED"), ("then", "SCHEDULED")]
    polled = http.get("/api/tasks/poll/batch/trial_then?timeout=0").json
    assert polled == []


def test_each_iteration_of_a_loop_has_mocks_of_its_own(http: Http) -> None:
    """What the loop and the case ask for is computed by scripts, which takes its time."""
    loop = step(
        "again",
        "DO_WHILE",
        inputParameters={"most": 3},
        loopCondition="if ($.again['iteration'] < $.most) { true; } else { false; }",
        loopOver=[step("dial")],
    )
    case = step(
        "which",
        "SWITCH",
        evaluatorType="javascript",
        expression="(function () { return $.ok ? 'yes' : 'no'; })()",
        inputParameters={"ok": "${dial.output.ok}"},
        decisionCases={"yes": [step("last")]},
    )
    name = define(http, loop, case, outputParameters={"ok": "${dial.output.ok}"})
    mocks = {f"dial__{n}": [{"output": {"ok": n == 3}}] for n in (1, 2, 3)} | {"last": [{}]}
    found = tried(http, name, taskRefToMockOutput=mocks)
    assert (found["status"], found["output"]) == ("COMPLETED", {"ok": True})
    shown = [one["referenceTaskName"] for one in found["tasks"]]
    assert shown == ["again", "dial__1", "dial__2", "dial__3", "which", "last"]


def test_a_mock_says_how_long_its_task_waited_and_ran(http: Http) -> None:
    times = {"executionTime": 60_000, "queueWaitTime": 5_000}
    found = tried(http, define(http, step("do")), taskRefToMockOutput={"do": [times]})
    (task,) = found["tasks"]
    assert task["endTime"] - task["startTime"] == 60_000
    assert task["startTime"] - task["scheduledTime"] == task["queueWaitTime"] == 5_000
    error(tried_with(http, {"do": [{"executionTime": -1}]}), 500)


def test_workflows_within_have_mocks_of_their_own(http: Http) -> None:
    inner = define(http, step("deep"), outputParameters={"deep": "${deep.output.n}"})
    params = {"name": inner, "version": 1}
    outer = define(http, step("sub", "SUB_WORKFLOW", subWorkflowParam=params), step("last"))
    last = {"last": [{"output": {"done": True}}]}
    within = {"sub": {"name": inner, "taskRefToMockOutput": {"deep": [{"output": {"n": 7}}]}}}
    found = tried(http, outer, taskRefToMockOutput=last, subWorkflowTestRequest=within)
    assert (found["status"], found["output"]) == ("COMPLETED", {"done": True})
    assert found["tasks"][0]["outputData"]["deep"] == 7
    stuck = tried(http, outer, taskRefToMockOutput=last)
    assert (stuck["status"], len(stuck["tasks"])) == ("RUNNING", 1)


def test_what_there_is_not_cannot_be_tried(http: Http) -> None:
    error(http.post("/api/workflow/test", {"name": "nobody"}), 404)
    error(http.post("/api/workflow/test", {"name": "x", "taskRefToMockOutput": []}), 500)

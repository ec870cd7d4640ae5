"""JsonJQTransformSpec, LambdaAndTerminateTaskSpec, FailureWorkflowSpec, SetVariableTaskSpec,
WaitTaskSpec, StartWorkflowSpec, SystemTaskSpec: what the daemon does itself."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow, task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, failure, line

TEXT_BY_NAME = 'Cannot index string with string "array"'


def jq(ref: str, query: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="JSON_JQ_TRANSFORM", inputParameters={"queryExpression": query, **given})


def terminate(ref: str, status: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="TERMINATE", inputParameters={"terminationStatus": status, **given})


def wait(ref: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="WAIT", inputParameters=given)


# --- JQ ---


@line
async def jq_success(hand: Hand) -> None:
    query = jq("q", ".in.array[0] + .in.array[1]", **{"in": "${workflow.input.in}"})
    await hand.define(workflow("w", query))
    await hand.start(input={"in": {"array": [1, 2]}})
    ended = await hand.shows("COMPLETED", "q COMPLETED")
    assert ended["output"] == {"result": 3, "resultList": [3]}


@line
async def jq_failure_and_a_rerun_with_corrected_input(hand: Hand) -> None:
    query = jq("q", ".in.array[0]", **{"in": "${workflow.input.in}"})
    await hand.define(workflow("w", query))
    await hand.start(input={"in": "not an object"})
    ended = await hand.shows("FAILED", "q FAILED")
    (failed,) = ended["tasks"]
    assert failed["reason"] == TEXT_BY_NAME
    assert failed["output"] == {"error": TEXT_BY_NAME}
    corrected = {"queryExpression": ".in.array[0]", "in": {"array": [9]}}
    await hand.ask("job.rerun", taskId=failed["taskId"], taskInput=corrected)
    ended = await hand.shows("COMPLETED", "q COMPLETED")
    assert ended["output"]["result"] == 9


@line
async def jq_nested_object_in_two_tasks(hand: Hand) -> None:
    first = jq("q", "{a: {b: [.n, 2]}}", n="${workflow.input.n}")
    second = jq("r", ".from.a.b[0]", **{"from": "${q.output.result}"})
    await hand.define(workflow("w", first, second))
    await hand.start(input={"n": 1})
    ended = await hand.shows("COMPLETED", "q COMPLETED", "r COMPLETED")
    assert ended["tasks"][0]["output"]["result"] == {"a": {"b": [1, 2]}}
    assert ended["output"]["result"] == 1


@line
async def jq_results_as_keys_of_a_decision(hand: Hand) -> None:
    query = jq("q", ".n > 1", n="${workflow.input.n}")
    by = {"by": "${q.output.result}"}
    given = {"type": "DECISION", "caseValueParam": "by", "inputParameters": by}
    cases = {"true": [simple("t1")], "false": [simple("t2")]}
    await hand.define(workflow("w", query, task("d", **given, decisionCases=cases)))
    for number, taken in ((2, "t1"), (1, "t2")):
        name = f"job {number}"
        await hand.start(name=name, input={"n": number})
        await hand.completes(taken)
        await hand.shows(
            "COMPLETED", "q COMPLETED", "d COMPLETED", f"{taken}_ref COMPLETED", name=name
        )


# --- LAMBDA and TERMINATE ---


@line
async def lambda_result(hand: Hand) -> None:
    script = "if ($.n == 1) { return {testvalue: true}; } else { return {testvalue: false}; }"
    given = {"scriptExpression": script, "n": "${workflow.input.n}"}
    await hand.define(workflow("w", task("l", type="LAMBDA", inputParameters=given)))
    await hand.start(input={"n": 1})
    ended = await hand.shows("COMPLETED", "l COMPLETED")
    assert ended["output"] == {"result": {"testvalue": True}}


@line
async def terminate_completed(hand: Hand) -> None:
    end = terminate("e", "COMPLETED", workflowOutput={"of": "${t1_ref.output.one}"})
    await hand.define(
        workflow("w", simple("t1"), end, simple("t2"), outputParameters={"never": "used"})
    )
    await hand.start()
    await hand.completes("t1", one=1)
    ended = await hand.shows("COMPLETED", "t1_ref COMPLETED", "e COMPLETED")
    assert ended["output"] == {"of": 1}
    by = ended["tasks"][1]["taskId"]
    assert ended["reason"] == f"Workflow is COMPLETED by TERMINATE task: {by}"


@line
async def terminate_failed_starts_the_failure_workflow(hand: Hand) -> None:
    end = terminate("e", "FAILED", terminationReason="it is over", workflowOutput="nothing")
    await hand.define(
        workflow("cleanup", simple("c")),
        workflow("w", simple("t1"), end, simple("t2"), failureWorkflow="cleanup"),
    )
    await hand.start(input={"mine": 1})
    await hand.completes("t1")
    ended = await hand.shows("FAILED", "t1_ref COMPLETED", "e COMPLETED")
    assert ended["reason"] == "it is over"
    hand.stage.jobs["cleanup"] = (await hand.stage.until("job", lambda job: job["failureJobId"]))[
        "failureJobId"
    ]
    await hand.completes("c")
    failure_run = await hand.shows("COMPLETED", "c_ref COMPLETED", name="cleanup")
    given = dict(failure_run["input"])
    assert given.pop("failedWorkflow")["status"] == "FAILED"
    assert given == {
        "mine": 1,
        "workflowId": ended["jobId"],
        "reason": "it is over",
        "failureStatus": "FAILED",
        "failureTaskId": ended["tasks"][1]["taskId"],
    }
    assert (await hand.stage.job("job"))["output"] == {
        "output": "nothing",
        "conductor.failure_workflow": failure_run["jobId"],
    }


@line
async def terminate_while_a_sub_workflow_runs(hand: Hand) -> None:
    branch = [simple("t1"), terminate("e", "COMPLETED", workflowOutput={"done": True})]
    await hand.define(
        workflow("child", wait("x")),
        workflow("w", fork("f", [sub_workflow("s", "child")], branch), join("j", "s", "e")),
    )
    await hand.start()
    child = await hand.child("s")
    await hand.completes("t1")
    ended = await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "s CANCELED", "t1_ref COMPLETED", "j CANCELED", "e COMPLETED"),
    )
    assert ended["output"] == {"done": True}
    await hand.shows("TERMINATED", "x CANCELED", name=child)


@line
async def terminate_in_a_branch_of_a_decision(hand: Hand) -> None:
    end = terminate("e", "FAILED", workflowOutput={"case": "${workflow.input.case}"})
    given = {"caseValueParam": "by", "inputParameters": {"by": "${workflow.input.case}"}}
    chosen = task("d", type="DECISION", **given, decisionCases={"one": [end]})
    await hand.define(workflow("w", chosen, simple("t1")))
    await hand.start(input={"case": "one"})
    ended = await hand.shows("FAILED", "d COMPLETED", "e COMPLETED")
    assert ended["output"] == {"case": "one"}
    by = ended["tasks"][1]["taskId"]
    assert ended["reason"] == f"Workflow is FAILED by TERMINATE task: {by}"


# --- failure workflow ---


@line
async def failure_workflow_of_a_parent_whose_child_fails(hand: Hand) -> None:
    await hand.types(task_type("t3", retryCount=0))
    await hand.define(
        workflow("cleanup", simple("c")),
        workflow("child", simple("t3")),
        workflow("w", sub_workflow("s", "child"), failureWorkflow="cleanup"),
    )
    await hand.start()
    await hand.child("s")
    await hand.fails("t3", "below")
    ended = await hand.stage.until("job", lambda job: job["failureJobId"])
    hand.stage.jobs["cleanup"] = ended["failureJobId"]
    given = (await hand.completes("c"), await hand.stage.job("cleanup"))[1]["input"]
    assert given["reason"] == failure(ended["tasks"][0], ended["tasks"][0]["reason"])
    assert given["failureTaskId"] == ended["tasks"][0]["taskId"]


# --- SET_VARIABLE, WAIT, START_WORKFLOW, asyncComplete ---


@line
async def set_variable_and_output(hand: Hand) -> None:
    setting = task("v", type="SET_VARIABLE", inputParameters={"var": "${workflow.input.var}"})
    output = {"variables": "${workflow.variables}"}
    await hand.define(workflow("w", setting, outputParameters=output))
    await hand.start(input={"var": "x"})
    ended = await hand.shows("COMPLETED", "v COMPLETED")
    assert (ended["variables"], ended["output"]) == ({"var": "x"}, {"variables": {"var": "x"}})
    assert ended["tasks"][0]["output"] == {}


@line
async def set_variable_over_the_limit(hand: Hand) -> None:
    setting = task("v", type="SET_VARIABLE", inputParameters={"var": "${workflow.input.var}"})
    await hand.define(workflow("w", setting))
    await hand.start(input={"var": "x" * 300_000})
    ended = await hand.shows("FAILED", "v FAILED_WITH_TERMINAL_ERROR")
    (failed,) = ended["tasks"]
    assert failed["reason"] == (
        f"The variables payload size: 300010 of workflow: {ended['jobId']} is greater than the "
        "permissible limit: 256 kilobytes"
    )
    assert ended["reason"] == failure(failed, failed["reason"])
    assert ended["variables"] == {}


@line
async def wait_completed_by_an_update(hand: Hand) -> None:
    await hand.define(workflow("w", wait("x"), simple("t1")))
    await hand.start()
    await hand.shows("RUNNING", "x IN_PROGRESS")
    await hand.ends_by_hand("job", "x", "COMPLETED", output={"by": "hand"})
    await hand.completes("t1")
    ended = await hand.shows("COMPLETED", "x COMPLETED", "t1_ref COMPLETED")
    assert ended["tasks"][0]["output"] == {"by": "hand"}


@line
async def wait_with_a_duration_after_a_variable(hand: Hand) -> None:
    setting = task("v", type="SET_VARIABLE", inputParameters={"for": "2 minutes 5s"})
    later = wait("x", duration="${workflow.variables.for}")
    await hand.define(workflow("w", setting, later))
    await hand.start()
    await hand.shows("RUNNING", "v COMPLETED", "x IN_PROGRESS")
    before = hand.stage.world.now
    await hand.shows("COMPLETED", "v COMPLETED", "x COMPLETED")
    assert hand.stage.world.now - before > 60_000_000


async def starts(hand: Hand, request: Any) -> tuple[str, Any]:
    given = {"startWorkflow": request}
    await hand.define(
        workflow("other", simple("t3")),
        workflow("w", task("s", type="START_WORKFLOW", inputParameters=given)),
    )
    await hand.start(correlationId="mine")
    ended = await hand.shows("COMPLETED", "s COMPLETED")
    hand.stage.jobs["other"] = ended["output"]["workflowId"]
    await hand.completes("t3")
    return ended["jobId"], await hand.shows("COMPLETED", "t3_ref COMPLETED", name="other")


@line
async def start_workflow_by_name(hand: Hand) -> None:
    _, other = await starts(hand, {"name": "other", "input": {"a": 1}})
    assert (other["input"], other["correlationId"]) == ({"a": 1}, "mine")
    assert other["parentJobId"] is None


@line
async def start_workflow_by_name_and_version(hand: Hand) -> None:
    _, other = await starts(hand, {"name": "other", "version": 1, "correlationId": "own"})
    assert (other["versionNumber"], other["correlationId"]) == (1, "own")


@line
async def start_workflow_with_a_definition(hand: Hand) -> None:
    inline = workflow("made", simple("t3"))
    _, other = await starts(hand, {"name": "made", "workflowDef": inline})
    assert other["workflow"] == "made"


@line
async def start_workflow_malformed(hand: Hand) -> None:
    reasons = {
        "none": (None, "Missing 'startWorkflow' in input data."),
        "unnamed": (
            {"version": 1},
            "startWorkflow validation failed. 'name' -> Workflow name cannot be null or empty. ",
        ),
        "text": ("other", "Error reading StartWorkflowRequest. It is no object: other"),
    }
    given = {"startWorkflow": "${workflow.input.request}"}
    await hand.define(workflow("w", task("s", type="START_WORKFLOW", inputParameters=given)))
    for name, (request, reason) in reasons.items():
        await hand.start(name=name, input={"request": request})
        ended = await hand.shows("FAILED", "s FAILED", name=name)
        assert ended["tasks"][0]["reason"] == reason


@line
async def async_complete_waits_for_an_update(hand: Hand) -> None:
    script = {"evaluatorType": "javascript", "expression": "[1].length"}
    one = task("i", type="INLINE", inputParameters=script, asyncComplete=True)
    await hand.define(workflow("w", one, simple("t1")))
    await hand.start()
    waiting = await hand.stage.until("job", lambda job: job["tasks"][0]["output"])
    assert waiting["tasks"][0]["status"] == "IN_PROGRESS"
    await hand.ends_by_hand("job", "i", "COMPLETED", output={"later": 1})
    await hand.completes("t1")
    ended = await hand.shows("COMPLETED", "i COMPLETED", "t1_ref COMPLETED")
    assert ended["tasks"][0]["output"] == {"later": 1}

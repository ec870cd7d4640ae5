"""WorkflowAndTaskConfigurationSpec: what the settings of tasks and runs do."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.dialects.tasks.definitions import task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, failure, line
from tests.simulation.lines.simple_workflows import GIVEN, once_only, t1_t2


async def failing_twice(hand: Hand, **fields: Any) -> None:
    await hand.types(task_type("t1", retryCount=1, retryDelaySeconds=0))
    await hand.define(workflow("w", simple("t1", **fields), simple("t2")))
    await hand.start()
    await hand.shows("RUNNING", "t1_ref SCHEDULED")
    await hand.fails("t1", "NETWORK ERROR")
    await hand.shows("RUNNING", "t1_ref FAILED", "t1_ref SCHEDULED")
    await hand.fails("t1", "AGAIN")


@line
async def configuration_optional(hand: Hand) -> None:
    await failing_twice(hand, optional=True)
    passed = ("t1_ref FAILED", "t1_ref COMPLETED_WITH_ERRORS")
    await hand.shows("RUNNING", *passed, "t2_ref SCHEDULED")
    await hand.completes("t2")
    await hand.shows("COMPLETED", *passed, "t2_ref COMPLETED")


@line
async def configuration_permissive(hand: Hand) -> None:
    await failing_twice(hand, permissive=True)
    passed = ("t1_ref FAILED", "t1_ref FAILED")
    await hand.shows("RUNNING", *passed, "t2_ref SCHEDULED")
    await hand.completes("t2")
    ended = await hand.shows("FAILED", *passed, "t2_ref COMPLETED")
    assert ended["reason"] == failure(ended["tasks"][1], "AGAIN")


@line
async def configuration_permissive_and_optional(hand: Hand) -> None:
    await failing_twice(hand, optional=True, permissive=True)
    await hand.completes("t2")
    await hand.shows(
        "COMPLETED", "t1_ref FAILED", "t1_ref COMPLETED_WITH_ERRORS", "t2_ref COMPLETED"
    )


@line
async def configuration_input_template_of_a_workflow(hand: Hand) -> None:
    template = {
        "param1": {"nested_object": {"nested_key": "nested_value"}},
        "param2": ["list", "of", "strings"],
    }
    output = {key: f"${{workflow.input.{key}}}" for key in ("param1", "param2", "param3")}
    output["output"] = "${t1_ref.output.op}"
    await hand.define(workflow("w", simple("t1"), inputTemplate=template, outputParameters=output))
    await hand.start(input={"param3": "external string"})
    await hand.completes("t1", op="t1.done")
    ended = await hand.shows("COMPLETED", "t1_ref COMPLETED")
    assert ended["output"] == {**template, "param3": "external string", "output": "t1.done"}


@line
async def configuration_task_timeout_retried_and_exhausted(hand: Hand) -> None:
    settings = {"timeoutSeconds": 30, "responseTimeoutSeconds": 10, "timeoutPolicy": "RETRY"}
    await hand.types(task_type("t1", retryCount=1, **{**settings, "retryDelaySeconds": 0}))
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.takes("t1")
    await asyncio.sleep(11)
    await hand.shows("RUNNING", "t1_ref TIMED_OUT", "t1_ref SCHEDULED")
    await hand.takes("t1")
    await asyncio.sleep(11)
    await hand.shows("TIMED_OUT", "t1_ref TIMED_OUT", "t1_ref TIMED_OUT")


@line
async def configuration_task_timeout_that_times_the_run_out(hand: Hand) -> None:
    await hand.types(task_type("t1", timeoutSeconds=10, responseTimeoutSeconds=10))
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    taken = await hand.takes("t1")
    for _ in range(2):  # The answers keep it from the response timeout.
        await asyncio.sleep(6)
        await hand.extends(taken)
    ended = await hand.shows("TIMED_OUT", "t1_ref TIMED_OUT")
    assert ended["reason"] == (
        "Task timed out after 10 seconds. Timeout configured as 10 seconds. "
        "Timeout policy configured to TIME_OUT_WF"
    )


async def timed_out(hand: Hand, *tasks: dict[str, Any]) -> None:
    await hand.define(workflow("w", *tasks, timeoutSeconds=50, timeoutPolicy="TIME_OUT_WF"))
    await hand.start()
    await asyncio.sleep(51)


@line
async def configuration_workflow_timeout_and_retry(hand: Hand) -> None:
    await timed_out(hand, simple("t1"), simple("t2"))
    ended = await hand.shows("TIMED_OUT", "t1_ref CANCELED")
    assert ended["reason"] == (
        "Workflow timed out after 50 seconds. Timeout configured as 50 seconds. "
        "Timeout policy configured to TIME_OUT_WF"
    )
    await hand.ask("job.retry")
    await hand.shows("RUNNING", "t1_ref CANCELED", "t1_ref SCHEDULED")
    await hand.completes("t1")
    await hand.completes("t2")
    await hand.shows("COMPLETED", "t1_ref CANCELED", "t1_ref COMPLETED", "t2_ref COMPLETED")


@line
async def configuration_rerun_whole_and_from_a_task(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.completes("t1", op="first")
    await hand.completes("t2", two=1)
    both = ("t1_ref COMPLETED", "t2_ref COMPLETED")
    await hand.shows("COMPLETED", *both)
    await hand.ask("job.rerun", input={"param1": "new"})
    await hand.shows("RUNNING", "t1_ref SCHEDULED")
    assert (await hand.completes("t1", op="second"))["input"]["p1"] == "new"
    assert (await hand.completes("t2", two=2))["input"] == {"tp1": "new", "tp2": "second"}
    ended = await hand.shows("COMPLETED", *both)
    assert ended["output"] == {"o1": "new", "o2": 2}
    for number in (3, 4):
        second = await hand.task("t2_ref")
        given = {"tp1": f"given {number}"}
        await hand.ask("job.rerun", taskId=second["taskId"], taskInput=given)
        await hand.shows("RUNNING", "t1_ref COMPLETED", "t2_ref SCHEDULED")
        assert (await hand.completes("t2", two=number))["input"] == given
        ended = await hand.shows("COMPLETED", *both)
        assert ended["output"] == {"o1": "new", "o2": number}


@line
async def configuration_skip(hand: Hand) -> None:
    third = simple("t3", inputParameters={"of": "${t2_ref.output.skipped}"})
    await hand.define(workflow("w", simple("t1"), simple("t2"), third))
    await hand.start()
    why = {"why": "no need"}
    await hand.ask("job.skipTask", ref="t2_ref", input=why, output={"skipped": True})
    await hand.shows("RUNNING", "t2_ref SKIPPED", "t1_ref SCHEDULED")
    await hand.completes("t1")
    assert (await hand.completes("t3", at="end"))["input"] == {"of": True}
    ended = await hand.shows("COMPLETED", "t2_ref SKIPPED", "t1_ref COMPLETED", "t3_ref COMPLETED")
    assert (ended["tasks"][0]["input"], ended["output"]) == (why, {"at": "end"})


@line
async def configuration_skip_the_last(hand: Hand) -> None:
    """The last task that was scheduled gives the output, not the one that was skipped."""
    await hand.define(workflow("w", simple("t1"), simple("t2")))
    await hand.start()
    await hand.ask("job.skipTask", ref="t2_ref", output={"skipped": True})
    await hand.completes("t1", mine=1)
    ended = await hand.shows("COMPLETED", "t2_ref SKIPPED", "t1_ref COMPLETED")
    assert ended["output"] == {"mine": 1}


@line
async def configuration_skip_what_cannot_be(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start()
    await hand.refused("job.skipTask", "stepStarted", ref="t1_ref")
    await hand.refused("job.skipTask", "noSuchStep", ref="t7_ref")
    await hand.ask("job.pause")
    await hand.refused("job.skipTask", "jobNotRunning", ref="t2_ref")
    await hand.ask("job.terminate")


@line
async def configuration_pause_and_resume(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.ask("job.pause")
    await hand.completes("t1", op=1)
    await asyncio.sleep(100)
    await hand.shows("PAUSED", "t1_ref COMPLETED")
    await hand.ask("job.resume")
    await hand.shows("RUNNING", "t1_ref COMPLETED", "t2_ref SCHEDULED")
    await hand.completes("t2")
    await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")
    await hand.refused("job.pause", "jobEnded")
    await hand.refused("job.resume", "jobNotPaused")


@line
async def configuration_wait_with_a_timeout_and_retry(hand: Hand) -> None:
    settings = {"timeoutSeconds": 20, "responseTimeoutSeconds": 1, "timeoutPolicy": "RETRY"}
    await hand.types(task_type("waiting", retryCount=1, **{**settings, "retryDelaySeconds": 0}))
    wait = {**task("w", type="WAIT"), "name": "waiting"}
    await hand.define(workflow("w", wait, simple("t1")))
    await hand.start()
    await hand.shows("RUNNING", "w IN_PROGRESS")
    await asyncio.sleep(21)
    again = await hand.shows("RUNNING", "w TIMED_OUT", "w IN_PROGRESS")
    assert again["tasks"][0]["reason"] == (
        "Task timed out after 20 seconds. Timeout configured as 20 seconds. "
        "Timeout policy configured to RETRY"
    )
    await hand.ends_by_hand("job", "w", "COMPLETED")
    await hand.completes("t1")
    await hand.shows("COMPLETED", "w TIMED_OUT", "w COMPLETED", "t1_ref COMPLETED")


@line
async def configuration_callbacks_of_several_tasks(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    for name, seconds in (("t1", 20), ("t2", 50)):
        taken = await hand.takes(name)
        await hand.reports(taken, "IN_PROGRESS", callbackAfterSeconds=seconds)
        await hand.none_to_take(name)
        await hand.completes(name)
    await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")


@line
async def configuration_input_template_of_a_task_type(hand: Hand) -> None:
    """``${STACK2}`` is no property of any system here: null, as every ref without a task."""
    body = {
        "inputPaths": ["${workflow.input.path1}", "${workflow.input.path2}"],
        "requestDetails": "${workflow.input.requestDetails}",
        "outputPath": "${workflow.input.outputPath}",
    }
    request = {"method": "GET", "uri": "/get", "vipStack": "${STACK2}", "body": body}
    await hand.types(task_type("t1", inputTemplate={"http_request": request, "own": 1}))
    await hand.define(workflow("w", simple("t1", inputParameters={"own": 2})))
    details = {"key1": "value1", "key2": 42}
    given = {"path1": "file://1", "path2": "file://2", "outputPath": "s3://out"}
    await hand.start(input={**given, "requestDetails": details})
    taken = await hand.completes("t1")
    filled = {
        "inputPaths": ["file://1", "file://2"],
        "requestDetails": details,
        "outputPath": "s3://out",
    }
    assert taken["input"] == {
        "own": 2,
        "http_request": {**request, "vipStack": None, "body": filled},
    }
    await hand.shows("COMPLETED", "t1_ref COMPLETED")


@line
async def configuration_an_unregistered_task_type_runs(hand: Hand) -> None:
    await hand.define(workflow("w", simple("nobody_registered_it")))
    await hand.start()
    taken = await hand.completes("nobody_registered_it")
    assert taken["taskType"] == "nobody_registered_it"
    await hand.shows("COMPLETED", "nobody_registered_it_ref COMPLETED")


@line
async def configuration_retry_of_what_needs_none(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(workflow("w", simple("t1")))
    await hand.start()
    await hand.refused("job.retry", "jobNotEnded")
    await hand.completes("t1")
    await hand.shows("COMPLETED", "t1_ref COMPLETED")
    await hand.refused("job.retry", "nothingToRetry")

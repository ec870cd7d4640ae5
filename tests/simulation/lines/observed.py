"""What no specification of the original says, observed side by side with Conductor 3.32.3."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow, task, times
from tests.simulation.definitions import simple, workflow
from tests.simulation.lines.hand import Hand, line
from tests.simulation.stage import Document


def ending(status: str, **given: Any) -> dict[str, Any]:
    given = {"terminationStatus": status, **given}
    return task("e", type="TERMINATE", inputParameters=given)


async def cut_off(hand: Hand, status: str) -> tuple[str, ...]:
    branches = fork("f", [simple("t1"), ending(status)], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t2_ref"), simple("t3")))
    await hand.start()
    await hand.completes("t1")
    tasks = ("f COMPLETED", "t1_ref COMPLETED", "t2_ref CANCELED", "j CANCELED", "e COMPLETED")
    await hand.shows(status, *tasks)
    return tasks


@line
async def observed_a_terminate_ends_the_job_again_when_it_is_retried(hand: Hand) -> None:
    tasks = await cut_off(hand, "FAILED")
    await hand.ask("job.retry")
    await hand.shows("FAILED", *tasks, "t2_ref CANCELED")


@line
async def observed_a_terminate_ends_the_job_again_when_it_is_rerun_from_the_join(
    hand: Hand,
) -> None:
    branches = fork("f", [ending("COMPLETED")], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t2_ref"), simple("t3")))
    await hand.start()
    tasks = ("f COMPLETED", "e COMPLETED", "t2_ref CANCELED", "j CANCELED")
    await hand.shows("COMPLETED", *tasks)
    await hand.ask("job.rerun", taskId=(await hand.task("j"))["taskId"])
    await hand.shows("COMPLETED", *tasks)


@line
async def observed_nothing_is_left_to_retry_after_a_terminate(hand: Hand) -> None:
    await hand.define(workflow("w", times("l", 2, simple("t1"), ending("FAILED"))))
    await hand.start()
    await hand.completes("t1")
    await hand.shows("FAILED", "l CANCELED", "t1_ref__1 COMPLETED", "e__1 COMPLETED")
    await hand.refused("job.retry", "nothingToRetry")


@line
async def observed_a_child_ends_for_the_reason_of_its_parent(hand: Hand) -> None:
    end = ending("COMPLETED", terminationReason="enough")
    branches = fork("f", [sub_workflow("s", "child")], [simple("t1"), end])
    await hand.define(
        workflow("child", simple("t2")), workflow("w", branches, join("j", "s"), simple("t3"))
    )
    await hand.start()
    child = await hand.child("s")
    await hand.completes("t1")
    ended = await hand.shows(
        "COMPLETED", "f COMPLETED", "s CANCELED", "t1_ref COMPLETED", "j CANCELED", "e COMPLETED"
    )
    told = await hand.shows("TERMINATED", "t2_ref CANCELED", name=child)
    assert told["reason"] == "Parent workflow has been terminated with reason: enough"
    names_child = {"subWorkflowId": told["jobId"]}
    assert output_of(ended, "s") == names_child
    assert output_of(ended, "j") == {"s": names_child}


@line
async def observed_a_definition_within_a_task_may_read_from_nowhere(hand: Hand) -> None:
    inner = workflow("inner", simple("t1", inputParameters={"k": "${nowhere.output.k}"}))
    params = {"name": "inner", "version": 1, "workflowDefinition": inner}
    await hand.define(workflow("w", task("s", type="SUB_WORKFLOW", subWorkflowParam=params)))
    await hand.start()
    taken = await hand.completes("t1")
    assert taken["input"] == {"k": None}
    await hand.shows("COMPLETED", "s COMPLETED")


@line
async def observed_a_loop_shows_the_iteration_in_which_a_script_failed(hand: Hand) -> None:
    script = {"evaluatorType": "javascript", "expression": "null.x"}
    inline = task("i", type="INLINE", inputParameters=script)
    await hand.define(workflow("w", times("l", 2, simple("t1"), inline)))
    await hand.start()
    await hand.completes("t1", k=1)
    ended = await hand.shows(
        "FAILED", "l CANCELED", "t1_ref__1 COMPLETED", "i__1 FAILED_WITH_TERMINAL_ERROR"
    )
    shown = output_of(ended, "l")
    assert shown["1"] == {"t1_ref": {"k": 1}, "i": output_of(ended, "i__1")}


def output_of(document: Document, ref: str) -> Any:
    return next(one["output"] for one in document["tasks"] if one["ref"] == ref)

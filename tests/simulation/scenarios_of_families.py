"""Scenarios of jobs that start, end and wait for other jobs."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow, task, times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import failing, scenario
from tests.simulation.stage import Stage, status, task_is

BAD = "FAILED_WITH_TERMINAL_ERROR"


def fallible() -> Any:
    """A script whose worker fails until it is told otherwise."""
    return failing(99, status=BAD)


async def parent_and_child(stage: Stage, *child: dict[str, Any], **fields: Any) -> None:
    """``parent`` runs ``child`` and then the SIMPLE task ``z``."""
    tasks = (sub_workflow("sub", "child", inputParameters={"x": 1}), simple("z"))
    await stage.define(workflow("child", *child), workflow("parent", *tasks, **fields))


@scenario
async def a_child(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"), simple("b"))
    stage.worker("w1", "a", "b", "z")
    for name in ("first", "second"):
        await stage.submit(name, "parent")


@scenario
async def a_child_that_fails(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    stage.worker("w1", "a", script=fallible())
    await stage.submit("job", "parent")


@scenario
async def a_child_that_ends_at_once(stage: Stage) -> None:
    await parent_and_child(stage, task("n", type="NOOP"))
    stage.worker("w1", "z")
    await stage.submit("job", "parent")


@scenario
async def a_retry_starts_another_child(stage: Stage) -> None:
    await stage.types(task_type("do_sub", retryCount=2))
    await parent_and_child(stage, simple("a"))
    seen: list[str] = []

    def script(given: dict[str, Any]) -> Any:
        seen.extend({given["jobId"]} - set(seen))
        return failing(0 if seen.index(given["jobId"]) >= 2 else 9, status=BAD)(given)

    stage.worker("w1", "a", script=script)
    stage.worker("w2", "z")
    await stage.submit("job", "parent")


@scenario
async def a_child_that_a_user_terminates(stage: Stage) -> None:
    await stage.define(workflow("cleanup", simple("c")))
    await parent_and_child(stage, simple("a"), failureWorkflow="cleanup")
    stage.worker("w1", "c")
    await stage.submit("job", "parent")
    child = await stage.child("job", "sub")
    await stage.ask("job.terminate", child, reason="by hand")


@scenario
async def a_parent_terminated_over_its_child(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    await stage.submit("job", "parent")
    await stage.child("job", "sub")
    await stage.ask("job.terminate", "job", reason="enough of it")


@scenario
async def a_parent_that_fails_over_its_child(stage: Stage) -> None:
    await stage.define(
        workflow("child", simple("a")),
        workflow(
            "parent",
            fork("f", [sub_workflow("sub", "child")], [simple("b")]),
            join("j", "sub", "b_ref"),
        ),
    )
    await stage.submit("job", "parent")
    await stage.child("job", "sub")
    stage.worker("w1", "b", script=fallible())


@scenario
async def a_parent_terminated_as_it_starts_its_child(stage: Stage) -> None:
    """Whether the child ever began is a matter of moments; that it does not run on is not."""
    await parent_and_child(stage, simple("a"))
    job_id = await stage.submit("job", "parent")
    await stage.client.ask("job.terminate", jobId=job_id, reason="never mind")
    stage.unsettled.add("job/sub")
    stage.outputs_differ = True


@scenario
async def a_child_of_a_child(stage: Stage) -> None:
    await stage.define(
        workflow("leaf", simple("a")),
        workflow("middle", sub_workflow("low", "leaf"), simple("b")),
        workflow("root", sub_workflow("mid", "middle"), simple("c")),
    )
    stage.worker("w1", "a", "b", "c")
    await stage.submit("job", "root")


@scenario
async def a_root_terminated_over_its_grandchild(stage: Stage) -> None:
    await stage.define(
        workflow("leaf", simple("a")),
        workflow("middle", sub_workflow("low", "leaf"), simple("b")),
        workflow("root", sub_workflow("mid", "middle"), simple("c")),
    )
    await stage.submit("job", "root")
    middle = await stage.child("job", "mid")
    await stage.child(middle, "low")
    await stage.ask("job.terminate", "job", reason="all of it")


@scenario
async def a_child_defined_inside(stage: Stage) -> None:
    definition = workflow("own", simple("a"))
    params = {"name": "own", "workflowDefinition": definition}
    given = task("sub", type="SUB_WORKFLOW", subWorkflowParam=params)
    await stage.define(workflow("w", given, simple("b")))
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")


@scenario
async def a_child_that_does_not_exist(stage: Stage) -> None:
    await stage.types(task_type("do_retried", retryCount=1))
    await stage.define(
        workflow("w", sub_workflow("sub", "${workflow.input.job}")),
        workflow("v", sub_workflow("retried", "${workflow.input.job}")),
    )
    await stage.submit("nowhere", "w")
    await stage.submit("nowhere twice", "v")


@scenario
async def a_child_whose_time_comes_while_its_parent_is_paused(stage: Stage) -> None:
    given = sub_workflow("sub", "${workflow.input.job}", optional=True, startDelay=3)
    await stage.define(workflow("child", simple("a")), workflow("w", given, simple("b")))
    stage.worker("w1", "a", "b")
    for name in ("child", "nowhere"):
        await stage.submit(name, "w")
        await stage.ask("job.pause", name)
    await asyncio.sleep(9)
    for name in ("child", "nowhere"):
        await stage.ask("job.resume", name)


@scenario
async def a_child_ends_while_its_parent_is_paused(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    await stage.submit("job", "parent")
    child = await stage.child("job", "sub")
    await stage.ask("job.pause", "job")
    stage.worker("w1", "a", "z")
    await stage.until(child, status("COMPLETED"))
    await asyncio.sleep(2)
    await stage.ask("job.resume", "job")


@scenario
async def a_child_retried_after_its_parent_failed(stage: Stage) -> None:
    branches = ([sub_workflow("sub", "child")], [simple("b"), simple("d")])
    await stage.define(
        workflow("child", simple("a")),
        workflow("parent", fork("f", *branches), join("j", "sub", "d_ref"), simple("z")),
    )
    worker = stage.worker("w1", "a", script=fallible())
    await stage.submit("job", "parent")
    await stage.until("job", status("FAILED"))
    worker.script = failing(0)
    child = await stage.child("job", "sub")
    await stage.ask("job.retry", child)
    await stage.until("job", status("RUNNING"))
    stage.worker("w2", "b", "d", "z")


@scenario
async def a_grandchild_restarted_after_all_failed(stage: Stage) -> None:
    await stage.define(
        workflow("leaf", simple("a")),
        workflow("middle", sub_workflow("low", "leaf"), simple("b")),
        workflow("root", sub_workflow("mid", "middle"), simple("c")),
    )
    worker = stage.worker("w1", "a", script=fallible())
    await stage.submit("job", "root")
    await stage.until("job", status("FAILED"))
    worker.script = failing(0)
    middle = await stage.child("job", "mid")
    leaf = await stage.child(middle, "low")
    await stage.ask("job.restart", leaf)
    await stage.until("job", status("RUNNING"))
    stage.worker("w2", "b", "c")


@scenario
async def a_parent_retried_after_its_child_failed(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    worker = stage.worker("w1", "a", script=fallible())
    stage.worker("w2", "z")
    await stage.submit("job", "parent")
    await stage.until("job", status("FAILED"))
    worker.script = failing(0)
    await stage.ask("job.retry", "job")


@scenario
async def a_parent_restarted_over_its_child(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    await stage.submit("job", "parent")
    await stage.child("job", "sub")
    await stage.ask("job.terminate", "job", reason="from the beginning")
    await stage.ask("job.restart", "job")
    stage.worker("w1", "a", "z")


@scenario
async def a_parent_rerun_from_its_child(stage: Stage) -> None:
    await parent_and_child(stage, simple("a"))
    stage.worker("w1", "a", "z")
    await stage.submit("job", "parent")
    done = await stage.until("job", status("COMPLETED"))
    await stage.ask("job.rerun", "job", taskId=done["tasks"][0]["taskId"])


@scenario
async def a_started_workflow(stage: Stage) -> None:
    request = {"name": "${workflow.input.job}", "input": {"given": True}}
    given = task("st", type="START_WORKFLOW", inputParameters={"startWorkflow": request})
    await stage.define(workflow("other", simple("a")), workflow("w", given, simple("b")))
    stage.worker("w1", "a", "b")
    for name in ("other", "nowhere"):
        await stage.submit(name, "w")


@scenario
async def failure_workflows_of_a_child_and_its_parent(stage: Stage) -> None:
    await stage.define(
        workflow("cleanup", simple("c")),
        workflow("child", simple("a"), failureWorkflow="cleanup"),
        workflow("parent", sub_workflow("sub", "child"), failureWorkflow="cleanup"),
    )
    stage.worker("w1", "c")
    stage.worker("w2", "a", script=fallible())
    await stage.submit("job", "parent")


@scenario
async def children_of_branches_and_iterations(stage: Stage) -> None:
    branches = ([sub_workflow("one", "child")], [sub_workflow("two", "child")])
    body = (fork("f", *branches), join("j", "one", "two"))
    await stage.define(workflow("child", simple("a")), workflow("w", times("l", 2, *body)))
    stage.worker("w1", "a")
    await stage.submit("job", "w")


@scenario
async def an_optional_child_that_fails_and_is_retried(stage: Stage) -> None:
    """Its parent went on without it and stays as it is."""
    given = sub_workflow("sub", "child", optional=True)
    await stage.define(workflow("child", simple("a")), workflow("parent", given, simple("z")))
    worker = stage.worker("w1", "a", script=fallible())
    stage.worker("w2", "z")
    await stage.submit("job", "parent")
    await stage.until("job", status("COMPLETED"))
    worker.script = failing(0)
    child = await stage.child("job", "sub")
    await stage.ask("job.retry", child)
    await stage.until(child, status("COMPLETED"))


@scenario
async def a_parent_that_times_out_over_its_child(stage: Stage) -> None:
    fields = {"timeoutPolicy": "TIME_OUT_WF", "timeoutSeconds": 5}
    await parent_and_child(stage, simple("a"), **fields)
    await stage.submit("job", "parent")
    child = await stage.child("job", "sub")
    await stage.until(child, task_is("a_ref", "CANCELED"))

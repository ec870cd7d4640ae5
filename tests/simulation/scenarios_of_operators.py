"""Scenarios of Conductor's operators: branches, forks, joins, loops, waits."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.dialects.tasks.definitions import (
    dynamic_fork,
    fork,
    join,
    loop,
    switch,
    task,
    times,
)
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import failing, scenario
from tests.simulation.stage import Stage, status, task_is


def terminate(ref: str, ending: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="TERMINATE", inputParameters={"terminationStatus": ending, **given})


def wait(ref: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="WAIT", inputParameters=given)


@scenario
async def a_switch_by_a_value(stage: Stage) -> None:
    cases = {"first": [simple("a")], "empty": []}
    given = switch("s", "${workflow.input.job}", cases, defaultCase=[simple("b")])
    await stage.define(workflow("w", given, simple("c")))
    stage.worker("w1", "a", "b", "c")
    for name in ("first", "empty", "other"):
        await stage.submit(name, "w")


@scenario
async def a_switch_by_a_script(stage: Stage) -> None:
    script = "[1, 2].map(x => x * $.by.length).join('-')"
    fields = {"evaluatorType": "javascript", "expression": script}
    cases = {"3-6": [simple("a")], "4-8": [simple("b"), simple("d")]}
    given = switch("s", "${workflow.input.job}", cases, **fields)
    await stage.define(workflow("w", given, simple("c")))
    stage.worker("w1", "a", "b", "c", "d")
    for name in ("one", "four", "neither"):
        await stage.submit(name, "w")


@scenario
async def a_fork_with_an_optional_and_a_retried_branch(stage: Stage) -> None:
    stage.in_order = False
    await stage.types(task_type("b", retryCount=2), task_type("o", retryCount=0))
    branches = ([simple("a"), simple("c")], [simple("b")], [simple("o", optional=True)])
    joined = join("j", "c_ref", "b_ref", "o_ref")
    await stage.define(workflow("w", fork("f", *branches), joined, simple("d")))
    stage.worker("w1", "a", "c", "d")
    stage.worker("w2", "b", script=failing(2))
    stage.worker("w3", "o", script=failing(1))
    await stage.submit("job", "w")


@scenario
async def a_fork_whose_branch_fails_and_is_retried(stage: Stage) -> None:
    await stage.types(task_type("b", retryCount=0))
    branches = ([simple("a")], [simple("b")])
    await stage.define(workflow("w", fork("f", *branches), join("j", "a_ref", "b_ref")))
    stage.worker("w2", "b", script=failing(1))
    await stage.submit("job", "w")
    await stage.until("job", status("FAILED"))
    stage.worker("w1", "a")
    await stage.ask("job.retry", "job")


@scenario
async def an_exclusive_join(stage: Stage) -> None:
    cases = {"first": [simple("a")], "second": [simple("b")]}
    given = switch("s", "${workflow.input.job}", cases, defaultCase=[simple("c")])
    fields = {"joinOn": ["a_ref", "b_ref"], "defaultExclusiveJoinTask": ["c_ref"]}
    joined = task("j", type="EXCLUSIVE_JOIN", **fields)
    await stage.define(workflow("w", given, joined, simple("d")))
    stage.worker("w1", "a", "b", "c", "d")
    for name in ("first", "second", "other"):
        await stage.submit(name, "w")


@scenario
async def a_loop_around_a_worker(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=1))
    await stage.define(workflow("w", times("l", 3, simple("a"), simple("b")), simple("c")))
    stage.worker("w1", "a", script=failing(1))
    stage.worker("w2", "b", "c")
    await stage.submit("job", "w")


@scenario
async def a_loop_with_the_condition_of_a_script(stage: Stage) -> None:
    script = "[0].concat([$.a_ref['attempt']]).length == 2 && $.l['iteration'] < 3"
    await stage.define(workflow("w", loop("l", script, simple("a")), simple("b")))
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")


@scenario
async def a_loop_in_a_loop(stage: Stage) -> None:
    inner = times("inner", 2, simple("a"))
    await stage.define(workflow("w", times("outer", 2, inner, simple("b")), simple("c")))
    stage.worker("w1", "a", "b", "c")
    await stage.submit("job", "w")


@scenario
async def a_loop_that_fails_and_is_retried(stage: Stage) -> None:
    await stage.types(task_type("b", retryCount=0))
    await stage.define(workflow("w", times("l", 2, simple("a"), simple("b")), simple("c")))
    stage.worker("w1", "a", "c")
    stage.worker("w2", "b", script=failing(1))
    await stage.submit("job", "w")
    await stage.until("job", status("FAILED"))
    await stage.ask("job.retry", "job")
    await stage.until("job", status("FAILED"))
    await stage.ask("job.retry", "job")


@scenario
async def a_fork_in_a_loop(stage: Stage) -> None:
    body = (fork("f", [simple("a")], [simple("b")]), join("j", "a_ref", "b_ref"))
    await stage.define(workflow("w", times("l", 2, *body), simple("c")))
    stage.worker("w1", "a", "b", "c")
    await stage.submit("job", "w")


@scenario
async def waits_for_a_time(stage: Stage) -> None:
    until = "2026-01-01 00:00 UTC"
    waits = (wait("past", until=until), wait("long", duration="7 s"), simple("a"))
    await stage.define(workflow("w", *waits))
    stage.worker("w1", "a")
    await stage.submit("job", "w")


@scenario
async def waits_for_somebody(stage: Stage) -> None:
    await stage.define(workflow("w", wait("s"), task("h", type="HUMAN"), simple("a")))
    stage.worker("w1", "a")
    for name in ("by event", "by result"):
        await stage.submit(name, "w")
    for ref in ("s", "h"):
        await stage.until("by event", task_is(ref, "IN_PROGRESS"))
        await stage.ask("job.sendEvent", "by event", eventId=ref, payload={"by": ref})
        waiting = await stage.until("by result", task_is(ref, "IN_PROGRESS"))
        task_id = waiting["tasks"][-1]["taskId"]
        given = {"status": "COMPLETED", "output": {"with": ref}}
        await stage.client.ask("task.update", taskId=task_id, workerId="alice", **given)


@scenario
async def variables(stage: Stage) -> None:
    setting = task("v", type="SET_VARIABLE", inputParameters={"seen": "${a_ref.output.by}"})
    given = {"was": "${workflow.variables.seen}"}
    last = task("n", type="NOOP")
    await stage.define(
        workflow("w", simple("a"), setting, simple("b", inputParameters=given), last)
    )
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")


@scenario
async def terminated_inside_a_branch(stage: Stage) -> None:
    cases = {
        name: [terminate(f"t_{name}", name, terminationReason="so it is")]
        for name in ("COMPLETED", "FAILED", "TERMINATED")
    }
    branches = ([simple("a"), switch("s", "${workflow.input.job}", cases)], [simple("never")])
    given = workflow("w", fork("f", *branches), join("j", "s", "never_ref"))
    await stage.define(workflow("cleanup", simple("c")), {**given, "failureWorkflow": "cleanup"})
    stage.worker("w1", "a", "c")
    for name in cases:
        await stage.submit(name, "w")


@scenario
async def a_dynamic_fork(stage: Stage) -> None:
    stage.in_order = False
    refs = {"a_0": "a", "a_1": "a", "b_2": "b"}
    forked = [
        {**simple(name, optional=True), "taskReferenceName": ref} for ref, name in refs.items()
    ]
    given = {"tasks": forked, "inputs": {"a_0": {"x": 1}, "b_2": {"x": 2}}}
    await stage.types(task_type("b", retryCount=1))
    await stage.define(
        workflow(
            "w",
            dynamic_fork("f", tasks="${workflow.input.tasks}", inputs="${workflow.input.inputs}"),
            join("j"),
            simple("c"),
        ),
    )
    stage.worker("w1", "a", "c")
    stage.worker("w2", "b", script=failing(1))
    await stage.submit("job", "w", input=given)
    await stage.submit("nothing", "w", input={"tasks": [], "inputs": {}})
    await stage.submit("wrong", "w", input={"tasks": 7, "inputs": {}})


@scenario
async def a_dynamic_task(stage: Stage) -> None:
    given = {"which": "${workflow.input.job}"}
    dynamic = task("d", type="DYNAMIC", dynamicTaskNameParam="which", inputParameters=given)
    await stage.define(workflow("w", dynamic, simple("b")))
    stage.worker("w1", "a", "b")
    await stage.submit("a", "w")


@scenario
async def a_fork_paused_and_resumed(stage: Stage) -> None:
    branches = ([simple("a")], [simple("b")], [wait("t", duration="4 s")])
    joined = join("j", "a_ref", "b_ref", "t")
    await stage.define(workflow("w", fork("f", *branches), joined, simple("c")))
    stage.worker("w1", "a")
    await stage.submit("job", "w")
    await stage.until("job", task_is("a_ref", "COMPLETED"))
    await stage.ask("job.pause", "job")
    await asyncio.sleep(9)
    await stage.ask("job.resume", "job")
    stage.worker("w2", "b", "c")

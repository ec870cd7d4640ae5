"""Scenarios of tasks whose output is used again."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import dynamic_fork, join, times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import scenario
from tests.simulation.stage import Stage, ended, status
from tests.simulation.workers import Deed

LONG_SECONDS = 1_000_000


def cached(name: str, key: str = "${n}", seconds: Any = LONG_SECONDS, **fields: Any) -> Any:
    given = {"n": "${workflow.input.n}", "job": "${workflow.input.job}"}
    config = {"key": key, "ttlInSecond": seconds}
    return simple(name, **{"inputParameters": given, "cacheConfig": config, **fields})


def telling(task: dict[str, Any]) -> Deed:
    """For which job the work was done."""
    return Deed(output={"for": task["input"]["job"]})


@scenario
async def an_output_that_other_jobs_use(stage: Stage) -> None:
    await stage.define(
        workflow("w", cached("a")),
        workflow("v", cached("a", startDelay=5), simple("b", inputParameters={"job": "v"})),
    )
    stage.worker("w1", "a", "b", script=telling)
    for name, of, number in (
        ("first", "w", 1),
        ("same", "w", 1),
        ("other", "w", 2),
        ("elsewhere", "v", 1),
        ("without", "w", None),
    ):
        given = {"job": name} if number is None else {"job": name, "n": number}
        await stage.submit(name, of, input=given)
        await stage.until(name, ended)


@scenario
async def an_output_that_the_same_job_uses(stage: Stage) -> None:
    """In a loop, by a task that was retried, and in the branches of a dynamic fork."""
    stage.in_order = False
    await stage.types(task_type("a", retryCount=2))
    branch = cached("a", "${kind}", inputParameters={})
    branches = [{**branch, "taskReferenceName": f"b{number}"} for number in range(3)]
    inputs = {f"b{number}": {"kind": "branch", "job": "job"} for number in range(3)}
    await stage.define(
        workflow(
            "w",
            times("l", 3, cached("a")),
            cached("c", "${a}", inputParameters={"a": "${workflow.input.n}", "job": "job"}),
            dynamic_fork("f", tasks="${workflow.input.branches}", inputs=inputs),
            join("j"),
        )
    )

    def script(task: dict[str, Any]) -> Deed:
        if task["attempt"] < 1:
            return Deed(status="FAILED", reason="not yet")
        return telling(task)

    stage.worker("w1", "a", script=script)
    stage.worker("w2", "c", script=telling)
    await stage.submit("job", "w", input={"job": "job", "n": 1, "branches": branches})


@scenario
async def a_rerun_keeps_a_new_output(stage: Stage) -> None:
    await stage.define(workflow("w", cached("a"), simple("b", inputParameters={"job": "x"})))
    stage.worker("w1", "a", "b", script=telling)
    await stage.submit("job", "w", input={"job": "job", "n": 1})
    document = await stage.until("job", ended)
    await stage.ask(
        "job.rerun",
        "job",
        taskId=document["tasks"][0]["taskId"],
        taskInput={"n": 1, "job": "rerun"},
    )
    await stage.until("job", status("COMPLETED"))
    await stage.submit("after", "w", input={"job": "after", "n": 1})

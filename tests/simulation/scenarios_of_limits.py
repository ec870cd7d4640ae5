"""Scenarios of tasks and jobs under limits."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow
from tests.simulation.definitions import simple, step, steps, task_type, workflow
from tests.simulation.scenarios import failing, scenario, silent
from tests.simulation.stage import Stage
from tests.simulation.workers import Deed


def working(seconds: float) -> Any:
    return lambda task: Deed(output={"by": task["ref"]}, after=seconds)


def branches(count: int, name: str = "a", **fields: Any) -> tuple[dict[str, Any], ...]:
    """A fork of so many tasks of one type."""
    tasks = [
        {**simple(name, **fields), "taskReferenceName": f"{name}{number}"}
        for number in range(count)
    ]
    return fork("f", *([one] for one in tasks)), join("j", *(f"{name}{n}" for n in range(count)))


@scenario
async def two_at_a_time(stage: Stage) -> None:
    await stage.types(task_type("a", concurrentExecLimit=2))
    await stage.define(workflow("w", *branches(6)))
    stage.worker("w1", "a", script=working(1)).count = 5
    stage.worker("w2", "a", script=working(2))
    await stage.submit("job", "w")


@scenario
async def three_within_ten_seconds(stage: Stage) -> None:
    await stage.types(task_type("a", rateLimitPerFrequency=3, rateLimitFrequencyInSeconds=10))
    await stage.define(workflow("w", *branches(7)))
    stage.worker("w1", "a").count = 5
    await stage.submit("job", "w")


@scenario
async def slots_of_attempts_that_fail_and_time_out(stage: Stage) -> None:
    await stage.types(
        task_type("a", concurrentExecLimit=1, retryCount=3),
        task_type("b", concurrentExecLimit=1, retryCount=3, responseTimeoutSeconds=4),
    )
    await stage.define(workflow("w", simple("a"), simple("b")))
    stage.worker("w1", "a", script=failing(2))
    stage.worker("w2", "b", script=silent(1))
    for name in ("first", "second", "third"):
        await stage.submit(name, "w")


@scenario
async def a_limit_of_the_definition_itself(stage: Stage) -> None:
    given = {"name": "a", "concurrentExecLimit": 1, "ownerEmail": "ops@example.com"}
    await stage.define(workflow("w", *branches(3, taskDefinition=given)))
    stage.worker("w1", "a", script=working(1)).count = 3
    await stage.submit("job", "w")


@scenario
async def a_limit_of_what_executors_do(stage: Stage) -> None:
    await stage.types(task_type("n", concurrentExecLimit=1, rateLimitPerFrequency=2))
    await stage.types(task_type("/justworkflowit/noop", concurrentExecLimit=1))
    await stage.define(
        workflow("w", *branches(4, "n", type="NOOP")),
        steps("s", step("m", "/justworkflowit/noop", "o"), step("o", "/justworkflowit/noop")),
    )
    await stage.submit("job", "w")
    await stage.submit("other", "s")


@scenario
async def a_limit_that_changes_underway(stage: Stage) -> None:
    await stage.types(task_type("a", concurrentExecLimit=1))
    await stage.define(workflow("w", *branches(6)))
    stage.worker("w1", "a", script=working(3)).count = 6
    await stage.submit("job", "w")
    await stage.until("job", lambda job: sum(one["kind"] == "slot" for one in job["waitingFor"]))
    await stage.types(task_type("a", concurrentExecLimit=3))
    await stage.until("job", lambda job: job["tasks"][2]["status"] == "COMPLETED")
    await stage.types(task_type("a"))


@scenario
async def workers_that_leave_and_call_back(stage: Stage) -> None:
    await stage.types(task_type("a", concurrentExecLimit=1, retryCount=2))
    await stage.define(workflow("w", simple("a")))

    def script(task: dict[str, Any]) -> Deed:
        if task["pollCount"] == 1:
            return Deed(status="IN_PROGRESS", output={"half": True}, callback=3)
        return Deed(output={"whole": True}, after=2)

    stage.worker("w1", "a", script=script)
    for name in ("first", "second"):
        await stage.submit(name, "w")


def rate_limit(most: int = 1, key: str | None = None, policy: str = "QUEUE") -> dict[str, Any]:
    return {
        "rateLimitConfig": {
            **({} if key is None else {"rateLimitKey": key}),
            "concurrentExecLimit": most,
            "policy": policy,
        }
    }


@scenario
async def jobs_in_line(stage: Stage) -> None:
    await stage.define(
        workflow("w", simple("a"), **rate_limit(2, "key")),
        workflow("v", simple("a"), **rate_limit(2, "key")),
    )
    stage.worker("w1", "a", script=working(1)).count = 9
    for name in ("1", "2", "3", "4", "5"):
        await stage.submit(name, "w" if name in "135" else "v", priority=9 if name == "5" else 0)


@scenario
async def jobs_in_line_that_end_as_they_begin(stage: Stage) -> None:
    nothing = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    await stage.define(workflow("w", nothing, **rate_limit(1, "${workflow.input.who}")))
    for name in ("1", "2", "3", "4"):
        await stage.submit(name, "w", input={"who": "one" if name in "123" else None})


@scenario
async def jobs_that_leave_the_line(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), **rate_limit()))
    for name in ("1", "2", "3"):
        await stage.submit(name, "w")
    await stage.ask("job.terminate", "2", reason="by hand")
    await stage.ask("job.terminate", "1", reason="by hand")
    stage.worker("w1", "a")


@scenario
async def jobs_that_want_their_slot_back(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), simple("b"), **rate_limit()))
    worker = stage.worker("w1", "a", script=failing(1, status="FAILED_WITH_TERMINAL_ERROR"))
    for name in ("1", "2", "3"):
        await stage.submit(name, "w")
        await stage.until(name, lambda job: job["status"] == "FAILED")
    await worker.stop()
    await stage.submit("4", "w")
    await stage.ask("job.retry", "1")
    await stage.ask("job.restart", "2")
    await stage.ask("job.rerun", "3")
    stage.worker("w2", "a", "b", script=working(1))


@scenario
async def children_in_line(stage: Stage) -> None:
    await stage.define(
        workflow("child", simple("a"), **rate_limit(1, "children")),
        workflow(
            "parent",
            fork("f", [sub_workflow("s1", "child")], [sub_workflow("s2", "child")]),
            join("j", "s1", "s2"),
        ),
        workflow("own", sub_workflow("s", "child"), **rate_limit(1, "children")),
    )
    stage.in_order = False
    stage.worker("w1", "a", script=working(1))
    await stage.submit("job", "parent")
    await stage.submit("other", "own")


@scenario
async def a_child_that_its_parent_has_no_slot_for_again(stage: Stage) -> None:
    await stage.define(
        workflow("child", simple("a")),
        workflow("parent", sub_workflow("s", "child"), simple("b"), **rate_limit()),
    )
    worker = stage.worker("w1", "a", script=failing(1, status="FAILED_WITH_TERMINAL_ERROR"))
    await stage.submit("job", "parent")
    child = await stage.child("job", "s")
    await stage.until("job", lambda job: job["status"] == "FAILED")
    await worker.stop()
    await stage.submit("other", "parent")
    await stage.child("other", "s")
    await stage.ask("job.retry", child)
    await stage.until("job", lambda job: job["status"] != "FAILED")
    stage.worker("w2", "a", "b", script=working(1))


@scenario
async def jobs_of_a_pool(stage: Stage) -> None:
    nothing = "/justworkflowit/noop"
    await stage.define(
        steps("s", step("a", "a", "n"), step("n", nothing)),
        workflow("w", simple("a"), **rate_limit(1, "key")),
    )
    pool = await stage.client.ask(
        "pool.create", name="p", workerLimit=2, targetedWorkflows=["s", "w"]
    )
    for name in ("1", "2", "3", "4"):
        await stage.submit(name, "s" if name in "13" else "w")
    await stage.client.ask("pool.update", poolId=pool["poolId"], workerLimit=9)
    await stage.submit("5", "s")
    await stage.client.ask("pool.delete", poolId=pool["poolId"])
    await stage.submit("6", "s")
    stage.worker("w1", "a", script=working(1)).count = 9

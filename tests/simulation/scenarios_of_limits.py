"""Scenarios of tasks and jobs under limits."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join
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

"""The scenarios that are crashed after every commit. Each comes out the same way every time,
whenever its daemon is killed: what workers do depends on the step and the attempt only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.definitions import simple, step, steps, task_type, workflow
from tests.simulation.stage import Stage, ended, status, task_is
from tests.simulation.workers import Deed, Script

Scenario = Callable[[Stage], Awaitable[None]]

SCENARIOS: dict[str, Scenario] = {}

FLAGS: dict[Scenario, dict[str, Any]] = {}
"""Settings of the scenarios that want other ones than the defaults."""

NOOP = "/justworkflowit/noop"


def scenario(act: Scenario) -> Scenario:
    SCENARIOS[act.__name__] = act
    return act


def under(**flags: Any) -> Callable[[Scenario], Scenario]:
    """``@under(jobs__max_tasks=8)``: the scenario runs with these settings."""

    def marked(act: Scenario) -> Scenario:
        FLAGS[act] = flags
        return act

    return marked


def failing(times: int, *, status: str = "FAILED") -> Script:
    """The first ``times`` attempts fail."""

    def script(task: dict[str, Any]) -> Deed:
        if task["attempt"] < times:
            return Deed(status=status, reason="not yet")
        return Deed(output={"attempt": task["attempt"]})

    return script


def silent(times: int) -> Script:
    """Nothing is ever heard of the first ``times`` attempts."""
    return lambda task: (
        Deed(status=None) if task["attempt"] < times else Deed(output={"at": task["attempt"]})
    )


@scenario
async def sequence_of_tasks(stage: Stage) -> None:
    given = {"from": "${a_ref.output.by}", "job": "${workflow.input.job}"}
    await stage.define(workflow("w", simple("a"), simple("b", inputParameters=given)))
    stage.worker("w1", "a", "b")
    for name in ("first", "second"):
        await stage.submit(name, "w")


@scenario
async def steps_with_a_noop_and_a_branch(stage: Stage) -> None:
    branch = {"if": [{"==": [{"var": "a.output.by"}, "a"]}, "n", "b"]}
    await stage.define(steps("s", step("a", "a", branch), step("n", NOOP, "b"), step("b", "b")))
    stage.worker("w1", "a", "b")
    await stage.submit("job", "s")


@scenario
async def nothing_but_noops(stage: Stage) -> None:
    await stage.define(steps("s", step("n", NOOP, "m"), step("m", NOOP)))
    for name in ("first", "second"):
        await stage.submit(name, "s")


@scenario
async def retries_with_every_backoff(stage: Stage) -> None:
    for logic in ("FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF"):
        settings = {"retryLogic": logic, "retryDelaySeconds": 3, "backoffJitterMs": 200}
        await stage.types(task_type(logic, retryCount=3, maxRetryDelaySeconds=5, **settings))
        await stage.define(workflow(f"w-{logic}", simple(logic)))
        stage.worker(f"w{logic}", logic, script=failing(2))
    for logic in ("FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF"):
        await stage.submit(logic, f"w-{logic}")


@scenario
async def response_timeouts(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=2, responseTimeoutSeconds=4))
    await stage.define(workflow("w", simple("a")))
    stage.worker("w1", "a", script=silent(2))
    await stage.submit("job", "w")


@scenario
async def task_timeout_ends_the_job(stage: Stage) -> None:
    await stage.types(
        task_type("a", retryCount=0, timeoutSeconds=5, responseTimeoutSeconds=4),
        task_type("b", retryCount=0, timeoutSeconds=7, responseTimeoutSeconds=3),
    )
    await stage.define(workflow("w", simple("b")), workflow("v", simple("a")))
    stage.worker("w1", "b", script=lambda task: Deed(after=20, heartbeats=30))
    stage.worker("w2", "a", script=silent(1))
    await stage.submit("job", "w")
    await stage.submit("other", "v")


@scenario
async def poll_timeout(stage: Stage) -> None:
    await stage.types(
        task_type("a", pollTimeoutSeconds=5, timeoutPolicy="RETRY", retryCount=1),
        task_type("b", pollTimeoutSeconds=5, timeoutPolicy="TIME_OUT_WF"),
    )
    await stage.define(workflow("w", simple("a")), workflow("v", simple("b")))
    await stage.submit("retried", "w")
    await stage.submit("timed out", "v")
    await stage.until("retried", lambda job: len(job["tasks"]) == 2)
    stage.worker("w1", "a")


@scenario
async def total_timeout(stage: Stage) -> None:
    await stage.types(
        task_type("a", retryCount=50, totalTimeoutSeconds=10, timeoutPolicy="TIME_OUT_WF")
    )
    await stage.define(workflow("w", simple("a", startDelay=2)))
    stage.worker("w1", "a", script=silent(1))
    await stage.submit("job", "w")


@scenario
async def failure_workflow(stage: Stage) -> None:
    await stage.define(
        workflow("cleanup", simple("c")),
        workflow("w", simple("a"), failureWorkflow="cleanup"),
        workflow("v", simple("a"), failureWorkflow="nowhere"),
    )
    stage.worker("w1", "c")
    stage.worker("w2", "a", script=failing(1, status="FAILED_WITH_TERMINAL_ERROR"))
    await stage.submit("started", "w")
    await stage.submit("refused", "v")


@scenario
async def failure_workflow_of_a_job_that_fails_as_it_starts(stage: Stage) -> None:
    expression = {"expression": "workflow.input.job", "type": "JSON_PATH"}
    await stage.define(
        workflow("cleanup", simple("c")),
        workflow("w", simple("a", inputExpression=expression), failureWorkflow="cleanup"),
    )
    stage.worker("w1", "c")
    await stage.submit("job", "w")


@scenario
async def paused_and_resumed(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), simple("b")))
    stage.worker("w1", "a", script=lambda task: Deed(output={"x": 1}, after=3))
    stage.worker("w2", "b")
    await stage.submit("job", "w")
    await stage.until("job", task_is("a_ref", "IN_PROGRESS"))
    await stage.ask("job.pause", "job")
    await stage.until("job", task_is("a_ref", "COMPLETED"))
    await asyncio.sleep(5)
    await stage.ask("job.resume", "job")


@scenario
async def paused_over_a_deadline(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=1, responseTimeoutSeconds=4))
    await stage.define(workflow("w", simple("a")))
    stage.worker("w1", "a", script=silent(1))
    await stage.submit("job", "w")
    await stage.until("job", task_is("a_ref", "IN_PROGRESS"))
    await stage.ask("job.pause", "job")
    await asyncio.sleep(10)
    await stage.ask("job.resume", "job")


@scenario
async def optional_task(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=1))
    await stage.define(workflow("w", simple("a", optional=True), simple("b")))
    stage.worker("w1", "a", script=failing(9))
    stage.worker("w2", "b")
    await stage.submit("job", "w")


@scenario
async def start_delay(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a", startDelay=7), simple("b", startDelay=3)))
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")


@scenario
async def completed_from_outside(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a", asyncComplete=True), simple("b")))
    stage.worker("w1", "a", "b")
    await stage.submit("after", "w")
    await stage.submit("before", "w")
    await stage.ask("job.sendEvent", "before", eventId="a_ref", payload={"early": True})
    await stage.until("after", lambda job: job["waitingFor"][0]["kind"] == "outsideEvent")
    await stage.ask("job.sendEvent", "after", eventId="a_ref", payload={"paid": True})


@scenario
async def alert_only(stage: Stage) -> None:
    fields = {"timeoutPolicy": "ALERT_ONLY", "timeoutSeconds": 5}
    await stage.define(workflow("w", simple("a"), **fields))
    await stage.submit("job", "w")
    await asyncio.sleep(8)
    stage.worker("w1", "a")


@scenario
async def job_timeout(stage: Stage) -> None:
    fields = {"timeoutPolicy": "TIME_OUT_WF", "timeoutSeconds": 5}
    await stage.define(
        workflow("cleanup", simple("c")),
        workflow("w", simple("a"), failureWorkflow="cleanup", **fields),
    )
    stage.worker("w1", "c")
    await stage.submit("job", "w")


@scenario
async def callbacks(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a")))
    waits = Deed(status="IN_PROGRESS", callback=5, output={"half": True})

    def script(task: dict[str, Any]) -> Deed:
        return waits if first.setdefault(task["taskId"], task["pollCount"]) >= 1 else Deed()

    first: dict[str, int] = {}
    worker = stage.worker("w1", "a", script=script)
    await stage.submit("job", "w")
    await stage.until("job", lambda job: job["tasks"][0]["output"])
    worker.script = lambda task: Deed(output={"whole": True})


@scenario
async def retried_restarted_and_rerun(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), simple("b")))
    stage.worker("w1", "a")
    worker = stage.worker("w2", "b", script=failing(9, status="FAILED_WITH_TERMINAL_ERROR"))
    for name in ("retried", "restarted", "rerun", "terminated"):
        await stage.submit(name, "w")
        await stage.until(name, status("FAILED"))
    worker.script = lambda task: Deed(output={"now": True})
    await stage.ask("job.retry", "retried")
    await stage.ask("job.restart", "restarted")
    await stage.ask("job.terminate", "terminated", reason="enough")
    failed = (await stage.job("rerun"))["tasks"][0]["taskId"]
    await stage.ask("job.rerun", "rerun", taskId=failed, taskInput={"again": True})


@scenario
async def skipped_in_advance(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), simple("b"), simple("c")))
    await stage.submit("job", "w")
    await stage.ask("job.skipTask", "job", ref="b_ref", output={"skipped": True})
    stage.worker("w1", "a", "c")


@scenario
async def vanished_worker(stage: Stage) -> None:
    await stage.define(steps("s", step("a", "a", "b"), step("b", "b")))
    worker = stage.worker("w1", "a", script=lambda task: Deed(status=None))
    await stage.submit("job", "s")
    await stage.until("job", task_is("a", "IN_PROGRESS"))
    await worker.stop()
    stage.worker("w2", "a", "b")


@scenario
async def late_and_repeated_results(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=1, responseTimeoutSeconds=2))
    await stage.define(workflow("w", simple("a"), simple("b")))
    late = {0: Deed(after=6, output={"late": True}), 1: Deed(after=0.5, twice=True)}
    stage.worker("w1", "a", script=lambda task: late[task["attempt"]])
    stage.worker("w2", "b", script=lambda task: Deed(after=1, leaves=True, output={"b": 1}))
    await stage.submit("job", "w")


@scenario
async def versions_tags_and_types_change_underway(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=0))
    await stage.define(steps("s", step("a", "a")))
    await stage.submit("first", "s")
    await stage.define(steps("s", step("a", "a", "b"), step("b", "b")), live=False)
    await stage.submit("still first", "s")
    await stage.client.ask("tag.set", workflow="s", tag="$LIVE", version={"versionNumber": 2})
    await stage.types(task_type("a", retryCount=1))
    await stage.submit("second", "s")
    await stage.client.ask("taskType.delete", name="a")
    stage.worker("w1", "a", "b")


@scenario
async def many_at_once(stage: Stage) -> None:
    await stage.define(workflow("w", simple("a"), simple("b")))
    stage.worker("w1", "a", "b").count = 3
    await asyncio.gather(*(stage.submit(f"job {number}", "w") for number in range(6)))


@scenario
@under(jobs__max_tasks=8)
async def held_by_the_limit_of_tasks(stage: Stage) -> None:
    await stage.define(steps("s", step("n", NOOP, "n")))
    await stage.submit("job", "s")
    await stage.until("job", status("PAUSED"))
    await stage.ask("job.resume", "job")
    await stage.until("job", lambda job: status("PAUSED")(job) and len(job["tasks"]) > 8)
    await stage.ask("job.terminate", "job", reason="round and round")
    await stage.until("job", ended)

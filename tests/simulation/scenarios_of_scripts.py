"""Scenarios of scripts: tasks that run one, and expressions that a job waits for."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.dialects.tasks.definitions import loop, switch, task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.scenarios import scenario
from tests.simulation.stage import Stage, status, task_is

JOB = "${workflow.input.job}"


def inline(ref: str, expression: str, **fields: Any) -> dict[str, Any]:
    given = {"evaluatorType": "javascript", "expression": expression, "job": JOB}
    return task(ref, type="INLINE", inputParameters=given, **fields)


def jq(ref: str, query: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="JSON_JQ_TRANSFORM", inputParameters={"queryExpression": query, **given})


def chosen_by_script(expression: str, **cases: Any) -> dict[str, Any]:
    """A SWITCH that needs an engine."""
    return switch("s", JOB, cases, evaluatorType="javascript", expression=expression)


BROKEN = "[1].map(x => x.nothing.here)[0]"
LENGTH = "[$.by].map(x => 'of ' + x.length)[0]"


@scenario
async def inline_and_jq(stage: Stage) -> None:
    script = inline("i", "(function () { return {letters: $.job.split('')} })()")
    query = jq("q", ".letters | map(ascii_upcase)", letters="${i.output.result.letters}")
    await stage.define(workflow("w", script, query, simple("a")))
    stage.worker("w1", "a")
    await stage.submit("job", "w")


@scenario
async def scripts_that_fail(stage: Stage) -> None:
    await stage.define(
        workflow("inline", inline("i", "[].map(x => x)(1)")),
        workflow("optional", inline("i", "[].map(x => x)(1)", optional=True), simple("a")),
        workflow("jq", jq("q", ".x + 1", x={"no": "number"})),
        workflow("switch", chosen_by_script(BROKEN, x=[simple("a")])),
        workflow("loop", loop("l", BROKEN, simple("a"))),
    )
    stage.worker("w1", "a")
    for name in ("inline", "optional", "jq", "switch", "loop"):
        await stage.submit(name, name)


@scenario
async def a_script_that_failed_is_retried(stage: Stage) -> None:
    await stage.define(workflow("w", chosen_by_script(BROKEN, x=[simple("a")])))
    await stage.submit("job", "w")
    await stage.until("job", status("FAILED"))
    await stage.ask("job.retry", "job")
    await stage.until("job", status("FAILED"))


@scenario
async def an_answer_that_comes_while_the_job_is_paused(stage: Stage) -> None:
    await stage.define(
        workflow("w", simple("a"), chosen_by_script(LENGTH, **{"of 3": [simple("b")]}))
    )
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")
    await stage.until("job", task_is("s", "IN_PROGRESS"))
    await stage.ask("job.pause", "job")
    await asyncio.sleep(9)
    await stage.ask("job.resume", "job")


@scenario
async def terminated_while_a_script_runs(stage: Stage) -> None:
    """The answer comes to a job that does not wait for it any more."""
    await stage.define(
        workflow("w", simple("a"), chosen_by_script(LENGTH, **{"of 7": [simple("b")]}))
    )
    stage.worker("w1", "a", "b")
    for name, method in (("restart", "job.restart"), ("retried", "job.retry")):
        await stage.submit(name, "w")
        await stage.until(name, task_is("s", "IN_PROGRESS"))
        await stage.ask("job.terminate", name, reason="enough")
        await stage.ask(method, name)


@scenario
async def terminated_with_an_answer_that_was_kept(stage: Stage) -> None:
    await stage.define(workflow("w", chosen_by_script(LENGTH, **{"of 3": [simple("b")]})))
    stage.worker("w1", "b")
    await stage.submit("job", "w")
    await stage.ask("job.pause", "job")
    await asyncio.sleep(9)
    await stage.ask("job.terminate", "job", reason="enough")
    await stage.ask("job.retry", "job")


@scenario
async def the_condition_of_a_loop_while_paused(stage: Stage) -> None:
    await stage.types(task_type("a", retryCount=1))
    script = "[$.l['iteration']].filter(x => x < 2).length == 1"
    await stage.define(workflow("w", loop("l", script, simple("a")), simple("b")))
    stage.worker("w1", "a", "b")
    await stage.submit("job", "w")
    await stage.until("job", task_is("a_ref__1", "COMPLETED"))
    await stage.ask("job.pause", "job")
    await asyncio.sleep(9)
    await stage.ask("job.resume", "job")

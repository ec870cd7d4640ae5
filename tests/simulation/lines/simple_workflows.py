"""SimpleWorkflowSpec: two workers one after the other."""

from __future__ import annotations

from typing import Any

from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import BAD, Hand, failure, line

GIVEN = {"param1": "p1 value", "param2": "p2 value"}


def t1_t2(**fields: Any) -> dict[str, Any]:
    first = {"p1": "${workflow.input.param1}", "p2": "${workflow.input.param2}"}
    second = {"tp1": "${workflow.input.param1}", "tp2": "${t1_ref.output.op}"}
    tasks = (simple("t1", inputParameters=first), simple("t2", inputParameters=second))
    output = {"o1": "${workflow.input.param1}", "o2": "${t2_ref.output.two}"}
    return workflow("w", *tasks, outputParameters=output, **fields)


async def once_only(hand: Hand) -> None:
    """No task is retried by itself."""
    await hand.types(task_type("t1", retryCount=0), task_type("t2", retryCount=0))


@line
async def simple_two_workers_complete(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.shows("RUNNING", "t1_ref SCHEDULED")
    await hand.completes("t1", op="done")
    await hand.shows("RUNNING", "t1_ref COMPLETED", "t2_ref SCHEDULED")
    taken = await hand.completes("t2", two=2)
    assert taken["input"] == {"tp1": "p1 value", "tp2": "done"}
    ended = await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")
    assert ended["output"] == {"o1": "p1 value", "o2": 2}
    assert ended["reason"] is None


@line
async def simple_null_values_flow_through(hand: Hand) -> None:
    await hand.define(t1_t2())
    await hand.start(input={"param1": None, "param2": "p2"})
    taken = await hand.completes("t1", op=None)
    assert taken["input"] == {"p1": None, "p2": "p2"}
    taken = await hand.completes("t2")
    assert taken["input"] == {"tp1": None, "tp2": None}
    ended = await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")
    assert ended["input"] == {"param1": None, "param2": "p2"}
    assert ended["output"] == {"o1": None, "o2": None}


@line
async def simple_a_terminal_error_fails_the_run_at_once(hand: Hand) -> None:
    await hand.types(task_type("t1", retryCount=3))
    await hand.define(workflow("w", simple("t1"), simple("t2")))
    await hand.start()
    await hand.fails("t1", "broken for good", status=BAD, got=1)
    ended = await hand.shows("FAILED", f"t1_ref {BAD}")
    assert ended["reason"] == failure(await hand.task("t1_ref"), "broken for good")
    assert ended["output"] == {"got": 1}


@line
async def simple_a_response_timeout_gives_another_attempt(hand: Hand) -> None:
    await hand.types(task_type("t1", responseTimeoutSeconds=10, retryCount=1, retryDelaySeconds=0))
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    first = await hand.takes("t1")
    again = await hand.takes("t1")
    if again["taskId"] == first["taskId"]:  # A crash put it back into its queue.
        again = await hand.takes("t1")
    assert again["attempt"] == 1
    await hand.shows("RUNNING", "t1_ref TIMED_OUT", "t1_ref SCHEDULED")
    reason = (await hand.task("t1_ref", attempt=0))["reason"]
    assert reason == (
        f"responseTimeout: 10 exceeded for the taskId: {first['taskId']} with Task Definition: t1"
    )
    await hand.reports(again, "COMPLETED", output={"op": 1})
    await hand.completes("t2")
    await hand.shows("COMPLETED", "t1_ref TIMED_OUT", "t1_ref COMPLETED", "t2_ref COMPLETED")


@line
async def simple_definitions_with_and_without_a_schema_version(hand: Hand) -> None:
    without = workflow("without", simple("t1"))
    del without["schemaVersion"]
    await hand.define(without, workflow("with", simple("t1")))
    for name in ("with", "without"):
        await hand.start(name, name)
        await hand.completes("t1")
        await hand.shows("COMPLETED", "t1_ref COMPLETED", name=name)


@line
async def simple_restart_with_the_old_definition(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.fails("t1")
    await hand.shows("FAILED", "t1_ref FAILED")
    await hand.define({**workflow("w", simple("t1"), simple("t2"), simple("t3")), "version": 2})
    await hand.ask("job.restart")
    again = await hand.shows("RUNNING", "t1_ref SCHEDULED")
    assert (again["versionNumber"], again["reason"], again["output"]) == (1, None, None)
    await hand.completes("t1")
    await hand.completes("t2")
    await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")


@line
async def simple_restart_with_the_latest_definition(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.completes("t1")
    await hand.fails("t2")
    await hand.shows("FAILED", "t1_ref COMPLETED", "t2_ref FAILED")
    more = workflow("w", simple("t1"), simple("t2"), simple("t20"))
    await hand.define({**more, "version": 2})
    await hand.ask("job.restart", useLatest=True)
    again = await hand.shows("RUNNING", "t1_ref SCHEDULED")
    assert again["versionNumber"] == 2
    for name in ("t1", "t2", "t20"):
        await hand.completes(name)
    await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED", "t20_ref COMPLETED")


@line
async def simple_automatic_retries(hand: Hand) -> None:
    await hand.types(task_type("t1", retryCount=2, retryDelaySeconds=0))
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.fails("t1", "first")
    await hand.shows("RUNNING", "t1_ref FAILED", "t1_ref SCHEDULED")
    assert (await hand.task("t1_ref"))["reason"] == "first"
    await hand.fails("t1", "second")
    await hand.completes("t1", op=1)
    await hand.completes("t2")
    ended = await hand.shows(
        "COMPLETED", "t1_ref FAILED", "t1_ref FAILED", "t1_ref COMPLETED", "t2_ref COMPLETED"
    )
    first, second, third, _ = ended["tasks"]
    assert [task["attempt"] for task in (first, second, third)] == [0, 1, 2]
    assert [task["retried"] for task in (first, second, third)] == [True, True, False]
    assert second["retriedTaskId"] == first["taskId"]
    assert third["retriedTaskId"] == second["taskId"]
    assert third["reason"] is None


@line
async def simple_retries_by_hand(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(t1_t2())
    await hand.start(input=GIVEN)
    await hand.completes("t1", op=1)
    await hand.fails("t2", "one")
    await hand.shows("FAILED", "t1_ref COMPLETED", "t2_ref FAILED")
    await hand.ask("job.retry")
    again = await hand.shows("RUNNING", "t1_ref COMPLETED", "t2_ref FAILED", "t2_ref SCHEDULED")
    assert (again["reason"], again["tasks"][-1]["reason"]) == (None, None)
    await hand.fails("t2", "two")
    twice = ("t1_ref COMPLETED", "t2_ref FAILED", "t2_ref FAILED")
    await hand.shows("FAILED", *twice)
    await hand.ask("job.retry")
    await hand.completes("t2")
    ended = await hand.shows("COMPLETED", *twice, "t2_ref COMPLETED")
    assert [task["attempt"] for task in ended["tasks"]] == [0, 0, 1, 2]


@line
async def simple_a_long_running_worker_keeps_its_task(hand: Hand) -> None:
    await hand.define(workflow("w", simple("t1"), simple("t2")))
    await hand.start()
    first = await hand.takes("t1")
    await hand.reports(first, "IN_PROGRESS", callbackAfterSeconds=5, output={"half": 1})
    half = await hand.shows("RUNNING", "t1_ref SCHEDULED")
    assert half["tasks"][0]["output"] == {"half": 1}
    again = await hand.takes("t1")
    assert again["taskId"] == first["taskId"]
    assert again["pollCount"] > first["pollCount"]
    await hand.reports(again, "COMPLETED", output={"whole": 1})
    await hand.completes("t2")
    ended = await hand.shows("COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED")
    assert ended["tasks"][0]["output"] == {"whole": 1}


@line
async def simple_a_callback_hides_the_task_until_it_is_over(hand: Hand) -> None:
    await hand.define(workflow("w", simple("t1")))
    await hand.start()
    first = await hand.takes("t1")
    await hand.reports(first, "IN_PROGRESS", callbackAfterSeconds=500)
    await hand.none_to_take("t1")
    before = hand.stage.world.now
    await hand.completes("t1")
    assert hand.stage.world.now - before > 400 * 1_000_000
    await hand.shows("COMPLETED", "t1_ref COMPLETED")


@line
async def simple_restartable_false_holds_for_completed_runs_only(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(workflow("w", simple("t1"), restartable=False))
    await hand.start()
    await hand.fails("t1")
    await hand.shows("FAILED", "t1_ref FAILED")
    await hand.ask("job.restart")
    await hand.completes("t1")
    await hand.shows("COMPLETED", "t1_ref COMPLETED")
    await hand.refused("job.restart", "notRestartable")

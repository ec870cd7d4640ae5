"""DoWhileSpec: a list of tasks again and again."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, loop, sub_workflow, switch, task, times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, failure, line

SCRIPT = "(function () { return $.value * 2; })()"


def inline(ref: str, **given: Any) -> dict[str, Any]:
    return task(ref, type="INLINE", inputParameters={"evaluatorType": "javascript", **given})


def mixed_body() -> tuple[dict[str, Any], ...]:
    """Five tasks: a script, a worker's, a fork of two, a join."""
    return (
        inline("i", expression="$.value", value=1),
        simple("t1"),
        fork("f", [simple("t2")], [simple("t3")]),
        join("j", "t2_ref", "t3_ref"),
    )


@line
async def loop_of_two_mixed_iterations(hand: Hand) -> None:
    await hand.define(workflow("w", times("l", 2, *mixed_body())))
    await hand.start()
    done: list[str] = []
    for number in (1, 2):
        await hand.shows(
            "RUNNING",
            *("l IN_PROGRESS", *done, f"i__{number} COMPLETED", f"t1_ref__{number} SCHEDULED"),
        )
        await hand.completes("t1", one=number)
        begun = [f"i__{number} COMPLETED", f"t1_ref__{number} COMPLETED", f"f__{number} COMPLETED"]
        await hand.shows(
            "RUNNING",
            *("l IN_PROGRESS", *done, *begun, f"t2_ref__{number} SCHEDULED"),
            *(f"t3_ref__{number} SCHEDULED", f"j__{number} IN_PROGRESS"),
        )
        await hand.completes("t2", two=number)
        await hand.completes("t3", three=number)
        done += [*begun, f"t2_ref__{number} COMPLETED", f"t3_ref__{number} COMPLETED"]
        done.append(f"j__{number} COMPLETED")
    ended = await hand.shows("COMPLETED", "l COMPLETED", *done)
    assert ended["tasks"][0]["output"] == {"iteration": 2, "1": _whole(1), "2": _whole(2)}
    assert {task["iteration"] for task in ended["tasks"][1:7]} == {1}


def _whole(number: int) -> dict[str, Any]:
    """What an iteration of the mixed body gives."""
    return {
        "i": {"result": 1},
        "t1_ref": {"one": number},
        "f": {},
        "t2_ref": {"two": number},
        "t3_ref": {"three": number},
        "j": {f"t2_ref__{number}": {"two": number}, f"t3_ref__{number}": {"three": number}},
    }


@line
async def loop_of_system_tasks_needs_nobody(hand: Hand) -> None:
    query = {"queryExpression": ".value + 1", "value": "${i.output.result}"}
    body = (
        inline("i", expression="$.value", value="${l.output.iteration}"),
        task("q", type="JSON_JQ_TRANSFORM", inputParameters=query),
        task("s", type="SET_VARIABLE", inputParameters={"last": "${q.output.result}"}),
    )
    await hand.define(workflow("w", times("l", 2, *body), task("n", type="NOOP")))
    await hand.start()
    ended = await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "i__1 COMPLETED", "q__1 COMPLETED", "s__1 COMPLETED"),
        *("i__2 COMPLETED", "q__2 COMPLETED", "s__2 COMPLETED", "n COMPLETED"),
    )
    assert ended["variables"] == {"last": 3}


@line
async def loop_of_one_iteration_around_a_fork(hand: Hand) -> None:
    await hand.define(workflow("w", times("l", 1, *mixed_body()), simple("t4")))
    await hand.start()
    for name in ("t1", "t2", "t3", "t4"):
        await hand.completes(name)
    await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "i__1 COMPLETED", "t1_ref__1 COMPLETED", "f__1 COMPLETED"),
        *("t2_ref__1 COMPLETED", "t3_ref__1 COMPLETED", "j__1 COMPLETED", "t4_ref COMPLETED"),
    )


@line
async def loop_around_a_sub_workflow(hand: Hand) -> None:
    await hand.define(
        workflow("child", simple("t3")),
        workflow("w", times("l", 2, simple("t1"), sub_workflow("s", "child"))),
    )
    await hand.start()
    for number in (1, 2):
        await hand.completes("t1")
        await hand.child(f"s__{number}")
        await hand.completes("t3", three=number)
    ended = await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "t1_ref__1 COMPLETED", "s__1 COMPLETED"),
        *("t1_ref__2 COMPLETED", "s__2 COMPLETED"),
    )
    assert ended["tasks"][0]["output"]["2"]["s"]["three"] == 2


@line
async def loops_one_after_the_other(hand: Hand) -> None:
    await hand.define(
        workflow("w", times("l", 1, simple("t1")), times("m", 2, simple("t2")), simple("t3"))
    )
    await hand.start()
    for name in ("t1", "t2", "t2", "t3"):
        await hand.completes(name)
    await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "t1_ref__1 COMPLETED", "m COMPLETED", "t2_ref__1 COMPLETED"),
        *("t2_ref__2 COMPLETED", "t3_ref COMPLETED"),
    )


@line
async def loop_with_a_failed_task_and_a_retry_by_hand(hand: Hand) -> None:
    await hand.types(task_type("t1", retryCount=0))
    await hand.define(workflow("w", times("l", 1, simple("t1"), simple("t2"))))
    await hand.start()
    await hand.shows("RUNNING", "l IN_PROGRESS", "t1_ref__1 SCHEDULED")
    await hand.fails("t1", "broken")
    ended = await hand.shows("FAILED", "l CANCELED", "t1_ref__1 FAILED")
    assert ended["reason"] == failure(ended["tasks"][1], "broken")
    await hand.ask("job.retry")
    again = await hand.stage.until("job", lambda job: job["status"] == "RUNNING")
    open_now = [task["ref"] for task in again["tasks"] if task["endedAt"] is None]
    assert sorted(open_now) == ["l", "t1_ref__1"]
    await hand.completes("t1", one=1)
    await hand.completes("t2", two=2)
    ended = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert (await hand.task("l"))["output"] == {
        "iteration": 1,
        "1": {"t1_ref": {"one": 1}, "t2_ref": {"two": 2}},
    }


@line
async def loop_with_an_automatic_retry(hand: Hand) -> None:
    await hand.types(task_type("t1", retryCount=1, retryDelaySeconds=0))
    await hand.define(workflow("w", times("l", 2, simple("t1"))))
    await hand.start()
    await hand.completes("t1", one=1)
    await hand.fails("t1", "once")
    taken = await hand.completes("t1", one=2)
    assert (taken["attempt"], taken["ref"]) == (1, "t1_ref__2")
    ended = await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "t1_ref__1 COMPLETED", "t1_ref__2 FAILED", "t1_ref__2 COMPLETED"),
    )
    assert ended["tasks"][0]["output"]["2"] == {"t1_ref": {"one": 2}}


@line
async def loop_as_the_branch_of_a_fork(hand: Hand) -> None:
    branches = fork("f", [times("l", 2, simple("t1"))], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "l", "t2_ref"), simple("t3")))
    await hand.start()
    await hand.completes("t2")
    await hand.completes("t1")
    await hand.shows(
        "RUNNING",
        *("f COMPLETED", "l IN_PROGRESS", "t2_ref COMPLETED", "j IN_PROGRESS"),
        *("t1_ref__1 COMPLETED", "t1_ref__2 SCHEDULED"),
    )
    await hand.completes("t1")
    await hand.completes("t3")
    ended = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert next(t for t in ended["tasks"] if t["ref"] == "j")["output"]["l"]["iteration"] == 2


@line
async def loop_condition_by_the_outputs_of_its_tasks(hand: Hand) -> None:
    condition = "if ($.t1_ref['more'] == true && $.l['iteration'] < 9) { true; } else { false; }"
    await hand.define(workflow("w", loop("l", condition, simple("t1"))))
    await hand.start()
    for more in (True, True, False):
        await hand.completes("t1", more=more)
    await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "t1_ref__1 COMPLETED", "t1_ref__2 COMPLETED", "t1_ref__3 COMPLETED"),
    )


@line
async def loop_with_a_variable(hand: Hand) -> None:
    """It sees the sum of the iteration before."""
    add = {
        "expression": "$.sum + $.n",
        "sum": "${workflow.variables.sum}",
        "n": "${t1_ref.output.n}",
    }
    body = (
        simple("t1"),
        inline("i", **add),
        task("s", type="SET_VARIABLE", inputParameters={"sum": "${i.output.result}"}),
    )
    await hand.define(workflow("w", times("l", 3, *body), variables={"sum": 10}))
    await hand.start()
    for number in (1, 2, 3):
        await hand.completes("t1", n=number)
    ended = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert (ended["variables"], len(ended["tasks"])) == ({"sum": 16}, 10)


@line
async def loop_with_a_decision_inside(hand: Hand) -> None:
    cases = {"1": [simple("t1")], "2": [simple("t2")]}
    await hand.define(workflow("w", times("l", 3, switch("s", "${l.output.iteration}", cases))))
    await hand.start()
    await hand.completes("t1")
    await hand.completes("t2")
    await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "s__1 COMPLETED", "t1_ref__1 COMPLETED"),
        *("s__2 COMPLETED", "t2_ref__2 COMPLETED", "s__3 COMPLETED"),
    )


@line
async def loop_of_five_hundred_iterations(hand: Hand) -> None:
    await hand.define(workflow("w", times("l", 500, task("n", type="NOOP"))))
    await hand.start()
    ended = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert len(ended["tasks"]) == 501
    assert ended["tasks"][0]["output"]["iteration"] == 500


@line
async def loop_keeps_the_last_iterations_of_dynamic_forks(hand: Hand) -> None:
    given = {"forkTaskName": "t5", "forkTaskInputs": [{"a": 1}]}
    body = (task("f", type="FORK_JOIN_DYNAMIC", inputParameters=given), join("j"))
    await hand.define(workflow("w", times("l", 4, *body, inputParameters={"keepLastN": 2})))
    await hand.start()
    for _ in range(4):
        await hand.completes("t5")
    ended = await hand.shows(
        "COMPLETED",
        *("l COMPLETED", "f__3 COMPLETED", "_f_t5_0__3 COMPLETED", "j__3 COMPLETED"),
        *("f__4 COMPLETED", "_f_t5_0__4 COMPLETED", "j__4 COMPLETED"),
    )
    assert list(ended["tasks"][0]["output"]) == ["iteration", "3", "4"]


@line
async def loop_over_items(hand: Hand) -> None:
    given = {"item": "${l.output.loopItem}", "at": "${l.output.loopIndex}"}
    body = simple("t1", inputParameters=given)
    await hand.define(workflow("w", loop("l", "", body, items="${workflow.input.items}")))
    await hand.start(input={"items": ["a", "b"]})
    for at, item in enumerate(("a", "b")):
        assert (await hand.completes("t1", it=item))["input"] == {"item": item, "at": at}
    ended = await hand.shows(
        "COMPLETED", "l COMPLETED", "t1_ref__1 COMPLETED", "t1_ref__2 COMPLETED"
    )
    assert ended["tasks"][0]["output"] == {
        "iteration": 2,
        "loopIndex": 1,
        "loopItem": "b",
        "1": {"t1_ref": {"it": "a"}},
        "2": {"t1_ref": {"it": "b"}},
    }

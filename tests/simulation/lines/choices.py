"""SwitchTaskSpec, DecisionTaskSpec and ExclusiveJoinSpec: one of several ways."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, switch, task
from tests.simulation.definitions import simple, workflow
from tests.simulation.lines.hand import Hand, line

CASE = "${workflow.input.case}"


def decision(ref: str, value: Any, cases: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = {"caseValueParam": "by", "inputParameters": {"by": value}}
    return task(ref, type="DECISION", **given, decisionCases=cases, **fields)


async def goes(hand: Hand, chosen: dict[str, Any], ways: dict[Any, list[str]]) -> None:
    """Each value leads through exactly these SIMPLE tasks, and then t9."""
    await hand.define(workflow("w", chosen, simple("t9")))
    for value, names in ways.items():
        name = f"job {value}"
        await hand.start(name=name, input={"case": value})
        for one in (*names, "t9"):
            await hand.completes(one)
        ways_gone = (f"{one}_ref COMPLETED" for one in (*names, "t9"))
        await hand.shows("COMPLETED", "s COMPLETED", *ways_gone, name=name)


@line
async def switch_simple_cases(hand: Hand) -> None:
    cases = {"c": [simple("t1"), simple("t2")], "e": []}
    chosen = switch("s", CASE, cases, defaultCase=[simple("t3")])
    await goes(hand, chosen, {"c": ["t1", "t2"], "e": [], "other": ["t3"]})


@line
async def decision_simple_cases(hand: Hand) -> None:
    """Unlike a SWITCH it takes the default for a case that is empty."""
    cases = {"c": [simple("t1"), simple("t2")], "e": []}
    chosen = decision("s", CASE, cases, defaultCase=[simple("t3")])
    await goes(hand, chosen, {"c": ["t1", "t2"], "e": ["t3"], "other": ["t3"]})


async def default_shown(hand: Hand, chosen: dict[str, Any], output: Any) -> None:
    await hand.define(workflow("w", chosen))
    for value in ("xxx", None):
        name = f"job {value}"
        await hand.start(name=name, input={"case": value})
        await hand.completes("t3")
        ended = await hand.shows("COMPLETED", "s COMPLETED", "t3_ref COMPLETED", name=name)
        assert ended["tasks"][0]["output"] == output("xxx" if value else "null")


@line
async def switch_default_case(hand: Hand) -> None:
    chosen = switch("s", CASE, {"c": [simple("t1")]}, defaultCase=[simple("t3")])
    await default_shown(
        hand, chosen, lambda case: {"evaluationResult": [case], "selectedCase": case}
    )


@line
async def decision_default_case(hand: Hand) -> None:
    chosen = decision("s", CASE, {"c": [simple("t1")]}, defaultCase=[simple("t3")])
    await default_shown(hand, chosen, lambda case: {"caseOutput": [case]})


async def leads_to_a_fork(hand: Hand, make: Any) -> None:
    branch = [fork("f", [simple("t1")], [simple("t2")]), join("j", "t1_ref", "t2_ref")]
    await hand.define(workflow("w", make("s", CASE, {"c": branch}), simple("t9")))
    await hand.start(input={"case": "c"})
    begun = ("s COMPLETED", "f COMPLETED")
    await hand.shows("RUNNING", *begun, "t1_ref SCHEDULED", "t2_ref SCHEDULED", "j IN_PROGRESS")
    for name in ("t1", "t2", "t9"):
        await hand.completes(name)
    ways = ("t1_ref COMPLETED", "t2_ref COMPLETED", "j COMPLETED", "t9_ref COMPLETED")
    await hand.shows("COMPLETED", *begun, *ways)


@line
async def switch_leading_to_a_fork(hand: Hand) -> None:
    await leads_to_a_fork(hand, switch)


@line
async def decision_leading_to_a_fork(hand: Hand) -> None:
    await leads_to_a_fork(hand, decision)


async def nested(hand: Hand, make: Any) -> None:
    inner = make("n", "${workflow.input.inner}", {"x": [simple("t1")], "y": [simple("t2")]})
    await hand.define(workflow("w", make("s", CASE, {"c": [inner, simple("t3")]}), simple("t9")))
    await hand.start(input={"case": "c", "inner": "y"})
    for name in ("t2", "t3", "t9"):
        await hand.completes(name)
    ways = ("t2_ref COMPLETED", "t3_ref COMPLETED", "t9_ref COMPLETED")
    await hand.shows("COMPLETED", "s COMPLETED", "n COMPLETED", *ways)


@line
async def switch_nested(hand: Hand) -> None:
    await nested(hand, switch)


@line
async def decision_nested(hand: Hand) -> None:
    await nested(hand, decision)


async def three(hand: Hand, make: Any) -> None:
    """A case of several steps, the last of which may notify."""
    notify = make("n", "${workflow.input.notify}", {"yes": [simple("t4")]})
    steps = [simple("t1"), simple("t2"), simple("t3"), notify]
    await hand.define(workflow("w", make("s", CASE, {"three": steps})))
    for asked, last in (("yes", ["t4"]), ("no", [])):
        await hand.start(name=asked, input={"case": "three", "notify": asked})
        for name in ("t1", "t2", "t3", *last):
            await hand.completes(name)
        ways = ("t1_ref COMPLETED", "t2_ref COMPLETED", "t3_ref COMPLETED", "n COMPLETED")
        more = (f"{name}_ref COMPLETED" for name in last)
        await hand.shows("COMPLETED", "s COMPLETED", *ways, *more, name=asked)


@line
async def switch_three_steps_and_a_notification(hand: Hand) -> None:
    await three(hand, switch)


@line
async def decision_three_steps_and_a_notification(hand: Hand) -> None:
    await three(hand, decision)


@line
async def switch_without_a_default(hand: Hand) -> None:
    await hand.define(workflow("w", switch("s", CASE, {"c": [simple("t1")]})))
    await hand.start(input={"case": "nothing"})
    ended = await hand.shows("COMPLETED", "s COMPLETED")
    assert ended["output"] == {"evaluationResult": ["nothing"], "selectedCase": "nothing"}
    assert ended["tasks"][0]["input"] == {"by": "nothing", "case": "nothing"}


@line
async def switch_by_a_script_shows_its_case(hand: Hand) -> None:
    script = {"evaluatorType": "javascript", "expression": "[$.by, 'x'].join('-')"}
    await hand.define(workflow("w", switch("s", CASE, {"c-x": [simple("t1")]}, **script)))
    await hand.start(input={"case": "c"})
    await hand.completes("t1")
    ended = await hand.shows("COMPLETED", "s COMPLETED", "t1_ref COMPLETED")
    assert ended["tasks"][0]["input"] == {"by": "c", "case": "c-x", "hasChildren": "true"}


# --- ExclusiveJoinSpec: t1, then one or two decisions, and the join of what came last ---


def exclusive() -> dict[str, Any]:
    third = decision("d3", "${t2_ref.output.taskReferenceName}", {"task2": [simple("t4")]})
    third["defaultCase"] = [simple("t5")]
    first = decision("d1", "${workflow.input.one}", {"true": [simple("t2"), third], "false": []})
    second = decision("d2", "${workflow.input.two}", {"true": [simple("t3")]})
    joined = task(
        "x",
        type="EXCLUSIVE_JOIN",
        joinOn=["t4_ref", "t5_ref", "t3_ref"],
        defaultExclusiveJoinTask=["t1_ref"],
    )
    return workflow("w", simple("t1"), first, second, joined)


async def joins_exclusively(
    hand: Hand, given: dict[str, str], names: list[str], chosen: str, says: str = "task2"
) -> None:
    await hand.define(exclusive())
    await hand.start(input=given)
    for name in names:
        word = says if name == "t2" else name
        await hand.completes(name, taskReferenceName=word)
    ended = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert ended["tasks"][-1]["ref"] == "x"
    assert ended["output"] == {"taskReferenceName": chosen}
    assert ended["tasks"][-1]["input"] == {
        "joinOn": ["t4_ref", "t5_ref", "t3_ref"],
        "defaultExclusiveJoinTask": ["t1_ref"],
    }


@line
async def exclusive_join_by_default(hand: Hand) -> None:
    await joins_exclusively(hand, {"one": "false", "two": "false"}, ["t1"], "t1")


@line
async def exclusive_join_one_decision_true(hand: Hand) -> None:
    await joins_exclusively(hand, {"one": "false", "two": "true"}, ["t1", "t3"], "t3")


@line
async def exclusive_join_both_decisions_true(hand: Hand) -> None:
    given = {"one": "true", "two": "true"}
    await joins_exclusively(hand, given, ["t1", "t2", "t4", "t3"], "t4")


@line
async def exclusive_join_third_decision_true(hand: Hand) -> None:
    given = {"one": "true", "two": "false"}
    await joins_exclusively(hand, given, ["t1", "t2", "t4"], "t4")


@line
async def exclusive_join_third_decision_by_default(hand: Hand) -> None:
    given = {"one": "true", "two": "false"}
    await joins_exclusively(hand, given, ["t1", "t2", "t5"], "t5", says="other")

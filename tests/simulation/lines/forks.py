"""ForkJoinSpec and ForkJoinSyncModeIntegrationTest: branches side by side."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow, switch, task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import BAD, Hand, failure, line


def fan_in_out(**first: Any) -> dict[str, Any]:
    """[t1, t3] and [t2] side by side, then t4."""
    branches = fork("f", [simple("t1", **first), simple("t3")], [simple("t2")])
    return workflow("w", branches, join("j", "t3_ref", "t2_ref"), simple("t4"))


async def once_only(hand: Hand, *more: str) -> None:
    for name in ("t1", "t2", "t3", "t4", *more):
        await hand.types(task_type(name, retryCount=0))


@line
async def fork_success(hand: Hand) -> None:
    await hand.define(fan_in_out())
    await hand.start()
    await hand.shows(
        "RUNNING", "f COMPLETED", "t1_ref SCHEDULED", "t2_ref SCHEDULED", "j IN_PROGRESS"
    )
    await hand.completes("t1", one=1)
    await hand.shows(
        "RUNNING",
        *("f COMPLETED", "t1_ref COMPLETED", "t2_ref SCHEDULED", "j IN_PROGRESS"),
        "t3_ref SCHEDULED",
    )
    await hand.completes("t2", two=2)
    await hand.shows(
        "RUNNING",
        *("f COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED", "j IN_PROGRESS"),
        "t3_ref SCHEDULED",
    )
    await hand.completes("t3", three=3)
    through = ("f COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED", "j COMPLETED")
    joined = await hand.shows("RUNNING", *through, "t3_ref COMPLETED", "t4_ref SCHEDULED")
    assert joined["tasks"][3]["input"] == {"joinOn": ["t3_ref", "t2_ref"]}
    assert joined["tasks"][3]["output"] == {"t3_ref": {"three": 3}, "t2_ref": {"two": 2}}
    await hand.completes("t4")
    await hand.shows("COMPLETED", *through, "t3_ref COMPLETED", "t4_ref COMPLETED")


@line
async def fork_failure_of_one_branch(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(fan_in_out())
    await hand.start()
    await hand.completes("t1")
    await hand.fails("t2", "broken")
    ended = await hand.shows(
        "FAILED",
        *("f COMPLETED", "t1_ref COMPLETED", "t2_ref FAILED", "j CANCELED", "t3_ref CANCELED"),
    )
    assert ended["reason"] == failure(ended["tasks"][2], "broken")


@line
async def fork_permissive_failure_waits_for_the_other_branch(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(fan_in_out(permissive=True))
    await hand.start()
    await hand.fails("t1", "let pass")
    await hand.completes("t3")
    await hand.shows(
        "RUNNING",
        *("f COMPLETED", "t1_ref FAILED", "t2_ref SCHEDULED", "j IN_PROGRESS", "t3_ref COMPLETED"),
    )
    await hand.completes("t2")
    await hand.completes("t4")
    ended = await hand.shows(
        "FAILED",
        *("f COMPLETED", "t1_ref FAILED", "t2_ref COMPLETED", "j COMPLETED"),
        *("t3_ref COMPLETED", "t4_ref COMPLETED"),
    )
    assert ended["reason"] == failure(ended["tasks"][1], "let pass")


@line
async def fork_permissive_failure_of_a_joined_task_fails_the_join(hand: Hand) -> None:
    await once_only(hand)
    branches = fork("f", [simple("t1", permissive=True)], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t1_ref", "t2_ref"), simple("t4")))
    await hand.start()
    await hand.fails("t1", "let pass")
    await hand.shows("RUNNING", "f COMPLETED", "t1_ref FAILED", "t2_ref SCHEDULED", "j IN_PROGRESS")
    await hand.completes("t2", two=2)
    ended = await hand.shows(
        "FAILED", "f COMPLETED", "t1_ref FAILED", "t2_ref COMPLETED", "j FAILED"
    )
    assert ended["tasks"][3]["reason"] == "let pass"
    assert ended["reason"] == failure(ended["tasks"][3], "let pass")
    await hand.ask("job.retry")
    await hand.completes("t1")
    await hand.completes("t4")
    again = await hand.stage.until("job", lambda job: job["status"] == "COMPLETED")
    assert (await hand.task("j"))["output"] == {"t2_ref": {"two": 2}}
    assert [task["status"] for task in again["tasks"] if task["ref"] == "t1_ref"] == [
        "FAILED",
        "COMPLETED",
    ]


@line
async def fork_retry_of_a_failed_one_opens_its_join_again(hand: Hand) -> None:
    await once_only(hand)
    await hand.define(fan_in_out())
    await hand.start()
    await hand.completes("t1")
    await hand.fails("t2")
    before = ("f COMPLETED", "t1_ref COMPLETED", "t2_ref FAILED")
    await hand.shows("FAILED", *before, "j CANCELED", "t3_ref CANCELED")
    await hand.ask("job.retry")
    again = ("t3_ref CANCELED", "t2_ref SCHEDULED", "t3_ref SCHEDULED")
    opened = await hand.shows("RUNNING", *before, "j IN_PROGRESS", *again)
    assert opened["tasks"][3]["attempt"] == 0
    for name in ("t2", "t3", "t4"):
        await hand.completes(name)
    await hand.shows(
        "COMPLETED",
        *(*before, "j COMPLETED", "t3_ref CANCELED"),
        *("t2_ref COMPLETED", "t3_ref COMPLETED", "t4_ref COMPLETED"),
    )


@line
async def fork_nested_with_a_decision(hand: Hand) -> None:
    by = {"type": "DECISION", "caseValueParam": "by", "inputParameters": {"by": "a"}}
    decision = task("d", **by, decisionCases={"a": [simple("t13"), simple("t14")]})
    inner = fork("g", [simple("t11"), decision], [simple("t12")])
    branch = [inner, join("k", "t14_ref", "t12_ref")]
    outer = fork("f", branch, [simple("t1")])
    await hand.define(workflow("w", outer, join("j", "k", "t1_ref"), simple("t2")))
    await hand.start()
    begun = ("f COMPLETED", "g COMPLETED", "t11_ref SCHEDULED", "t12_ref SCHEDULED")
    await hand.shows("RUNNING", *begun, "k IN_PROGRESS", "t1_ref SCHEDULED", "j IN_PROGRESS")
    for name in ("t1", "t12", "t11", "t13", "t14", "t2"):
        await hand.completes(name)
    ended = await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "g COMPLETED", "t11_ref COMPLETED", "t12_ref COMPLETED", "k COMPLETED"),
        *("t1_ref COMPLETED", "j COMPLETED", "d COMPLETED", "t13_ref COMPLETED"),
        *("t14_ref COMPLETED", "t2_ref COMPLETED"),
    )
    assert ended["tasks"][7]["input"] == {"case": "a", "hasChildren": "true"}
    assert ended["tasks"][7]["output"] == {"caseOutput": ["a"]}


@line
async def fork_nested_with_a_sub_workflow(hand: Hand) -> None:
    inner = fork("g", [sub_workflow("s", "child")], [simple("t12")])
    outer = fork("f", [inner, join("k", "s", "t12_ref")], [simple("t1")])
    await hand.define(
        workflow("child", simple("t3")),
        workflow("w", outer, join("j", "k", "t1_ref"), simple("t2")),
    )
    await hand.start()
    await hand.child("s")
    for name in ("t1", "t12", "t3", "t2"):
        await hand.completes(name, by=name)
    ended = await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "g COMPLETED", "s COMPLETED", "t12_ref COMPLETED", "k COMPLETED"),
        *("t1_ref COMPLETED", "j COMPLETED", "t2_ref COMPLETED"),
    )
    assert ended["tasks"][4]["output"]["s"]["by"] == "t3"


@line
async def fork_of_optional_sub_workflows(hand: Hand) -> None:
    await once_only(hand)
    branches = [[sub_workflow(ref, ref, optional=True)] for ref in ("s1", "s2")]
    await hand.define(
        workflow("s1", simple("t1")),
        workflow("s2", simple("t2")),
        workflow("w", fork("f", *branches), join("j", "s1", "s2")),
    )
    await hand.start()
    first = await hand.child("s1")
    await hand.child("s2")
    await hand.fails("t1", "one")
    await hand.fails("t2", "two")
    done = ("f COMPLETED", "s1 COMPLETED_WITH_ERRORS", "s2 COMPLETED_WITH_ERRORS")
    ended = await hand.shows("COMPLETED", *done, "j COMPLETED_WITH_ERRORS")
    named = " ".join(f"do_{task['ref']}/{task['taskId']}" for task in ended["tasks"][1:3])
    assert ended["tasks"][3]["reason"] == f"{named} completed with errors"
    await hand.ask("job.retry", first)
    await hand.completes("t1")
    await hand.shows("COMPLETED", "t1_ref FAILED", "t1_ref COMPLETED", name=first)
    await hand.shows("COMPLETED", *done, "j COMPLETED_WITH_ERRORS")


@line
async def fork_of_permissive_sub_workflows_that_a_user_terminates(hand: Hand) -> None:
    branches = [[sub_workflow(ref, ref, permissive=True)] for ref in ("s1", "s2")]
    await hand.define(
        workflow("s1", simple("t1")),
        workflow("s2", simple("t2")),
        workflow("w", fork("f", *branches), join("j", "s1", "s2")),
    )
    await hand.start()
    for ref in ("s1", "s2"):
        await hand.ask("job.terminate", await hand.child(ref), reason=f"enough of {ref}")
    ended = await hand.shows(
        "TERMINATED", "f COMPLETED", "s1 CANCELED", "s2 CANCELED", "j CANCELED"
    )
    assert ended["reason"].startswith(f"Task {ended['tasks'][3]['taskId']} failed with status: ")


@line
async def fork_a_sub_workflow_task_is_retried_with_a_second_child(hand: Hand) -> None:
    await once_only(hand)
    await hand.types(task_type("do_s", retryCount=1, retryDelaySeconds=0))
    branches = fork("f", [sub_workflow("s", "child")], [simple("t2")])
    await hand.define(
        workflow("child", simple("t1")), workflow("w", branches, join("j", "s", "t2_ref"))
    )
    await hand.start()
    first = await hand.child("s")
    await hand.fails("t1")
    await hand.shows("FAILED", "t1_ref FAILED", name=first)
    await hand.stage.until("job", lambda job: len(job["tasks"]) == 5)
    second = await hand.child("s")
    assert second != first
    await hand.completes("t1")
    await hand.completes("t2")
    await hand.shows(
        "COMPLETED", "f COMPLETED", "s FAILED", "t2_ref COMPLETED", "j COMPLETED", "s COMPLETED"
    )


# --- ForkJoinSyncModeIntegrationTest ---


async def joined_so(hand: Hand, mode: dict[str, Any], count: int = 3) -> None:
    names = [f"b{number}" for number in range(count)]
    branches = fork("f", *([simple(name)] for name in names))
    on = join("j", *(f"{name}_ref" for name in names), **mode)
    await hand.define(workflow("w", branches, on, simple("t4")))
    await hand.start()
    for name in names:
        await hand.completes(name, by=name)
    joined = await hand.shows(
        "RUNNING",
        *("f COMPLETED", *(f"{name}_ref COMPLETED" for name in names), "j COMPLETED"),
        "t4_ref SCHEDULED",
    )
    output = {f"{name}_ref": {"by": name} for name in names}
    assert joined["tasks"][count + 1]["output"] == output
    await hand.completes("t4")


@line
async def fork_join_mode_sync(hand: Hand) -> None:
    await joined_so(hand, {"joinMode": "SYNC"})


@line
async def fork_join_mode_by_default(hand: Hand) -> None:
    await joined_so(hand, {})


@line
async def fork_join_mode_async(hand: Hand) -> None:
    await joined_so(hand, {"joinMode": "ASYNC"})


@line
async def fork_of_ten_branches(hand: Hand) -> None:
    await joined_so(hand, {"joinMode": "SYNC"}, 10)


@line
async def fork_an_optional_branch_fails(hand: Hand) -> None:
    await once_only(hand)
    branches = fork("f", [simple("t1", optional=True)], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t1_ref", "t2_ref", joinMode="SYNC")))
    await hand.start()
    await hand.fails("t1", status=BAD)
    await hand.completes("t2")
    await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "t1_ref COMPLETED_WITH_ERRORS", "t2_ref COMPLETED"),
        "j COMPLETED_WITH_ERRORS",
    )


@line
async def fork_a_required_branch_fails(hand: Hand) -> None:
    branches = fork("f", [simple("t1")], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t1_ref", "t2_ref", joinMode="SYNC")))
    await hand.start()
    await hand.fails("t1", status=BAD)
    await hand.shows("FAILED", "f COMPLETED", f"t1_ref {BAD}", "t2_ref CANCELED", "j CANCELED")


@line
async def fork_a_join_on_some_does_not_wait_for_the_rest(hand: Hand) -> None:
    branches = fork("f", [simple("t1")], [simple("t2")])
    await hand.define(workflow("w", branches, join("j", "t1_ref", joinMode="SYNC"), simple("t4")))
    await hand.start()
    await hand.completes("t1")
    await hand.completes("t4")
    most = ("f COMPLETED", "t1_ref COMPLETED")
    await hand.shows("RUNNING", *most, "t2_ref SCHEDULED", "j COMPLETED", "t4_ref COMPLETED")
    await hand.completes("t2")
    await hand.shows("COMPLETED", *most, "t2_ref COMPLETED", "j COMPLETED", "t4_ref COMPLETED")


@line
async def fork_nested_with_sync_joins(hand: Hand) -> None:
    inner = [fork("g", [simple("t1")], [simple("t2")]), join("k", "t1_ref", "t2_ref")]
    inner[1]["joinMode"] = "SYNC"
    cases = switch("s", "a", {"a": [simple("t3")]})
    await hand.define(
        workflow("w", fork("f", inner, [cases]), join("j", "k", "s", "t3_ref", joinMode="SYNC"))
    )
    await hand.start()
    for name in ("t1", "t2", "t3"):
        await hand.completes(name)
    await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "g COMPLETED", "t1_ref COMPLETED", "t2_ref COMPLETED", "k COMPLETED"),
        *("s COMPLETED", "t3_ref COMPLETED", "j COMPLETED"),
    )

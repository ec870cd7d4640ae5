"""DynamicForkJoinSpec: branches that the input names."""

from __future__ import annotations

from typing import Any

from tests.dialects.tasks.definitions import dynamic_fork, join, sub_workflow, task
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, failure, line


def dynamic(*more: dict[str, Any]) -> dict[str, Any]:
    """t1 gives the branches, t4 comes after them."""
    given = {"tasks": "${t1_ref.output.tasks}", "inputs": "${t1_ref.output.inputs}"}
    forked = dynamic_fork("f", **given)
    return workflow("w", simple("t1"), forked, join("j"), *(more or (simple("t4"),)))


def two_branches(second: dict[str, Any] | None = None) -> dict[str, Any]:
    tasks = [simple("t2"), second or simple("t3")]
    inputs = {tasks[0]["taskReferenceName"]: {"k1": "v1"}, tasks[1]["taskReferenceName"]: {"k2": 2}}
    return {"tasks": tasks, "inputs": inputs}


BEGUN = ("t1_ref COMPLETED", "f COMPLETED")


@line
async def dynamic_fork_success(hand: Hand) -> None:
    await hand.define(dynamic())
    await hand.start()
    await hand.completes("t1", **two_branches())
    forked = await hand.shows(
        "RUNNING", *BEGUN, "t2_ref SCHEDULED", "t3_ref SCHEDULED", "j IN_PROGRESS"
    )
    assert forked["tasks"][1]["input"]["forkedTasks"] == ["t2_ref", "t3_ref"]
    assert (await hand.completes("t2", two=2))["input"] == {"k1": "v1"}
    assert (await hand.completes("t3", three=3))["input"] == {"k2": 2}
    joined = await hand.shows(
        "RUNNING",
        *BEGUN,
        *("t2_ref COMPLETED", "t3_ref COMPLETED", "j COMPLETED", "t4_ref SCHEDULED"),
    )
    assert joined["tasks"][4]["input"] == {"joinOn": ["t2_ref", "t3_ref"]}
    assert joined["tasks"][4]["output"] == {"t2_ref": {"two": 2}, "t3_ref": {"three": 3}}
    await hand.completes("t4")
    await hand.shows(
        "COMPLETED",
        *BEGUN,
        *("t2_ref COMPLETED", "t3_ref COMPLETED", "j COMPLETED", "t4_ref COMPLETED"),
    )


@line
async def dynamic_fork_a_forked_task_fails(hand: Hand) -> None:
    """Nobody registered its type: no retry."""
    await hand.define(dynamic())
    await hand.start()
    await hand.completes("t1", **two_branches())
    await hand.fails("t2", "it is broken")
    ended = await hand.shows("FAILED", *BEGUN, "t2_ref FAILED", "t3_ref CANCELED", "j CANCELED")
    assert ended["reason"] == failure(ended["tasks"][2], "it is broken")


@line
async def dynamic_fork_retry(hand: Hand) -> None:
    await hand.define(dynamic())
    await hand.start()
    await hand.completes("t1", **two_branches())
    await hand.fails("t2")
    before = (*BEGUN, "t2_ref FAILED", "t3_ref CANCELED")
    await hand.shows("FAILED", *before, "j CANCELED")
    await hand.ask("job.retry")
    await hand.shows("RUNNING", *before, "j IN_PROGRESS", "t2_ref SCHEDULED", "t3_ref SCHEDULED")
    for name in ("t2", "t3", "t4"):
        await hand.completes(name)
    await hand.shows(
        "COMPLETED",
        *(*before, "j COMPLETED"),
        *("t2_ref COMPLETED", "t3_ref COMPLETED", "t4_ref COMPLETED"),
    )


@line
async def dynamic_fork_retry_with_a_forked_sub_workflow(hand: Hand) -> None:
    await hand.types(task_type("t5", retryCount=0))
    await hand.define(workflow("child", simple("t5")), dynamic())
    await hand.start()
    await hand.completes("t1", **two_branches(sub_workflow("s", "child")))
    first = await hand.child("s")
    await hand.fails("t5", "no")
    before = (*BEGUN, "t2_ref CANCELED", "s FAILED")
    await hand.shows("FAILED", *before, "j CANCELED")
    await hand.ask("job.retry")
    second = await hand.child("s")
    assert second != first
    await hand.completes("t2")
    await hand.completes("t5", five=5)
    await hand.completes("t4")
    ended = await hand.shows(
        "COMPLETED",
        *(*before, "j COMPLETED"),
        *("t2_ref COMPLETED", "s COMPLETED", "t4_ref COMPLETED"),
    )
    assert ended["tasks"][4]["output"]["s"]["five"] == 5


@line
async def dynamic_fork_of_nothing(hand: Hand) -> None:
    await hand.define(dynamic())
    await hand.start()
    await hand.completes("t1", tasks=[], inputs={})
    empty = await hand.shows("RUNNING", *BEGUN, "j COMPLETED", "t4_ref SCHEDULED")
    assert empty["tasks"][2]["output"] == {}
    await hand.completes("t4")
    await hand.shows("COMPLETED", *BEGUN, "j COMPLETED", "t4_ref COMPLETED")


@line
async def dynamic_fork_invalid_input(hand: Hand) -> None:
    cases: dict[str, dict[str, Any]] = {
        "Input 'tasks' is invalid. Cannot deserialize a list of Workflow Tasks from 'seven'": {
            "tasks": "seven",
            "inputs": {},
        },
        "Input 'tasks' is invalid. Cannot deserialize a list of Workflow Tasks from 'null'": {
            "inputs": {}
        },
        "Input to the dynamically forked tasks is not a map -> expecting a map of K,V  but "
        "found [1, 2]": {"tasks": [], "inputs": [1, 2]},
    }
    await hand.define(dynamic())
    for number, (reason, output) in enumerate(cases.items()):
        await hand.start(name=f"job {number}")
        await hand.completes("t1", **output)
        ended = await hand.shows("FAILED", "t1_ref COMPLETED", name=f"job {number}")
        assert ended["reason"] == reason


@line
async def dynamic_fork_started_with_invalid_input(hand: Hand) -> None:
    """The start answers, and its run has failed."""
    given = {"tasks": "${workflow.input.tasks}", "inputs": "${workflow.input.inputs}"}
    await hand.define(workflow("w", dynamic_fork("f", **given), join("j")))
    await hand.start(input={"tasks": 3, "inputs": {}})
    ended = await hand.shows("FAILED")
    assert "Input 'tasks' is invalid." in ended["reason"]


@line
async def dynamic_fork_optional_tasks(hand: Hand) -> None:
    await hand.define(dynamic())
    await hand.start()
    await hand.completes("t1", **two_branches({**simple("t3"), "optional": True}))
    await hand.fails("t3", "let pass")
    await hand.completes("t2")
    await hand.completes("t4")
    await hand.shows(
        "COMPLETED",
        *BEGUN,
        *("t2_ref COMPLETED", "t3_ref COMPLETED_WITH_ERRORS", "j COMPLETED_WITH_ERRORS"),
        "t4_ref COMPLETED",
    )


@line
async def dynamic_fork_a_sub_workflow_without_a_name(hand: Hand) -> None:
    given = {"forkTaskWorkflow": "child", "forkTaskInputs": [{"a": 1}, {"a": 2}]}
    forked = task("f", type="FORK_JOIN_DYNAMIC", inputParameters=given)
    await hand.define(
        workflow("child", simple("t5", inputParameters={"a": "${workflow.input.a}"})),
        workflow("w", forked, join("j")),
    )
    await hand.start()
    for number in (0, 1):
        await hand.child(f"_f_{number}")
    seen = sorted([(await hand.completes("t5"))["input"]["a"] for _ in range(2)])
    assert seen == [1, 2]
    await hand.shows("COMPLETED", "f COMPLETED", "_f_0 COMPLETED", "_f_1 COMPLETED", "j COMPLETED")


@line
async def dynamic_fork_twice_of_the_same_task(hand: Hand) -> None:
    """The refs of the second are kept apart by its own."""
    given = {"forkTaskName": "t5", "forkTaskInputs": [{"a": 1}]}
    forks = [task(ref, type="FORK_JOIN_DYNAMIC", inputParameters=given) for ref in ("f", "g")]
    await hand.define(workflow("w", forks[0], join("j"), forks[1], join("k")))
    await hand.start()
    await hand.completes("t5")
    taken = await hand.completes("t5")
    assert taken["input"] == {"a": 1, "__index": 0}
    await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "_t5_0 COMPLETED", "j COMPLETED"),
        *("g COMPLETED", "_g_t5_0 COMPLETED", "k COMPLETED"),
    )

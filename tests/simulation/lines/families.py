"""SubWorkflowSpec, the Restart/Retry/Rerun specifications of three levels, their Hierarchical
twins (each level a fork), NestedForkJoinSubWorkflowSpec, InlineSubWorkflowFromExpressionSpec."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from tests.dialects.tasks.definitions import fork, join, sub_workflow, switch, task, times
from tests.simulation.definitions import simple, task_type, workflow
from tests.simulation.lines.hand import Hand, line
from tests.simulation.stage import Document

LEVELS = ("root", "mid", "leaf")


class Tree:
    """Three levels, each of which waits for the next; in the leaf ``t3`` fails. ``forked``:
    the root and the middle are forks whose other branch is done."""

    def __init__(self, hand: Hand, *, forked: bool) -> None:
        self.hand = hand
        self.names = {"root": "job"}
        self._forked = forked

    def tasks(self, job: str, sub: str, join_is: str = "COMPLETED") -> list[str]:
        """Of the root or the middle, with the sub workflow in this status."""
        if self._forked:
            return ["f COMPLETED", f"s {sub}", f"{job}_t2_ref COMPLETED", f"j {join_is}"]
        return [f"{job}_t1_ref COMPLETED", f"s {sub}"]

    def _level(self, name: str, below: str) -> dict[str, Any]:
        sub = sub_workflow("s", below)
        other = simple(f"{name}_t2")
        if self._forked:
            return workflow(name, fork("f", [sub], [other]), join("j", "s", f"{name}_t2_ref"))
        return workflow(name, simple(f"{name}_t1"), sub, other)

    async def grow(self) -> None:
        hand = self.hand
        await hand.types(*(task_type(name, retryCount=0) for name in ("t3", "do_s")))
        await hand.define(
            workflow("leaf", simple("t3"), simple("t4")),
            self._level("mid", "leaf"),
            self._level("root", "mid"),
        )
        await hand.start("root")
        await self._first("root")
        self.names["mid"] = await hand.child("s")
        await self._first("mid")
        self.names["leaf"] = await hand.child("s", self.names["mid"])

    async def _first(self, level: str) -> None:
        await self.hand.completes(f"{level}_t2" if self._forked else f"{level}_t1")

    async def fail(self) -> None:
        await self.hand.fails("t3", "in the leaf")
        await self.are("FAILED", "FAILED", "CANCELED")
        await self.hand.shows("FAILED", "t3_ref FAILED", name=self.names["leaf"])

    async def are(self, status: str, sub: str, join_is: str, *levels: str) -> None:
        for level in levels or ("mid", "root"):
            name = self.names[level]
            await self.hand.shows(status, *self.tasks(level, sub, join_is), name=name)

    async def go_through(self) -> None:
        """From the leaf up, until all have completed."""
        await self.hand.completes("t3")
        await self.finish()

    async def finish(self) -> None:
        await self.hand.completes("t4", four=4)
        if not self._forked:
            for level in ("mid", "root"):
                await self.hand.completes(f"{level}_t2")
        for level in ("mid", "root"):
            rest = () if self._forked else (f"{level}_t2_ref COMPLETED",)
            listed = [*self.tasks(level, "COMPLETED"), *rest]
            shown = await self.hand.stage.until(
                self.names[level], lambda job: job["status"] == "COMPLETED"
            )
            assert [f"{t['ref']} {t['status']}" for t in newest(shown)] == listed

    async def again(self, level: str) -> None:
        """The jobs below ``level`` are new ones."""
        for above, below in pairwise(LEVELS):
            if LEVELS.index(above) >= LEVELS.index(level):
                self.names[below] = await self.hand.child("s", self.names[above])


def newest(document: Document) -> list[Document]:
    """The last attempt of each step, where its first one stands."""
    latest: dict[str, Document] = {}
    for one in document["tasks"]:
        latest[one["ref"]] = one
    return list(latest.values())


async def grown(hand: Hand, *, forked: bool) -> Tree:
    tree = Tree(hand, forked=forked)
    await tree.grow()
    await tree.fail()
    return tree


async def goes_on_from_the_leaf(hand: Hand, method: str, *, forked: bool, **params: Any) -> None:
    """All ancestors are RUNNING again and their joins open, each in its place."""
    tree = await grown(hand, forked=forked)
    if method == "job.rerun":
        params["taskId"] = (await hand.task("t3_ref", tree.names["leaf"]))["taskId"]
    await hand.ask(method, tree.names["leaf"], **params)
    await tree.are("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    await tree.go_through()


async def goes_on_from_the_middle(hand: Hand, method: str, *, forked: bool) -> None:
    """The middle starts a new leaf; the root waits for the middle it has."""
    tree = await grown(hand, forked=forked)
    params = {}
    if method == "job.rerun":
        params["taskId"] = (await hand.task("s", tree.names["mid"]))["taskId"]
    await hand.ask(method, tree.names["mid"], **params)
    await tree.are("RUNNING", "IN_PROGRESS", "IN_PROGRESS", "root")
    if method == "job.restart":
        await tree._first("mid")
    await tree.again("mid")
    await tree.go_through()


async def goes_on_from_the_root(hand: Hand, method: str, *, forked: bool) -> None:
    """New children all the way down."""
    tree = await grown(hand, forked=forked)
    await hand.ask(method)
    if method != "job.retry":
        await tree._first("root")
    tree.names["mid"] = await hand.child("s")
    await tree._first("mid")
    tree.names["leaf"] = await hand.child("s", tree.names["mid"])
    await tree.go_through()


# --- Restart ---


@line
async def restart_of_the_leaf(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.restart", forked=False)


@line
async def restart_of_the_middle(hand: Hand) -> None:
    await goes_on_from_the_middle(hand, "job.restart", forked=False)


@line
async def restart_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.restart", forked=False)


@line
async def hierarchical_restart_of_the_leaf(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.restart", forked=True)


@line
async def hierarchical_restart_of_the_middle(hand: Hand) -> None:
    await goes_on_from_the_middle(hand, "job.restart", forked=True)


@line
async def hierarchical_restart_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.restart", forked=True)


# --- Retry ---


@line
async def retry_of_the_leaf(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.retry", forked=False)


@line
async def retry_of_the_middle(hand: Hand) -> None:
    await goes_on_from_the_middle(hand, "job.retry", forked=False)


@line
async def retry_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.retry", forked=False)


@line
async def hierarchical_retry_of_the_leaf(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.retry", forked=True)


@line
async def hierarchical_retry_of_the_middle(hand: Hand) -> None:
    await goes_on_from_the_middle(hand, "job.retry", forked=True)


@line
async def hierarchical_retry_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.retry", forked=True)


async def resumed(hand: Hand, level: str, *, forked: bool) -> None:
    """With the flag the failed leaf itself goes on, whichever ancestor is asked."""
    tree = await grown(hand, forked=forked)
    answer = await hand.ask("job.retry", tree.names[level], resumeSubworkflows=True)
    assert answer["jobId"] == hand.stage.jobs[tree.names["leaf"]]
    await tree.are("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    await hand.shows("RUNNING", "t3_ref FAILED", "t3_ref SCHEDULED", name=tree.names["leaf"])
    await tree.go_through()


@line
async def retry_of_the_root_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "root", forked=False)


@line
async def retry_of_the_middle_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "mid", forked=False)


@line
async def retry_of_the_leaf_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "leaf", forked=False)


@line
async def hierarchical_retry_of_the_root_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "root", forked=True)


@line
async def hierarchical_retry_of_the_middle_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "mid", forked=True)


@line
async def hierarchical_retry_of_the_leaf_with_the_resume_flag(hand: Hand) -> None:
    await resumed(hand, "leaf", forked=True)


# --- Rerun ---


@line
async def rerun_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.rerun", forked=False)


@line
async def rerun_of_the_middle_from_its_sub_workflow(hand: Hand) -> None:
    await goes_on_from_the_middle(hand, "job.rerun", forked=False)


@line
async def rerun_of_the_leaf_from_its_task(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.rerun", forked=False)


@line
async def hierarchical_rerun_of_the_root(hand: Hand) -> None:
    await goes_on_from_the_root(hand, "job.rerun", forked=True)


@line
async def hierarchical_rerun_of_the_leaf_from_its_task(hand: Hand) -> None:
    await goes_on_from_the_leaf(hand, "job.rerun", forked=True)


async def rerun_deep(hand: Hand, *, forked: bool) -> None:
    """The root is asked for a task of the leaf."""
    tree = await grown(hand, forked=forked)
    third = await hand.task("t3_ref", tree.names["leaf"])
    await hand.ask("job.rerun", taskId=third["taskId"], taskInput={"given": 1})
    await tree.are("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    assert (await hand.completes("t3"))["input"] == {"given": 1}
    await tree.finish()


@line
async def rerun_of_the_root_from_a_task_of_the_leaf(hand: Hand) -> None:
    await rerun_deep(hand, forked=False)


@line
async def hierarchical_rerun_of_the_root_from_a_task_of_the_leaf(hand: Hand) -> None:
    await rerun_deep(hand, forked=True)


# --- SubWorkflowSpec ---


@line
async def sub_workflow_a_parent_that_timed_out_is_revived_by_its_child(hand: Hand) -> None:
    fields = {"timeoutSeconds": 10, "timeoutPolicy": "TIME_OUT_WF"}
    await hand.define(
        workflow("child", simple("t3")), workflow("w", sub_workflow("s", "child"), **fields)
    )
    await hand.start()
    child = await hand.child("s")
    await asyncio.sleep(11)
    await hand.shows("TIMED_OUT", "s CANCELED")
    ended = await hand.shows("TERMINATED", "t3_ref CANCELED", name=child)
    assert ended["reason"] == (
        "Parent workflow has been terminated with reason: Workflow timed out after 10 seconds. "
        "Timeout configured as 10 seconds. Timeout policy configured to TIME_OUT_WF"
    )
    await hand.ask("job.retry", child)
    await hand.shows("RUNNING", "s IN_PROGRESS")
    await hand.completes("t3", three=3)
    ended = await hand.shows("COMPLETED", "s COMPLETED")
    assert ended["tasks"][0]["output"]["three"] == 3


@line
async def sub_workflow_a_terminated_child_terminates_its_parent(hand: Hand) -> None:
    await hand.define(workflow("child", simple("t3")), workflow("w", sub_workflow("s", "child")))
    await hand.start()
    child = await hand.child("s")
    await hand.ask("job.terminate", child, reason="by hand")
    ended = await hand.shows("TERMINATED", "s CANCELED")
    (sub,) = ended["tasks"]
    reason = f"Sub workflow child.1/{hand.stage.jobs[child]} failure reason: by hand"
    assert sub["reason"] == reason
    assert ended["reason"] == (
        f"Task {sub['taskId']} failed with status: TERMINATED and reason: '{reason}'"
    )


@line
async def sub_workflow_input_and_output(hand: Hand) -> None:
    child = workflow("child", simple("t3"), outputParameters={"o": "${t3_ref.output.three}"})
    given = sub_workflow("s", "child", inputParameters={"p": "${workflow.input.p}"})
    await hand.define(child, workflow("w", given, simple("t1")))
    await hand.start(input={"p": 7}, correlationId="same")
    name = await hand.child("s")
    await hand.completes("t3", three=3)
    await hand.completes("t1")
    ended = await hand.shows("COMPLETED", "s COMPLETED", "t1_ref COMPLETED")
    sub = ended["tasks"][0]
    assert sub["input"] == {
        "subWorkflowName": "child",
        "subWorkflowVersion": 1,
        "workflowInput": {"p": 7},
        "subWorkflowTaskToDomain": None,
        "subWorkflowDefinition": None,
        "priority": None,
        "idempotencyKey": None,
        "idempotencyStrategy": None,
    }
    assert sub["output"] == {"subWorkflowId": hand.stage.jobs[name], "o": 3}
    started = await hand.shows("COMPLETED", "t3_ref COMPLETED", name=name)
    assert (started["input"], started["correlationId"]) == ({"p": 7}, "same")


# --- NestedForkJoinSubWorkflowSpec: [[s | t2], t1 | t3] ---


class Nested:
    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.child = ""

    async def fail(self) -> None:
        inner = [fork("g", [sub_workflow("s", "child")], [simple("t2")]), join("k", "s", "t2_ref")]
        outer = fork("f", inner, [simple("t3")])
        await self.hand.types(task_type("t5", retryCount=0))
        await self.hand.define(
            workflow("child", simple("t5")),
            workflow("w", outer, join("j", "k", "t3_ref"), simple("t4")),
        )
        await self.hand.start()
        await self.begin()
        await self.hand.fails("t5", "in the child")
        await self.shows("FAILED", "FAILED", "CANCELED")

    async def begin(self) -> None:
        self.child = await self.hand.child("s")
        await self.hand.completes("t2")
        await self.hand.completes("t3")

    async def shows(self, status: str, sub: str, joins: str, *more: str) -> None:
        await self.hand.shows(
            status,
            *("f COMPLETED", "g COMPLETED", f"s {sub}", "t2_ref COMPLETED", f"k {joins}"),
            *("t3_ref COMPLETED", f"j {joins}", *more),
        )

    async def go_through(self) -> None:
        await self.hand.completes("t5")
        await self.hand.completes("t4")


@line
async def nested_forks_restart_of_the_child(hand: Hand) -> None:
    nested = Nested(hand)
    await nested.fail()
    await hand.ask("job.restart", nested.child)
    await nested.shows("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    await nested.go_through()
    await nested.shows("COMPLETED", "COMPLETED", "COMPLETED", "t4_ref COMPLETED")


@line
async def nested_forks_retry_of_the_child(hand: Hand) -> None:
    nested = Nested(hand)
    await nested.fail()
    await hand.ask("job.retry", nested.child)
    await nested.shows("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    await nested.go_through()
    await nested.shows("COMPLETED", "COMPLETED", "COMPLETED", "t4_ref COMPLETED")


@line
async def nested_forks_restart_of_the_parent(hand: Hand) -> None:
    nested = Nested(hand)
    await nested.fail()
    await hand.ask("job.restart")
    await nested.begin()
    await nested.go_through()
    await nested.shows("COMPLETED", "COMPLETED", "COMPLETED", "t4_ref COMPLETED")


@line
async def nested_forks_retry_of_the_parent(hand: Hand) -> None:
    nested = Nested(hand)
    await nested.fail()
    await hand.ask("job.retry")
    await hand.child("s")
    await nested.go_through()
    await hand.shows(
        "COMPLETED",
        *("f COMPLETED", "g COMPLETED", "s FAILED", "t2_ref COMPLETED", "k COMPLETED"),
        *("t3_ref COMPLETED", "j COMPLETED", "s COMPLETED", "t4_ref COMPLETED"),
    )


@line
async def nested_forks_retry_of_the_parent_with_the_resume_flag(hand: Hand) -> None:
    nested = Nested(hand)
    await nested.fail()
    await hand.ask("job.retry", resumeSubworkflows=True)
    await nested.shows("RUNNING", "IN_PROGRESS", "IN_PROGRESS")
    await nested.go_through()
    await nested.shows("COMPLETED", "COMPLETED", "COMPLETED", "t4_ref COMPLETED")


# --- InlineSubWorkflowFromExpressionSpec ---


@line
async def sub_workflow_defined_by_an_expression(hand: Hand) -> None:
    script = {"evaluatorType": "javascript", "expression": "$.n * 2", "n": "${t5_ref.output.n}"}
    body = (
        simple("t5"),
        task("i", type="INLINE", inputParameters=script),
        switch("c", "${i.output.result}", {"2": [simple("t6")], "4": []}),
    )
    output = {"loopsDone": "${l.output.iteration}", "last": "${i.output.result}"}
    inner = workflow("made", times("l", 2, *body), outputParameters=output)
    params = {"name": "made", "version": 1, "workflowDefinition": "${workflow.input.definition}"}
    sub = task("s", type="SUB_WORKFLOW", subWorkflowParam=params)
    await hand.define(workflow("w", sub, outputParameters={"of": "${s.output}"}))
    await hand.start(input={"definition": inner})
    child = await hand.child("s")
    await hand.completes("t5", n=1)
    await hand.completes("t6")
    await hand.completes("t5", n=2)
    ended = await hand.shows("COMPLETED", "s COMPLETED")
    assert ended["output"]["of"]["loopsDone"] == 2
    assert ended["output"]["of"]["last"] == 4
    made = await hand.stage.job(child)
    assert made["input"]["_systemMetadata"] == {"dynamic": True}

"""Going on more than once, and from more than one place (reference conductor.md §5)."""

from __future__ import annotations

from daemon.decider.commands import Rerun, Retry
from tests.dialects.tasks.definitions import fork, join, sub_workflow, task, times, workflow
from tests.dialects.tasks.family import Family
from tests.dialects.tasks.test_any_meddling import Meddled


def test_a_loop_rerun_from_within_keeps_its_place_and_can_be_rerun_whole() -> None:
    body = (task("n", type="NOOP"), task("m", type="NOOP"))
    family = Family(workflow(times("l", 1, *body))).run()
    family.ask(Rerun(task=family.task("m__1").number))
    family.run()
    assert family.refs() == ["l", "n__1", "m__1"]
    family.ask(Rerun(task=family.task("l").number))
    family.run()
    assert family.status == "COMPLETED"
    assert family.refs() == ["l", "n__1", "m__1"]


def test_a_job_that_goes_on_with_its_child_tries_what_failed_beside_it_again() -> None:
    branches = fork("f", [sub_workflow("s", "child")], [task("t")])
    child = workflow(task("w"), name="child")
    family = Meddled(workflow(branches, join("j", "s", "t")), child)
    family.settle()
    family.fail("t")
    family.settle()
    (below,) = family.children
    assert (family.status, family.jobs[below].status) == ("FAILED", "TERMINATED")
    family.ask(Retry(), below)
    family.run()
    assert family.status == "COMPLETED", (family.state.reason, family.tasks())
    assert family.refs().count("j") == 1

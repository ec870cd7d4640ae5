"""Going on more than once, and from more than one place (reference conductor.md §5)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Rerun, Retry, SkipTask
from daemon.decider.turn import Refusal, RefusalKind
from tests.dialects.tasks.definitions import (
    fork,
    join,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import ROOT, Family, Never
from tests.dialects.tasks.test_any_meddling import Meddled

ENDINGS = pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "TERMINATED"])


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


class TestAfterTheEndOfATerminate:
    """It ends the job whenever it goes on with it (reference conductor.md §3.3 step 5). What a
    retry, and a rerun from a join, come to was observed on Conductor 3.32.3."""

    @ENDINGS
    def test_nothing_is_left_to_retry_without_work_that_was_cut_off(self, status: str) -> None:
        for definition in (
            workflow(task("a"), _end(status), task("z")),
            workflow(times("l", 2, task("a"), _end(status)), task("z")),
            workflow(times("l", 2, times("o", 1, task("a"), _end(status))), task("z")),
        ):
            family = Family(definition).run()
            refusal = family._decide(ROOT, Retry())
            assert isinstance(refusal, Refusal)
            assert refusal.kind is RefusalKind.NOTHING_TO_RETRY

    @ENDINGS
    def test_work_that_was_cut_off_is_offered_again_and_cut_off_again(self, status: str) -> None:
        family = _cut_off(status)
        family.retry()
        assert family.status == status
        assert family.tasks()[2:] == [
            "c do_c CANCELED",
            "j JOIN CANCELED",
            "e TERMINATE COMPLETED",
            "c do_c CANCELED",
        ]

    @ENDINGS
    def test_a_rerun_from_a_join_ends_the_job_again_with_the_join_in_the_list(
        self, status: str
    ) -> None:
        branches = fork("f", [_end(status)], [task("c")])
        family = Family(workflow(branches, join("j", "c"), task("z")), answers={"c": Never()})
        family.ask(Rerun(task=family.task("j").number))
        assert family.status == status
        assert family.task("j").status == "CANCELED"
        assert not family.state.open

    def test_a_rerun_from_before_it_comes_to_it_again(self) -> None:
        family = Family(workflow(task("a"), _end("FAILED"), task("z"))).run()
        family.ask(Rerun(task=family.task("a").number))
        assert (family.status, family.refs()) == ("RUNNING", ["a"])
        family.run()
        assert (family.status, family.refs()) == ("FAILED", ["a", "e"])

    def test_a_rerun_from_it_with_another_input_ends_the_job_so(self) -> None:
        family = Family(workflow(task("a"), _end("COMPLETED"))).run()
        given = {"terminationStatus": "FAILED", "terminationReason": "now bad"}
        number = family.task("e").number
        family.ask(Rerun(task=number, replaces_task_input=True, task_input=given))
        assert (family.status, family.state.reason) == ("FAILED", "now bad")

    def test_its_loop_was_looked_at_before_it_had_its_output(self) -> None:
        """Observed on Conductor 3.32.3."""
        given = {"terminationStatus": "COMPLETED", "workflowOutput": {"k": 1}}
        end = task("e", type="TERMINATE", inputParameters=given)
        family = Family(workflow(times("l", 2, task("a"), end)), answers={"a": {"x": 1}}).run()
        assert family.state.output == {"k": 1}
        assert family.output("l") == {"iteration": 1, "1": {"a": {"x": 1}, "e": {}}}

    def test_a_child_that_goes_on_does_not_bring_the_job_back(self) -> None:
        branches = fork("f", [sub_workflow("s", "child")], [task("a"), _end("COMPLETED")])
        child = workflow(task("w"), name="child")
        family = Meddled(workflow(branches, join("j", "s")), child)
        family.settle()
        family.complete("a")
        family.settle()
        (below,) = family.children
        assert (family.status, family.jobs[below].status) == ("COMPLETED", "TERMINATED")
        family.ask(Retry(), below)
        family.run()
        assert (family.status, family.jobs[below].status) == ("COMPLETED", "COMPLETED")


class TestReruns:
    def test_a_switch_behind_a_step_that_is_tried_again_is_decided_as_ever(self) -> None:
        """By its value, not by a script of that text."""
        chosen = switch("s", "x", {"x": [task("a")]})
        family = Family(workflow(task("w", permissive=True, retryCount=0), chosen))
        family.fail("w")
        family.fail("a")
        family.ask(Rerun(task=family.task("s").number))
        assert family.evaluated == 0
        assert family.run().status == "COMPLETED"

    def test_a_switch_takes_another_input(self) -> None:
        chosen = switch("s", "x", {"x": [task("a")], "y": [task("b")]})
        family = Family(workflow(chosen)).run()
        number = family.task("s").number
        family.ask(Rerun(task=number, replaces_task_input=True, task_input={"by": "y"}))
        assert family.run().refs() == ["s", "b"]

    def test_variables_are_set_to_another_input(self) -> None:
        family = Family(workflow(task("v", type="SET_VARIABLE", inputParameters={"x": 1}))).run()
        number = family.task("v").number
        family.ask(Rerun(task=number, replaces_task_input=True, task_input={"x": 2}))
        assert family.state.variables == {"x": 2}

    @pytest.mark.parametrize("ref", ["n", "j"])
    def test_what_takes_no_input_begins_as_ever(self, ref: str) -> None:
        branches = fork("f", [task("n", type="NOOP")], [task("c")])
        family = Family(workflow(branches, join("j", "n", "c"), task("z"))).run()
        number = family.task(ref).number
        family.ask(Rerun(task=number, replaces_task_input=True, task_input={"k": 1}))
        assert family.run().status == "COMPLETED"
        assert sorted(family.refs()) == ["c", "f", "j", "n", "z"]


class TestAttempts:
    """``retryCount`` of joins and loops (observed on Conductor 3.32.3)."""

    def test_what_was_only_cut_off_has_not_failed(self) -> None:
        branches = fork("f", [times("l", 1, task("a"))], [task("b")])
        family = Family(workflow(branches, join("j", "l", "b")))
        for _ in range(2):
            family.fail("a__1")
            family.retry()
        assert [family.task(ref).attempt for ref in ("j", "l")] == [0, 0]
        assert family.run().status == "COMPLETED"

    def test_a_loop_that_failed_is_tried_again(self) -> None:
        answers: list[Any] = [ValueError("no"), False]

        def script(_: Any) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, ValueError):
                raise answer
            return answer

        loop = {**times("l", 1, task("a")), "loopCondition": "f()"}
        family = Family(workflow(loop), scripts={"f()": script}).run()
        family.retry()
        assert (family.status, family.task("l").attempt) == ("COMPLETED", 1)

    def test_a_rerun_counts_no_attempt(self) -> None:
        family = Family(workflow(times("l", 2, task("a"), task("b")))).run()
        family.ask(Rerun(task=family.task("a__1").number))
        assert family.run().task("l").attempt == 0


class TestSkippedInAdvance:
    """In the original the join waits for ever."""

    def test_the_join_of_a_skipped_fork_waits_for_nothing_of_it(self) -> None:
        branches = fork("f", [task("a")], [task("b")])
        family = Family(workflow(task("w"), branches, join("j", "w", "a", "b"), task("z")))
        family.ask(SkipTask(ref="f"))
        assert family.run().status == "COMPLETED"
        assert family.refs() == ["f", "w", "j", "z"]

    def test_an_exclusive_join_behind_a_skipped_switch_is_done(self) -> None:
        family = _exclusive()
        family.ask(SkipTask(ref="s"))
        assert family.run().refs() == ["s", "w", "x", "z"]

    def test_an_exclusive_join_takes_the_only_step_that_could_have_been(self) -> None:
        family = _exclusive()
        family.ask(SkipTask(ref="a", output={"k": 1}))
        assert family.run().status == "COMPLETED"
        assert family.output("x") == {"k": 1}

    def test_an_exclusive_join_prefers_a_step_that_ran(self) -> None:
        family = _exclusive(answers={"a": {"ran": True}})
        family.ask(SkipTask(ref="b", output={"k": 1}))
        assert family.run().output("x") == {"ran": True}

    def test_a_join_in_a_loop_hears_of_it_after_it_began_to_wait(self) -> None:
        branches = fork("f", [task("a"), task("n")], [task("b")])
        family = Family(workflow(times("l", 1, branches, join("j", "n", "b")), task("z")))
        family.ask(SkipTask(ref="n"))
        family.complete("a__1")
        family.complete("b__1")
        assert family.task("j__1").status == "COMPLETED"
        family = Family(workflow(times("l", 1, branches, join("j", "n", "b")), task("z")))
        family.complete("b__1")
        family.ask(SkipTask(ref="n"))
        assert family.run().status == "COMPLETED"

    @pytest.mark.parametrize("ref", ["j", "a", "b"])
    def test_a_loop_whose_forks_have_no_join_or_no_branches_goes_round(self, ref: str) -> None:
        branches = fork("f", [task("a")], [task("b")])
        body = workflow(task("w"), times("l", 2, branches, join("j", "a", "b")), task("z"))
        family = Family(body)
        for skipped in {"j", ref}:
            family.ask(SkipTask(ref=skipped))
        assert family.run().status == "COMPLETED"
        ran = [one for one in ("a", "b") if one != ref]
        assert [one for one in family.refs() if one.endswith("__2")] == ["f__2"] + [
            f"{one}__2" for one in ran
        ]

    def test_a_loop_of_a_fork_of_which_all_was_skipped_goes_round(self) -> None:
        body = (fork("f", [task("a")]), join("j", "a"))
        family = Family(workflow(task("w"), times("l", 2, *body), task("z")))
        family.ask(SkipTask(ref="j"))
        family.ask(SkipTask(ref="a"))
        assert family.run().status == "COMPLETED"
        assert family.refs() == ["a", "j", "w", "l", "f__1", "f__2", "z"]


def _end(status: str) -> dict[str, Any]:
    return task("e", type="TERMINATE", inputParameters={"terminationStatus": status})


def _cut_off(status: str) -> Family:
    branches = fork("f", [task("a"), _end(status)], [task("c")])
    return Family(workflow(branches, join("j", "c"), task("z")), answers={"c": Never()}).run()


def _exclusive(**fields: Any) -> Family:
    chosen = switch("s", "x", {"x": [task("a")], "y": [task("b")]})
    joins = task("x", type="EXCLUSIVE_JOIN", joinOn=["b", "a"])
    return Family(workflow(task("w"), chosen, joins, task("z")), **fields)

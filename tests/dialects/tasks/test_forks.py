"""FORK_JOIN, JOIN and EXCLUSIVE_JOIN."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Retry, SkipTask
from eventstore.events import JobStatus, TaskDecided, TaskStatus
from tests.dialects.tasks.definitions import (
    fork,
    join,
    loop,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Failure, Family, Never, failed

TWO = workflow(fork("f", [task("a"), task("b")], [task("c")]), join("j", "b", "c"), task("z"))


def forgiving(flag: str, **fields: Any) -> dict[str, Any]:
    first = task("a", **{flag: True, **fields})
    return workflow(fork("f", [first], [task("b")]), join("j", "a", "b"), task("z"))


class TestFork:
    def test_its_list_is_fork_heads_join(self) -> None:
        family = Family(TWO)
        assert family.tasks() == [
            "f FORK COMPLETED",
            "a do_a SCHEDULED",
            "c do_c SCHEDULED",
            "j JOIN IN_PROGRESS",
        ]
        assert (family.task("f").name, family.task("j").name) == ("FORK", "JOIN")
        assert family.task("j").input == {"joinOn": ["b", "c"]}

    def test_it_goes_on_when_the_last_branch_ended(self) -> None:
        family = Family(TWO, answers={"b": {"v": 1}})
        family.complete("a")
        assert family.refs() == ["f", "a", "c", "j", "b"]
        family.complete("c")
        assert family.task("j").status is TaskStatus.IN_PROGRESS
        family.run()
        assert family.refs()[-1] == "z"
        assert family.output("j") == {"b": {"v": 1}}
        assert family.status == "COMPLETED"

    def test_the_join_ends_in_the_decision_that_ends_the_last_branch(self) -> None:
        family = Family(TWO, answers={"a": {}, "c": {}, "b": Never()}).run()
        before = len(family.written["root"])
        family.complete("b")
        batch = [event for event, _, _ in family.written["root"][before:]]
        assert any(isinstance(event, TaskDecided) and event.task == 4 for event in batch)
        assert family.task("z").scheduled_at == family.task("b").ended_at

    def test_a_switch_at_the_head_is_followed_by_its_first_task(self) -> None:
        one = switch("s", "x", {"x": [task("a")]})
        family = Family(workflow(fork("f", [one], [task("b")]), join("j", "a", "b")))
        assert family.refs() == ["f", "s", "a", "b", "j"]

    def test_forks_may_lie_within_forks(self) -> None:
        inner = [fork("g", [task("a")], [task("b")]), join("k", "a", "b"), task("c")]
        family = Family(workflow(fork("f", inner, [task("d")]), join("j", "c", "d"), task("z")))
        assert family.refs() == ["f", "g", "a", "b", "k", "d", "j"]
        assert family.run().status == "COMPLETED"
        assert family.refs()[-2:] == ["c", "z"]

    @pytest.mark.parametrize("mode", ["SYNC", "ASYNC"])
    def test_the_mode_of_the_join_changes_nothing(self, mode: str) -> None:
        branches = [[task(f"a{n}")] for n in range(10)]
        names = [f"a{n}" for n in range(10)]
        family = Family(workflow(fork("f", *branches), join("j", *names, joinMode=mode)))
        assert family.run().status == "COMPLETED"
        assert len(family.refs()) == 12

    def test_a_join_on_some_branches_does_not_wait_for_the_rest(self) -> None:
        definition = workflow(fork("f", [task("a")], [task("b")]), join("j", "a"), task("z"))
        family = Family(definition, answers={"b": Never()}).run()
        assert family.task("z").status is TaskStatus.COMPLETED
        assert family.status == "RUNNING"
        family.complete("b")
        assert family.status == "COMPLETED"

    def test_a_join_on_nothing_is_done_at_once(self) -> None:
        definition = workflow(fork("f", [task("a")]), join("j"), task("z"))
        family = Family(definition, answers={"a": Never()}).run()
        assert family.tasks()[2:] == ["j JOIN COMPLETED", "z do_z COMPLETED"]

    def test_a_fork_without_a_join_fails_the_job(self) -> None:
        family = Family(workflow(fork("f", [task("a")]), task("z")))
        assert family.status == "FAILED"
        assert "not followed by a join task" in family.state.reason

    def test_a_join_that_waits_for_what_never_comes_fails_instead_of_hanging(self) -> None:
        one = switch("s", "x", {"x": [task("a")], "y": [task("b")]})
        family = Family(workflow(fork("f", [one]), join("j", "b"))).run()
        assert family.status == "FAILED"
        assert "j (JOIN) still waits for steps that were never scheduled" in family.state.reason


class TestFailure:
    def test_a_failure_cancels_the_other_branches_and_the_join(self) -> None:
        family = Family(TWO, answers={"c": Never(), "a": failed("broken")}).run()
        assert family.tasks() == [
            "f FORK COMPLETED",
            "a do_a FAILED_WITH_TERMINAL_ERROR",
            "c do_c CANCELED",
            "j JOIN CANCELED",
        ]
        assert family.state.reason == (
            "Task root.2 failed with status: FAILED and reason: 'broken'"
        )

    def test_a_retry_takes_up_the_canceled_branches_and_the_join(self) -> None:
        family = Family(TWO, answers={"c": Never(), "a": [failed("no"), {}]}).run()
        family.ask(Retry())
        family.run()
        family.complete("c")
        assert family.run().status == "COMPLETED"
        assert family.refs()[-2:] == ["b", "z"]

    def test_an_optional_branch_leaves_the_join_completed_with_errors(self) -> None:
        answers = {"a": failed("no", TaskStatus.FAILED, output={"e": 1}), "b": {"v": 1}}
        family = Family(forgiving("optional", retryCount=1), answers=answers).run()
        assert family.status == "COMPLETED"
        assert family.task("j").status is TaskStatus.COMPLETED_WITH_ERRORS
        assert family.task("j").reason == "do_a/root.5 completed with errors"
        assert family.output("j") == {"a": {"e": 1}, "b": {"v": 1}}
        assert [t.attempt for t in family.state.in_order() if t.ref == "a"] == [0, 1]

    def test_a_permissive_failure_waits_for_the_other_branch_and_then_fails(self) -> None:
        answers: dict[str, Any] = {"a": failed("broken"), "b": Never()}
        family = Family(forgiving("permissive"), answers=answers).run()
        assert family.status == "RUNNING"
        assert family.task("j").status is TaskStatus.IN_PROGRESS
        family.complete("b")
        assert family.task("j").status is TaskStatus.FAILED
        assert family.task("j").reason == "broken"
        assert family.state.reason == "Task root.4 failed with status: FAILED and reason: 'broken'"

    def test_a_retry_after_a_permissive_failure_opens_the_join_again(self) -> None:
        answers: dict[str, Any] = {"a": [failed("broken"), {"v": 2}], "b": {"v": 1}}
        family = Family(forgiving("permissive"), answers=answers).run()
        family.ask(Retry())
        assert family.run().status == "COMPLETED"
        assert family.output("j") == {"a": {"v": 2}, "b": {"v": 1}}

    def test_an_attempt_that_is_tried_again_is_no_failure_for_the_join(self) -> None:
        """The original's join could see the first attempt before its retry (§4 JOIN)."""
        answers: dict[str, Any] = {"a": [failed("once", TaskStatus.FAILED), {"v": 2}]}
        definition = forgiving("permissive", retryCount=1)
        family = Family(definition, answers=answers).run()
        assert family.status == "COMPLETED"
        assert family.output("j") == {"a": {"v": 2}}

    def test_permissive_children_that_a_user_ended_end_the_parent_as_terminated(self) -> None:
        child = workflow(task("w"), name="child")
        branches = [[sub_workflow(ref, "child", permissive=True)] for ref in ("a", "b")]
        canceled = failed("given up", TaskStatus.CANCELED)
        definition = workflow(fork("f", *branches), join("j", "a", "b"))
        family = Family(definition, child, answers={"w": canceled}).run()
        assert family.task("j").status is TaskStatus.CANCELED
        assert family.status is JobStatus.TERMINATED

    def test_a_join_that_may_fail_is_passed(self) -> None:
        definition = workflow(
            fork("f", [task("a", permissive=True)]), join("j", "a", optional=True), task("z")
        )
        family = Family(definition, answers={"a": failed("no")}).run()
        assert family.task("z").status is TaskStatus.COMPLETED


class TestSkipped:
    def test_a_skipped_head_is_passed_over(self) -> None:
        family = Family(workflow(task("w"), *TWO["tasks"]))
        family.ask(SkipTask(ref="a"))
        assert family.run().refs() == ["a", "w", "f", "b", "c", "j", "z"]
        assert family.status == "COMPLETED"

    def test_a_join_does_not_wait_for_a_step_that_is_skipped_meanwhile(self) -> None:
        """The original's join breaks on a skipped task (§5)."""
        family = Family(TWO, answers={"a": Never()}).run()
        family.ask(SkipTask(ref="b", output={"v": 9}))
        assert family.task("j").status is TaskStatus.COMPLETED
        assert family.output("j") == {"b": {"v": 9}}
        family.run()
        family.complete("a")
        assert family.status == "COMPLETED"

    def test_a_skipped_step_of_a_loop_is_passed_in_each_iteration(self) -> None:
        """The original creates nothing and spins (§3.4)."""
        body = [fork("f", [task("a")], [task("b")]), join("j", "a", "b")]
        family = Family(workflow(task("w"), times("l", 2, *body)))
        family.ask(SkipTask(ref="a"))
        assert family.run().status == "COMPLETED"
        assert "a__1" not in family.refs()


class TestExclusiveJoin:
    def exclusive(self, first: Any, second: Any = "no", **answers: Any) -> Family:
        one = switch("s1", first, {"yes": [task("a")]})
        two = switch("s2", second, {"yes": [task("b")]})
        exclusive = task(
            "e", type="EXCLUSIVE_JOIN", joinOn=["a", "b"], defaultExclusiveJoinTask=["t"]
        )
        output = {"all": "${e.output}"}
        definition = workflow(task("t"), one, two, exclusive, outputParameters=output)
        given = {ref: {"taskReferenceName": ref} for ref in "tab"}
        return Family(definition, answers={**given, **answers}).run()

    @pytest.mark.parametrize(
        ("first", "second", "chosen"),
        [("no", "no", "t"), ("yes", "no", "a"), ("no", "yes", "b"), ("yes", "yes", "a")],
    )
    def test_it_has_the_output_of_the_first_task_that_there_is(
        self, first: str, second: str, chosen: str
    ) -> None:
        family = self.exclusive(first, second)
        assert family.status == "COMPLETED"
        assert family.state.output == {"all": {"taskReferenceName": chosen}}
        assert family.task("e").input == {
            "joinOn": ["a", "b"],
            "defaultExclusiveJoinTask": ["t"],
        }

    def test_it_waits_for_a_task_that_runs(self) -> None:
        exclusive = task("e", type="EXCLUSIVE_JOIN", joinOn=["x", "a"])
        definition = workflow(fork("f", [task("a")], [task("b")]), join("j"), exclusive, task("z"))
        family = Family(definition, answers={"b": Never(), "a": Never()}).run()
        assert family.task("e").status is TaskStatus.IN_PROGRESS
        family.complete("a", {"v": 1})
        assert family.output("e") == {"v": 1}

    def test_one_that_names_nothing_fails(self) -> None:
        family = Family(workflow(task("e", type="EXCLUSIVE_JOIN"))).run()
        assert "names no task" in family.state.reason


class TestLoopsInForks:
    def test_a_join_waits_for_the_loop_of_a_branch(self) -> None:
        body = times("l", 3, task("x"))
        family = Family(workflow(fork("f", [body], [task("b")]), join("j", "l", "b"), task("z")))
        family.complete("b")
        assert family.run().refs() == ["f", "l", "b", "j", "x__1", "x__2", "x__3", "z"]
        assert family.output("j")["l"]["iteration"] == 3

    def test_a_branch_that_no_join_waits_for_still_belongs_to_its_iteration(self) -> None:
        body = [fork("f", [task("a")], [task("slow")]), join("j", "a")]
        family = Family(workflow(times("l", 2, *body)), answers={"slow": Never()}).run()
        assert family.refs() == ["l", "f__1", "a__1", "slow__1", "j__1"]
        family.complete("slow__1")
        assert family.refs()[-1] == "j__2"

    def test_a_permissive_failure_fails_the_loop_around_it(self) -> None:
        body = [task("a", permissive=True), task("b")]
        family = Family(workflow(times("l", 2, *body)), answers={"a": failed("no")}).run()
        assert family.task("l").status is TaskStatus.FAILED
        assert family.task("l").reason == "no "
        assert family.state.reason == "Task root.1 failed with status: FAILED and reason: 'no '"

    def test_an_optional_loop_is_passed_when_it_fails(self) -> None:
        one = loop("l", "$.l.iteration < 2", task("a", permissive=True), optional=True)
        family = Family(workflow(one, task("z")), answers={"a": failed("no")}).run()
        assert family.task("l").status is TaskStatus.COMPLETED_WITH_ERRORS
        assert family.task("z").status is TaskStatus.COMPLETED


def test_failures_are_made_of_what_a_worker_says() -> None:
    assert isinstance(failed(), Failure)

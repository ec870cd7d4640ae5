"""A job that ended goes on from one of its tasks, wherever that stands.

In the original a rerun in a fork or a loop leaves the run stuck or ends it too early, and
many of its own tests for it are switched off (reference conductor.md §8.3, §9).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.decider.commands import Rerun, Retry
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import (
    dynamic_fork,
    fork,
    join,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Family, failed
from tests.dialects.tasks.test_any_definition import CHILD, Anything, definitions, worker

BRANCHES = workflow(
    fork("f", [task("a"), task("b")], [task("c"), task("d")]), join("j", "b", "d"), task("z")
)


def rerun(family: Family, ref: str, **fields: Any) -> Family:
    family.ask(Rerun(task=family.task(ref).number, **fields))
    return family


class TestInForks:
    @pytest.mark.parametrize("ref", ["f", "a", "b", "c", "d", "j", "z"])
    def test_the_job_completes_again_with_every_step_and_one_join(self, ref: str) -> None:
        family = Family(BRANCHES).run()
        rerun(family, ref).run()
        assert family.status == "COMPLETED"
        assert sorted(family.refs()) == sorted("fabcdjz")

    def test_the_join_waits_again(self) -> None:
        family = rerun(Family(BRANCHES, answers={"b": {"v": 1}}).run(), "b")
        assert family.task("j").status is TaskStatus.IN_PROGRESS
        assert "z" not in family.refs()
        family.complete("b", {"v": 2})
        family.run()
        assert family.output("j")["b"] == {"v": 2}

    def test_a_branch_that_was_through_before_is_not_run_again(self) -> None:
        family = Family(BRANCHES)
        for ref in ("c", "d", "a"):
            family.complete(ref)
        number = family.task("d").number
        family.run()
        assert rerun(family, "b").task("d").number == number

    def test_in_a_branch_that_no_join_waited_for(self) -> None:
        branches = [[switch("s", "x", {"x": [task("a"), task("b")]})], [task("c")]]
        definition = workflow(fork("f", *branches), join("j"), task("y"), task("z"))
        family = Family(definition).run()
        assert family.refs() == ["f", "s", "a", "c", "j", "y", "b", "z"]
        rerun(family, "b").run()
        assert sorted(family.refs()) == sorted(["f", "s", "a", "c", "j", "y", "b", "z"])
        assert family.status == "COMPLETED"

    def test_dynamic_branches_too(self) -> None:
        fork_ = dynamic_fork("f", forkTaskInputs=[1, 2, 3], forkTaskName="w")
        for ref in ("f", "_w_0", "_w_2", "j", "z"):
            family = Family(workflow(fork_, join("j"), task("z"))).run()
            rerun(family, ref).run()
            assert family.status == "COMPLETED"
            assert sorted(family.refs()) == sorted(["f", "_w_0", "_w_1", "_w_2", "j", "z"])


class TestInSwitchesAndLoops:
    @pytest.mark.parametrize("ref", ["s", "a", "b", "z"])
    def test_a_case(self, ref: str) -> None:
        one = switch("s", "x", {"x": [task("a"), task("b")]})
        family = rerun(Family(workflow(one, task("z"))).run(), ref).run()
        assert family.status == "COMPLETED"
        assert family.refs() == ["s", "a", "b", "z"]

    @pytest.mark.parametrize("ref", ["l", "a__1", "b__2", "a__3", "z"])
    def test_a_loop_goes_on_in_the_iteration_of_the_task(self, ref: str) -> None:
        body = [task("a", inputParameters={"i": "${l.output.iteration}"}), task("b")]
        family = Family(workflow(times("l", 3, *body), task("z"))).run()
        rerun(family, ref).run()
        assert family.status == "COMPLETED"
        assert sorted(family.refs()) == sorted(
            ["l", "a__1", "b__1", "a__2", "b__2", "a__3", "b__3", "z"]
        )
        assert [family.task(f"a__{n}").input["i"] for n in (1, 2, 3)] == [1, 2, 3]
        assert list(family.output("l")) == ["iteration", "1", "2", "3"]

    def test_a_loop_in_a_loop(self) -> None:
        inner = times("m", 2, task("b"))
        family = Family(workflow(times("l", 2, inner, task("c")), task("z"))).run()
        refs = family.refs()
        rerun(family, "b__1__2").run()
        assert family.status == "COMPLETED"
        assert sorted(family.refs()) == sorted(refs)

    def test_a_fork_in_a_loop(self) -> None:
        body = [fork("f", [task("a")], [task("b")]), join("j", "a", "b")]
        family = Family(workflow(times("l", 2, *body), task("z"))).run()
        refs = family.refs()
        rerun(family, "a__1").run()
        assert family.status == "COMPLETED"
        assert sorted(family.refs()) == sorted(refs)


class TestOperators:
    def test_a_wait_waits_its_whole_time_again(self) -> None:
        one = task("w", type="WAIT", inputParameters={"duration": "5s"})
        family = Family(workflow(one, task("z"))).run()
        begun = family.now
        rerun(family, "w").run()
        assert family.task("w").ended_at == begun + 5_000_000
        assert family.status == "COMPLETED"

    @pytest.mark.parametrize("kind", ["NOOP", "SET_VARIABLE"])
    def test_what_is_done_at_once_is_done_again(self, kind: str) -> None:
        one = task("n", type=kind, inputParameters={"x": 1})
        family = rerun(Family(workflow(one, task("z"))).run(), "n").run()
        assert family.status == "COMPLETED"

    def test_a_task_is_run_with_another_input(self) -> None:
        family = rerun(Family(BRANCHES).run(), "a", replaces_task_input=True, task_input={"k": 1})
        assert family.task("a").input == {"k": 1}


class TestRetryOfOperators:
    def test_variables_that_were_too_large_are_set_when_they_no_longer_are(self) -> None:
        given = {"v": "${big.output.v}"}
        one = task("v", type="SET_VARIABLE", inputParameters=given)
        family = Family(workflow(task("big"), one), answers={"big": {"v": "x" * 300_000}}).run()
        assert family.status == "FAILED"
        family.ask(Retry())
        assert family.status == "FAILED"
        assert family.refs() == ["big", "v", "v"]

    def test_a_wait_for_a_wrong_time_fails_again(self) -> None:
        one = task("w", type="WAIT", inputParameters={"duration": "${workflow.input.d}"})
        family = Family(workflow(one), given={"d": "soon"})
        family.ask(Retry())
        assert (family.status, family.refs()) == ("FAILED", ["w", "w"])

    def test_a_switch_evaluates_its_script_again(self) -> None:
        answers: list[Any] = [ValueError("once"), "x"]

        def script(_: Any) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, ValueError):
                raise answer
            return answer

        one = task("s", type="SWITCH", evaluatorType="graaljs", expression="f()")
        definition = workflow({**one, "decisionCases": {"x": [task("a")]}}, task("z"))
        family = Family(definition, scripts={"f()": script}).run()
        family.ask(Retry())
        assert family.run().status == "COMPLETED"
        assert family.refs() == ["s", "s", "a", "z"]


MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(definitions(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_rerun_from_anywhere_ends_again(
    definition: dict[str, Any], place: int, seed: int
) -> None:
    family = Family(definition, CHILD)
    family._answers = Anything({"x": 1})
    family.answers_from_outside = True
    family.run(most=3_000)
    refs = sorted(family.refs())
    target = family.state.in_order()[place % len(refs)]
    family.ask(Rerun(task=target.number))
    family.run(most=3_000)
    assert family.status == "COMPLETED", (target.ref, family.state.reason, family.tasks())
    assert len(family.refs()) == len(set(family.refs()))
    if not any("__" in ref or ref.startswith("_") for ref in refs):
        assert sorted(family.refs()) == refs, target.ref


@MANY
@given(definitions(), st.integers(0, 10_000))
def test_a_failed_job_completes_when_it_is_retried_and_nothing_fails_any_more(
    definition: dict[str, Any], seed: int
) -> None:
    family = Family(definition, CHILD)
    family._answers = Anything(worker(seed, may_stay_away=False))
    family.answers_from_outside = True
    family.run(most=3_000)
    family._answers = Anything({"x": 1})
    if family.status == "FAILED":
        family.ask(Retry())
        family.run(most=3_000)
    assert family.status == "COMPLETED", (family.state.reason, family.tasks())


def test_a_failed_branch_is_taken_up_without_running_the_others_again() -> None:
    answers = {"a": [failed("no"), {}]}
    family = Family(BRANCHES, answers=answers)
    family.complete("c")
    family.run()
    family.ask(Rerun(task=family.task("a").number))
    assert family.run().status == "COMPLETED"


class TestOfStepsThatWereTriedAgain:
    """An attempt that was tried again stands before the one that goes."""

    def test_no_join_waits_for_a_step_whose_last_attempt_alone_went(self) -> None:
        family = Family(BRANCHES)
        first = family.task("c").number
        family.fail("a")
        family.retry()
        family.run()
        family.ask(Rerun(task=first))
        assert family.run().status == "COMPLETED", family.state.reason
        assert sorted(family.refs()) == sorted("fabcdjz")

    def test_no_join_waits_for_an_operator_rerun_from_its_last_attempt(self) -> None:
        waits = task("c", type="WAIT", inputParameters={"duration": "1s"})
        family = Family(workflow(fork("f", [task("a")], [waits, task("d")]), join("j", "a", "d")))
        family.fail("a")
        family.retry()
        rerun(family.run(), "c")
        assert family.run().status == "COMPLETED", family.state.reason
        assert sorted(family.refs()) == sorted("faacdj")

    def test_a_loop_that_was_through_does_not_begin_again(self) -> None:
        loop = times("o", 1, task("a"))
        family = Family(workflow(fork("f", [loop], [task("c"), task("d")]), join("j", "o", "d")))
        first = family.task("c").number
        family.fail("a__1")
        family.retry()
        family.complete("a__1")
        number = family.task("o").number
        family.run()
        family.ask(Rerun(task=first))
        assert family.run().status == "COMPLETED", family.state.reason
        assert family.task("o").number == number

    def test_a_step_that_was_permitted_to_fail_does_not_keep_the_target_from_its_turn(self) -> None:
        chosen = switch("s", "x", {"x": [task("a")]})
        family = Family(workflow(task("w", permissive=True, retryCount=0), chosen))
        family.fail("w")
        family.complete("a")
        family.retry()
        rerun(family.run(), "s")
        assert family.refs() == ["w", "s", "a"]

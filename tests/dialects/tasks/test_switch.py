"""SWITCH and DECISION: which list of tasks comes next."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import SkipTask
from daemon.decider.waiting import waiting_for
from tests.dialects.tasks.definitions import fork, join, switch, task, times, workflow
from tests.dialects.tasks.family import Family

CASES = {"a": [task("t"), task("u")], "b": []}


def by_value(value: Any, **fields: Any) -> Family:
    return Family(workflow(switch("s", value, CASES, **fields), task("z"))).run()


def by_script(script: str, cases: dict[str, Any], run: Any = None, **fields: Any) -> Family:
    given = {"evaluatorType": "javascript", "expression": script}
    one = task("s", type="SWITCH", decisionCases=cases, **{**given, **fields})
    return Family(workflow(one, task("z")), given={"n": 3}, scripts={script: run}).run()


class TestSwitch:
    def test_the_case_runs_and_then_what_comes_after_the_switch(self) -> None:
        family = by_value("a")
        assert family.tasks() == [
            "s SWITCH COMPLETED",
            "t do_t COMPLETED",
            "u do_u COMPLETED",
            "z do_z COMPLETED",
        ]
        assert family.task("s").name == "SWITCH"
        assert family.output("s") == {"evaluationResult": ["a"], "selectedCase": "a"}
        assert family.task("s").input == {"by": "a", "case": "a", "hasChildren": "true"}

    def test_an_unknown_case_takes_the_default(self) -> None:
        family = by_value("xxx", defaultCase=[task("d")])
        assert family.refs() == ["s", "d", "z"]
        assert family.output("s")["evaluationResult"] == ["xxx"]

    def test_without_a_default_only_the_switch_is_there(self) -> None:
        family = Family(workflow(switch("s", "xxx", CASES))).run()
        assert family.tasks() == ["s SWITCH COMPLETED"]
        assert family.status == "COMPLETED"
        assert family.state.output == {"evaluationResult": ["xxx"], "selectedCase": "xxx"}

    def test_a_case_that_is_there_but_empty_does_nothing(self) -> None:
        family = by_value("b", defaultCase=[task("d")])
        assert family.refs() == ["s", "z"]
        assert "hasChildren" not in family.task("s").input

    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, "null"), (1, "1"), (True, "true"), (1.5, "1.5"), ("${gone.output.x}", "null")],
    )
    def test_every_value_is_a_text(self, value: Any, text: str) -> None:
        family = Family(workflow(switch("s", value, {text: [task("t")]}))).run()
        assert family.refs() == ["s", "t"]
        assert family.output("s")["selectedCase"] == text

    def test_a_case_may_lead_to_another_switch(self) -> None:
        inner = switch("inner", "${workflow.input.x}", {"1": [task("t")]})
        definition = workflow(switch("s", "a", {"a": [inner, task("u")]}), task("z"))
        assert Family(definition, given={"x": 1}).run().refs() == ["s", "inner", "t", "u", "z"]
        assert Family(definition, given={"x": 2}).run().refs() == ["s", "inner", "u", "z"]

    def test_a_case_may_lead_to_a_fork(self) -> None:
        branches = [fork("f", [task("a")], [task("b")]), join("j", "a", "b")]
        family = Family(workflow(switch("s", "x", {"x": branches}), task("z"))).run()
        assert family.refs() == ["s", "f", "a", "b", "j", "z"]
        assert family.status == "COMPLETED"

    def test_the_first_task_of_a_case_does_not_see_the_switch_but_the_second_does(self) -> None:
        seen = {"inputParameters": {"case": "${s.output.selectedCase}"}}
        cases = {"a": [task("t", **seen), task("u", **seen)]}
        family = Family(workflow(switch("s", "a", cases))).run()
        assert family.task("t").input == {"case": None}
        assert family.task("u").input == {"case": "a"}

    def test_a_switch_in_a_loop_has_the_iteration_in_its_name_as_its_tasks_have(self) -> None:
        one = switch("s", "${l.output.iteration}", {"1": [task("t")], "2": [task("u")]})
        family = Family(workflow(times("l", 2, one))).run()
        assert family.refs() == ["l", "s__1", "t__1", "s__2", "u__2"]

    def test_a_simple_condition_needs_no_script_engine(self) -> None:
        cases = {"true": [task("t")]}
        given = {"n": "${workflow.input.n}"}
        family = by_script("$.n > 2", cases, inputParameters=given)
        assert (family.refs(), family.evaluated) == (["s", "t", "z"], 0)

    def test_a_script_is_evaluated_outside_and_the_case_follows(self) -> None:
        cases = {"x3": [task("t")]}
        given = {"n": "${workflow.input.n}"}
        family = by_script("f($.n)", cases, lambda g: f"x{g['n']}", inputParameters=given)
        assert family.tasks() == ["s SWITCH COMPLETED", "t do_t COMPLETED", "z do_z COMPLETED"]
        assert family.evaluated == 1

    def test_a_script_that_gives_a_case_without_tasks_is_followed_too(self) -> None:
        assert by_script("f()", {"x": [task("t")]}, lambda _: None).refs() == ["s", "z"]

    def test_a_script_error_fails_the_switch_and_the_job(self) -> None:
        def wrong(_: Any) -> Any:
            raise ValueError("f is not defined")

        family = by_script("f()", {"x": [task("t")]}, wrong)
        assert family.tasks() == ["s SWITCH FAILED"]
        assert family.state.reason == (
            "Task root.1 failed with status: FAILED and reason: 'f is not defined'"
        )

    def test_an_optional_switch_whose_script_fails_is_passed(self) -> None:
        def wrong(_: Any) -> Any:
            raise ValueError("no")

        family = by_script("f()", {"x": [task("t")]}, wrong, optional=True)
        assert family.tasks() == ["s SWITCH COMPLETED_WITH_ERRORS", "z do_z COMPLETED"]

    def test_while_the_script_runs_the_job_says_so(self) -> None:
        one = task("s", type="SWITCH", evaluatorType="javascript", expression="f()")
        family = Family(workflow({**one, "decisionCases": CASES}))
        assert [waits.kind for waits in waiting_for(family.state)] == ["executor"]

    def test_an_evaluator_that_nobody_knows_fails_the_job(self) -> None:
        family = by_script("x", CASES, evaluatorType="ruby")
        assert family.state.reason == "No evaluator registered for type: ruby"
        assert family.tasks() == []

    def test_a_skipped_first_task_of_a_case_is_passed_over(self) -> None:
        definition = workflow(task("w"), switch("s", "a", {"a": [task("t"), task("u")]}))
        family = Family(definition, answers={"w": {}})
        family.ask(SkipTask(ref="t", output={"skipped": True}))
        assert family.run().refs() == ["t", "w", "s", "u"]
        assert family.status == "COMPLETED"


class TestDecision:
    def decided(self, value: Any, **fields: Any) -> Family:
        one = task(
            "d",
            type="DECISION",
            caseValueParam="by",
            inputParameters={"by": value},
            decisionCases=CASES,
            **fields,
        )
        return Family(workflow(one, task("z"))).run()

    def test_a_value_chooses(self) -> None:
        family = self.decided("a")
        assert family.refs() == ["d", "t", "u", "z"]
        assert family.output("d") == {"caseOutput": ["a"]}
        assert family.task("d").name == "DECISION"

    @pytest.mark.parametrize("value", ["b", "unknown", None])
    def test_an_empty_case_takes_the_default_as_an_unknown_one_does(self, value: Any) -> None:
        assert self.decided(value, defaultCase=[task("x")]).refs() == ["d", "x", "z"]

    def test_a_condition_chooses(self) -> None:
        family = self.decided(5, caseExpression="$.by > 3 ? 'a' : 'b'")
        assert family.refs() == ["d", "t", "u", "z"]

    def test_a_script_error_fails_the_job(self) -> None:
        def wrong(_: Any) -> Any:
            raise ValueError("broken")

        one = task("d", type="DECISION", caseExpression="f()", decisionCases=CASES)
        family = Family(workflow(one), scripts={"f()": wrong}).run()
        assert family.status == "FAILED"
        assert family.state.reason == "Error while evaluating script: f()"
        assert (family.task("d").status, family.task("d").reason) == ("FAILED", "broken")

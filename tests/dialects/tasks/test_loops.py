"""DO_WHILE."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Retry, Terminate
from daemon.dialects.tasks.iterations import _uses_history
from eventstore.events import EvaluationRequested, TaskStatus
from tests.dialects.tasks.definitions import (
    dynamic_fork,
    fork,
    join,
    loop,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Family, Never, failed


class TestIterations:
    def test_each_iteration_has_tasks_of_its_own(self) -> None:
        family = Family(workflow(times("l", 2, task("a"), task("b")), task("z"))).run()
        assert family.tasks() == [
            "l DO_WHILE COMPLETED",
            "a__1 do_a COMPLETED",
            "b__1 do_b COMPLETED",
            "a__2 do_a COMPLETED",
            "b__2 do_b COMPLETED",
            "z do_z COMPLETED",
        ]
        assert [task.iteration for task in family.state.in_order()] == [0, 1, 1, 2, 2, 0]

    def test_its_output_has_every_iteration_by_bare_names(self) -> None:
        answers = {"a": lambda one: {"n": one.ref}}
        family = Family(workflow(times("l", 2, task("a"))), answers=answers).run()
        assert family.output("l") == {
            "iteration": 2,
            "1": {"a": {"n": "a__1"}},
            "2": {"a": {"n": "a__2"}},
        }

    def test_the_first_task_of_an_iteration_sees_its_number(self) -> None:
        seen = {"inputParameters": {"i": "${l.output.iteration}", "whole": "${l.iteration}"}}
        family = Family(workflow(times("l", 3, task("a", **seen)))).run()
        assert [family.task(f"a__{n}").input["i"] for n in (1, 2, 3)] == [1, 2, 3]

    def test_before_a_task_ran_in_an_iteration_its_last_value_is_that_of_the_one_before(
        self,
    ) -> None:
        summed = task("a", inputParameters={"before": "${a.output.sum}"})
        answers = {"a": lambda one: {"sum": (one.input["before"] or 0) + 1}}
        family = Family(workflow(times("l", 4, summed)), answers=answers).run()
        assert family.output("a")["sum"] == 4

    def test_one_iteration_without_a_condition(self) -> None:
        assert Family(workflow(loop("l", None, task("a")))).run().refs() == ["l", "a__1"]

    def test_system_tasks_alone_end_with_the_start(self) -> None:
        body = [task("n", type="NOOP"), task("v", type="SET_VARIABLE", inputParameters={"x": 1})]
        family = Family(workflow(times("l", 2, *body)))
        assert family.status == "COMPLETED"
        assert len(family.refs()) == 5

    def test_five_hundred_iterations_at_once_need_no_deep_stack(self) -> None:
        definition = workflow(times("l", 500, task("n", type="NOOP")))
        family = Family(definition, keeps_laws=False)
        assert family.output("l")["iteration"] == 500
        assert len(family.refs()) == 501

    def test_everything_within_has_the_iteration_in_its_name(self) -> None:
        body = [
            fork("f", [switch("s", "x", {"x": [task("a")]})], [task("b")]),
            join("j", "a", "b"),
        ]
        family = Family(workflow(times("l", 2, *body)), answers={"a": {"v": 1}}).run()
        bare = ["f", "s", "a", "b", "j"]
        assert family.refs() == ["l", *(f"{r}__1" for r in bare), *(f"{r}__2" for r in bare)]
        assert family.output("j__1") == {"a__1": {"v": 1}}
        assert family.task("j__2").input == {"joinOn": ["a", "b"]}

    def test_two_loops_one_after_the_other(self) -> None:
        definition = workflow(times("l", 2, task("a")), times("m", 2, task("b")))
        assert Family(definition).run().refs() == ["l", "a__1", "a__2", "m", "b__1", "b__2"]

    def test_sub_workflows_within_have_plain_names(self) -> None:
        child = workflow(task("w"), name="child")
        family = Family(workflow(times("l", 2, sub_workflow("s", "child"))), child).run()
        assert family.refs() == ["l", "s__1", "s__2"]
        assert [family.refs(job) for job in family.children] == [["w"], ["w"]]

    def test_a_switch_at_the_end_keeps_the_iteration_open(self) -> None:
        """In the original an iteration could end before the case did (#895)."""
        one = switch("s", "x", {"x": [task("a"), task("b")]})
        family = Family(workflow(times("l", 2, one)), answers={"b": Never()}).run()
        assert family.refs() == ["l", "s__1", "a__1", "b__1"]

    def test_an_open_loop_shows_its_iterations_to_those_who_ask(self) -> None:
        given = {
            "first": "${l.output['1'].a.n}",
            "none": "${l.output['7']}",
            "whole": "${l.output}",
            "text": "-${l.output.iteration}-",
        }
        body = [task("a"), task("b", inputParameters=given)]
        answers = {"a": lambda one: {"n": one.ref}}
        family = Family(workflow(times("l", 2, *body)), answers=answers).run()
        assert family.task("b__2").input == {
            "first": "a__1",
            "none": None,
            "whole": {
                "iteration": 2,
                "1": {"a": {"n": "a__1"}, "b": {}},
                "2": {"a": {"n": "a__2"}},
            },
            "text": "-2-",
        }
        assert type(family.task("b__2").input["whole"]) is dict

    def test_a_failed_job_shows_how_far_its_loop_came(self) -> None:
        definition = workflow(times("l", 3, task("a")), outputParameters={"l": "${l.output}"})
        answers = {"a__1": {"v": 1}, "a__2": failed("no", output={"v": 2})}
        family = Family(definition, answers=answers).run()
        assert family.state.output == {
            "l": {"iteration": 2, "1": {"a": {"v": 1}}, "2": {"a": {"v": 2}}}
        }


class TestNested:
    def test_a_sibling_behind_an_inner_loop_runs(self) -> None:
        """In the original it hangs (#1256)."""
        inner = times("m", 2, task("b"))
        family = Family(workflow(times("l", 2, inner, task("c")), task("z"))).run()
        assert family.refs() == [
            "l",
            "m__1",
            "b__1__1",
            "b__1__2",
            "c__1",
            "m__2",
            "b__2__1",
            "b__2__2",
            "c__2",
            "z",
        ]

    def test_an_inner_loop_counts_for_itself_and_sees_itself_in_its_condition(self) -> None:
        """In the original the condition cannot see it (#1307)."""
        inner = times("m", 3, task("b", inputParameters={"i": "${m.output.iteration}"}))
        family = Family(workflow(times("l", 2, inner))).run()
        assert [family.output(f"m__{n}")["iteration"] for n in (1, 2)] == [3, 3]
        assert family.task("b__2__3").input == {"i": 3}
        assert family.output("l")["iteration"] == 2
        assert family.output("l")["1"]["m"]["iteration"] == 3

    def test_a_failure_in_an_inner_loop_is_retried_in_both_iterations(self) -> None:
        inner = times("m", 2, task("b", retryCount=1))
        answers = {"b__2__1": [failed("once", TaskStatus.FAILED), {}]}
        family = Family(workflow(times("l", 2, inner)), answers=answers).run()
        assert family.status == "COMPLETED"
        assert family.refs().count("b__2__1") == 2


class TestCondition:
    def test_a_condition_sees_inputs_outputs_and_the_loop(self) -> None:
        seen: list[Any] = []

        def script(given: Any) -> bool:
            seen.append(given)
            return len(seen) < 2

        one = loop("l", "f($)", task("a"), inputParameters={"limit": "${workflow.input.n}"})
        definition = workflow(one)
        answers = {"a": {"v": 7}}
        Family(definition, given={"n": 2}, answers=answers, scripts={"f($)": script}).run()
        assert seen[0] == {
            "limit": 2,
            "l": {"iteration": 1, "1": {"a": {"v": 7}}},
            "a": {"v": 7},
        }

    def test_what_a_condition_does_not_name_is_not_written_with_each_evaluation(self) -> None:
        script = "(function(){ return $.l['iteration'] < 3; })();"
        family = Family(
            workflow(loop("l", script, task("a"), task("b"))),
            scripts={script: lambda given: given["l"]["iteration"] < 3},
        ).run()
        asked = [e for e, _, _ in family.written["root"] if isinstance(e, EvaluationRequested)]
        assert [e.input for e in asked] == [{"l": {"iteration": n}} for n in (1, 2, 3)]
        assert family.status == "COMPLETED"

    @pytest.mark.parametrize(
        ("script", "asks"),
        [
            ("$.l['iteration'] < 3", False),
            ("$.l.iteration < 3 && $.l.loopItem", False),
            ("$['l']['iteration'] < 3", False),
            ("$.lll['iteration'] < 3", False),
            ("$.l['1'].a.x", True),
            ("$.l[$.n]", True),
            ("f($.l)", True),
        ],
    )
    def test_the_whole_history_is_only_for_those_who_ask(self, script: str, asks: bool) -> None:
        assert _uses_history("l", script) is asks

    @pytest.mark.parametrize(("value", "more"), [(True, True), (2, True), (0, False), ("x", False)])
    def test_only_true_and_numbers_above_zero_go_on(self, value: Any, more: bool) -> None:
        answers = [value, False]
        family = Family(
            workflow(loop("l", "f()", task("a"))), scripts={"f()": lambda _: answers.pop(0)}
        ).run()
        assert family.refs() == (["l", "a__1", "a__2"] if more else ["l", "a__1"])

    def test_a_script_error_fails_the_loop_for_good(self) -> None:
        def wrong(_: Any) -> Any:
            raise ValueError("x is not defined")

        family = Family(workflow(loop("l", "x()", task("a"))), scripts={"x()": wrong}).run()
        assert family.task("l").status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
        assert family.task("l").reason == (
            "Unable to evaluate condition x(), exception x is not defined"
        )


class TestItems:
    def over(self, items: Any, condition: str | None = "", **fields: Any) -> Family:
        body = task(
            "a", inputParameters={"n": "${l.output.loopIndex}", "x": "${l.output.loopItem}"}
        )
        one = loop("l", condition, body, items="${workflow.input.items}", **fields)
        return Family(workflow(one, task("z")), given={"items": items}).run()

    def test_each_item_has_an_iteration(self) -> None:
        family = self.over(["p", "q"])
        assert [family.task(f"a__{n}").input for n in (1, 2)] == [
            {"n": 0, "x": "p"},
            {"n": 1, "x": "q"},
        ]
        assert family.output("l") == {
            "iteration": 2,
            "loopIndex": 1,
            "loopItem": "q",
            "1": {"a": {}},
            "2": {"a": {}},
        }

    @pytest.mark.parametrize("nothing", [[], None])
    def test_no_items_no_iteration(self, nothing: Any) -> None:
        family = self.over(nothing)
        assert family.refs() == ["l", "z"]
        assert family.output("l") == {"iteration": 0}

    def test_a_single_value_is_a_list_of_one(self) -> None:
        assert self.over({"k": 1}).task("a").input == {"n": 0, "x": {"k": 1}}

    def test_a_condition_may_end_it_earlier(self) -> None:
        assert self.over([1, 2, 3], "$.loopIndex < 1").refs() == ["l", "a__1", "a__2", "z"]

    def test_the_list_may_stand_in_the_input(self) -> None:
        one = loop("l", "", task("a"), inputParameters={"_items": [1, 2]})
        assert Family(workflow(one)).run().refs() == ["l", "a__1", "a__2"]

    def test_an_ordinary_input_called_items_is_none(self) -> None:
        one = loop("l", "", task("a"), inputParameters={"items": [1, 2]})
        assert Family(workflow(one)).run().refs() == ["l", "a__1"]


class TestKeepLastN:
    def test_older_iterations_leave_with_their_attempts(self) -> None:
        body = [fork("f", [task("a", retryCount=1)], [task("b")]), join("j", "a", "b")]
        answers = {"a__1": [failed("once", TaskStatus.FAILED), {}]}
        one = times("l", 4, *body, inputParameters={"keepLastN": 2})
        family = Family(workflow(one), answers=answers).run()
        assert {task.iteration for task in family.state.in_order()} == {0, 3, 4}
        assert list(family.output("l")) == ["iteration", "3", "4"]

    def test_forked_tasks_and_inner_loops_leave_too(self) -> None:
        forked = {"forkTaskInputs": [1, 2], "forkTaskName": "w"}
        body = [dynamic_fork("d", **forked), join("j"), times("m", 2, task("b"))]
        one = times("l", 3, *body, inputParameters={"keepLastN": 1})
        family = Family(workflow(one)).run()
        assert family.status == "COMPLETED"
        assert all("__3" in ref for ref in family.refs()[1:])

    def test_what_is_no_number_fails_the_loop(self) -> None:
        one = times("l", 2, task("a"), inputParameters={"keepLastN": "${workflow.input.n}"})
        family = Family(workflow(one)).run()
        assert "keepLastN has to be a number" in family.state.reason


class TestFailure:
    def test_an_automatic_retry_keeps_the_name(self) -> None:
        answers = {"a__1": [failed("once", TaskStatus.FAILED), {}]}
        family = Family(workflow(times("l", 2, task("a", retryCount=1))), answers=answers).run()
        assert family.refs() == ["l", "a__1", "a__1", "a__2"]
        assert family.status == "COMPLETED"

    def test_a_failed_task_and_a_retry_by_hand_go_on_in_the_same_iteration(self) -> None:
        seen = {"inputParameters": {"i": "${l.output.iteration}"}}
        answers = {"a__2": [failed("no"), {}]}
        family = Family(workflow(times("l", 3, task("a", **seen))), answers=answers).run()
        assert family.status == "FAILED"
        family.ask(Retry())
        family.run()
        assert family.status == "COMPLETED"
        assert family.refs() == ["l", "a__1", "a__2", "a__2", "a__3"]
        assert [family.task(f"a__{n}").input["i"] for n in (1, 2, 3)] == [1, 2, 3]
        assert family.output("l")["iteration"] == 3

    def test_a_retry_while_the_condition_was_evaluated_asks_for_it_again(self) -> None:
        asked: list[Any] = []
        family = Family(workflow(loop("l", "f()", task("a"))), scripts={"f()": asked.append})
        family._effects.clear()
        family.ask(Terminate(reason="stop"))
        family.ask(Retry())
        assert family.run().status == "COMPLETED"

    def test_an_optional_task_lets_the_loop_go_on(self) -> None:
        one = times("l", 2, task("a", optional=True))
        family = Family(workflow(one), answers={"a": failed("no")}).run()
        assert family.status == "COMPLETED"
        assert family.tasks()[1:] == [
            "a__1 do_a COMPLETED_WITH_ERRORS",
            "a__2 do_a COMPLETED_WITH_ERRORS",
        ]

    def test_a_loop_without_tasks_in_a_loop_fails_instead_of_hanging(self) -> None:
        family = Family(workflow(times("l", 2, loop("m", "1")))).run()
        assert family.state.reason.endswith("'loopOver of the DO_WHILE m has no tasks'")


class TestOfAnIterationThatWasCutOff:
    """What the loop shows of it, as observed on Conductor 3.32.3."""

    def test_nothing_where_somebody_else_failed(self) -> None:
        family = Family(workflow(times("l", 2, task("a"), task("b"))))
        family.complete("a__1", {"k": 1})
        family.fail("b__1")
        assert family.output("l") == {"iteration": 1}

    def test_all_where_a_script_failed(self) -> None:
        inline = task("i", type="INLINE", inputParameters={"expression": "x"})
        family = Family(workflow(times("l", 2, task("a"), inline)))
        family.complete("a__1", {"k": 1})
        family.fail("i__1", failed("no", output={"error": "no"}))
        assert family.output("l") == {
            "iteration": 1,
            "1": {"a": {"k": 1}, "i": {"error": "no"}},
        }

    def test_the_loop_fails_with_the_script_of_a_switch(self) -> None:
        def script(_: Any) -> Any:
            raise ValueError("no")

        one = task("s", type="SWITCH", evaluatorType="graaljs", expression="f()")
        one["decisionCases"] = {"x": [task("b")]}
        family = Family(workflow(times("l", 2, task("a"), one)), scripts={"f()": script}).run()
        assert family.task("l").status == family.task("s__1").status == "FAILED"
        number = family.state.task_id(family.task("l").number)
        assert family.state.reason == f"Task {number} failed with status: FAILED and reason: 'no '"
        assert family.output("l")["1"] == {"a": {}, "s": {}}

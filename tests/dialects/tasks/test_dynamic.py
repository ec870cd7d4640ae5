"""DYNAMIC and FORK_JOIN_DYNAMIC."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Retry
from eventstore.events import TaskStatus
from tests.dialects.tasks.definitions import (
    dynamic_fork,
    join,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Family, Never, failed

PAIR = workflow(
    dynamic_fork("f", tasks="${workflow.input.tasks}", inputs="${workflow.input.inputs}"),
    join("j"),
    task("z"),
)


def pair(tasks: Any, inputs: Any = None, **more: Any) -> Family:
    given = {"tasks": tasks, "inputs": {} if inputs is None else inputs}
    return Family(PAIR, given=given, **more)


def elements(inputs: list[Any], *further: dict[str, Any], **given: Any) -> Family:
    fork = dynamic_fork("f", forkTaskInputs=inputs, **given)
    return Family(workflow(fork, join("j"), *further))


class TestDynamic:
    def chosen(self, name: Any) -> Family:
        one = task("d", type="DYNAMIC", dynamicTaskNameParam="n", inputParameters={"n": name})
        return Family(workflow(one, task("z")))

    def test_the_input_names_the_task(self) -> None:
        family = self.chosen("do_it")
        assert (family.task("d").task_type, family.task("d").name) == ("do_it", "do_it")
        assert family.task("d").kind == "DYNAMIC"
        assert family.run().status == "COMPLETED"

    def test_a_number_is_a_name_like_any_other(self) -> None:
        """Observed on Conductor 3.32.3."""
        assert self.chosen(5).task("d").task_type == "5"

    @pytest.mark.parametrize("name", [None, ""])
    def test_without_a_name_the_job_fails(self, name: Any) -> None:
        family = self.chosen(name)
        assert family.status == "FAILED"
        assert family.state.reason.startswith(
            "Cannot map a dynamic task based on the parameter and input. Parameter= n, input= "
        )
        assert family.tasks() == []

    def test_an_operator_cannot_be_chosen(self) -> None:
        assert "SWITCH" in self.chosen("SWITCH").state.reason

    def test_what_an_executor_serves_can(self) -> None:
        assert self.chosen("HTTP").task("d").task_type == "HTTP"


class TestPair:
    def test_tasks_and_their_inputs(self) -> None:
        family = pair(
            [task("a", inputParameters={"own": 1}), task("b", type="HTTP")],
            {"a": {"k": "${workflow.workflowType}"}, "b": {"uri": "http://e.com"}},
            answers={"a": {"v": 1}, "HTTP": {"v": 2}},
        ).run()
        assert family.tasks() == [
            "f FORK COMPLETED",
            "a do_a COMPLETED",
            "b HTTP COMPLETED",
            "j JOIN COMPLETED",
            "z do_z COMPLETED",
        ]
        assert family.task("a").input == {"own": 1, "k": "order"}
        assert family.task("j").input == {"joinOn": ["a", "b"]}
        assert family.output("j") == {"a": {"v": 1}, "b": {"v": 2}}
        fork = family.task("f").input
        assert fork["forkedTasks"] == ["a", "b"]
        assert [one["taskReferenceName"] for one in fork["forkedTaskDefs"]] == ["a", "b"]

    def test_no_tasks_are_fine(self) -> None:
        family = pair([]).run()
        assert family.refs() == ["f", "j", "z"]
        assert family.status == "COMPLETED"

    @pytest.mark.parametrize("tasks", [None, "x", {}, ["x"], [{"name": "n"}]])
    def test_what_is_no_list_of_tasks_fails_the_job(self, tasks: Any) -> None:
        family = pair(tasks)
        assert family.status == "FAILED"
        assert "Input 'tasks' is invalid. Cannot deserialize a list of" in family.state.reason
        assert family.tasks() == []

    def test_inputs_that_are_no_map_fail_the_job(self) -> None:
        family = pair([task("a")], [1])
        assert "is not a map -> expecting a map of K,V  but found [1]" in family.state.reason

    def test_an_input_that_is_no_map_fails_the_job(self) -> None:
        family = pair([task("a")], {"a": 5})
        assert family.state.reason.startswith(
            "Tasks could not be dynamically forked due to invalid input: "
        )

    def test_a_ref_that_exists_fails_the_job(self) -> None:
        family = pair([task("z")])
        assert family.state.reason == (
            "No dynamic tasks could be created for the Workflow: order.1/root, Dynamic Fork "
            "Task: do_z/z attempted to create a duplicate task reference name: z"
        )

    def test_of_two_tasks_with_one_ref_the_first_counts(self) -> None:
        family = pair([task("a"), task("a", name="other")]).run()
        assert family.refs() == ["f", "a", "j", "z"]
        assert family.task("a").task_type == "do_a"

    @pytest.mark.parametrize(
        ("one", "word"),
        [
            (task("a", type="JDBC"), "JDBC cannot be run"),
            (task("a", type="FORK_JOIN", forkTasks=[[task("b")]]), "nothing would join"),
            (task("a", type="DO_WHILE"), "loopOver"),
            ({**task("a"), "name": ""}, "name is missing"),
            (task("a", retryCount="many"), "retryCount"),
        ],
    )
    def test_a_task_that_cannot_be_run_fails_the_job(self, one: Any, word: str) -> None:
        family = pair([one])
        assert family.status == "FAILED"
        assert word in family.state.reason

    def test_a_forked_switch_runs_its_whole_case_before_the_join(self) -> None:
        """The original runs only the first task of the case (§4)."""
        one = switch("s", "x", {"x": [task("a"), task("b")]})
        family = pair([one, task("c")]).run()
        assert family.refs() == ["f", "s", "a", "c", "j", "b", "z"]
        assert family.task("j").input == {"joinOn": ["b", "c"]}

    def test_a_forked_loop_runs(self) -> None:
        family = pair([times("l", 2, task("a"), task("b"))]).run()
        assert family.refs() == ["f", "l", "j", "a__1", "b__1", "a__2", "b__2", "z"]

    def test_a_forked_sub_workflow_runs(self) -> None:
        child = workflow(task("w"), name="child")
        given = {"tasks": [sub_workflow("s", "child")], "inputs": {"s": {"k": 1}}}
        family = Family(PAIR, child, given=given).run()
        assert family.status == "COMPLETED"
        assert family.jobs[family.children[0]].input == {"k": 1}

    def test_a_failure_fails_the_job_and_a_retry_takes_it_up(self) -> None:
        answers = {"a": [failed("no"), {}], "b": Never()}
        family = pair([task("a"), task("b")], answers=answers).run()
        assert family.tasks()[1:] == [
            "a do_a FAILED_WITH_TERMINAL_ERROR",
            "b do_b CANCELED",
            "j JOIN CANCELED",
        ]
        family.restarted()
        family.ask(Retry())
        family.run()
        family.complete("b")
        assert family.run().status == "COMPLETED"
        assert family.task("j").input["joinOn"] == ["a", "b"]

    def test_an_unregistered_forked_task_is_tried_once(self) -> None:
        family = pair([task("a")], answers={"a": failed("no", TaskStatus.FAILED)}).run()
        assert family.refs().count("a") == 1

    def test_own_settings_of_a_forked_task_count(self) -> None:
        tasks = [task("a", taskDefinition={"retryCount": 1}), task("b", optional=True)]
        answers = {"a": [failed("no", TaskStatus.FAILED), {}], "b": failed("no")}
        family = pair(tasks, answers=answers).run()
        assert family.status == "COMPLETED"
        assert family.refs().count("a") == 2
        assert family.task("j").status is TaskStatus.COMPLETED_WITH_ERRORS


class TestElements:
    def test_a_task_for_each_element(self) -> None:
        family = elements([{"k": 1}, 5], forkTaskName="w")
        assert family.refs() == ["f", "_w_0", "_w_1", "j"]
        assert family.task("_w_0").input == {"k": 1, "__index": 0}
        assert family.task("_w_1").input == {"input": 5, "__index": 1}
        assert family.task("_w_0").task_type == "w"

    def test_the_name_is_that_of_the_type_or_of_the_fork(self) -> None:
        assert elements([1], forkTaskType="HTTP").refs() == ["f", "_HTTP_0", "j"]
        assert elements([1]).refs() == ["f", "_f_0", "j"]

    def test_a_second_dynamic_fork_has_its_ref_in_the_names(self) -> None:
        again = dynamic_fork("g", forkTaskInputs=[1], forkTaskName="w")
        family = elements([1], again, join("k"), forkTaskName="w").run()
        assert family.refs() == ["f", "_w_0", "j", "g", "_g_w_0", "k"]
        assert family.status == "COMPLETED"

    def test_in_a_loop_the_names_change_after_the_first_iteration(self) -> None:
        body = [dynamic_fork("f", forkTaskInputs=[1], forkTaskName="w"), join("j")]
        family = Family(workflow(times("l", 2, *body))).run()
        assert family.refs() == ["l", "f__1", "_w_0__1", "j__1", "f__2", "_f_w_0__2", "j__2"]
        assert family.output("l")["1"] == {"f": {}, "j": {}}

    def test_a_workflow_for_each_element(self) -> None:
        child = workflow(task("w"), name="child", version=2)
        given = {"forkTaskWorkflow": "child", "forkTaskWorkflowVersion": "2"}
        fork = dynamic_fork("f", forkTaskInputs=[{"k": 1}, {"k": 2}], **given)
        family = Family(workflow(fork, join("j")), child).run()
        assert family.refs() == ["f", "_f_0", "_f_1", "j"]
        assert family.task("_f_0").input["subWorkflowVersion"] == 2
        assert [family.jobs[one].input["k"] for one in family.children] == [1, 2]

    def test_a_version_that_is_no_text_fails_the_job(self) -> None:
        family = elements([1], forkTaskWorkflow="child", forkTaskWorkflowVersion=2)
        assert "forkTaskWorkflowVersion" in family.state.reason

    def test_an_element_may_say_more_of_its_task(self) -> None:
        fork = dynamic_fork("f", forkTaskInputs=[{"optional": True}, {}], forkTaskName="w")
        family = Family(workflow(fork, join("j")), answers={"_w_0": failed("no")}).run()
        assert family.status == "COMPLETED"

    def test_an_optional_fork_has_optional_tasks(self) -> None:
        fork = {**dynamic_fork("f", forkTaskInputs=[1, 2], forkTaskName="w"), "optional": True}
        family = Family(workflow(fork, join("j")), answers={"w": failed("no")}).run()
        assert family.status == "COMPLETED"

    def test_without_a_join_the_job_fails(self) -> None:
        family = Family(workflow(dynamic_fork("f", forkTaskInputs=[1]), task("z")))
        assert "not followed by a join task" in family.state.reason


class TestLegacy:
    def legacy(self, value: Any, *others: dict[str, Any]) -> Family:
        fork = task(
            "f",
            type="FORK_JOIN_DYNAMIC",
            dynamicForkJoinTasksParam="all",
            inputParameters={"all": value},
        )
        return Family(workflow(fork, join("j"), task("z")), *others)

    def test_tasks_with_their_inputs(self) -> None:
        tasks = [
            {"taskName": "n1", "referenceName": "a", "input": {"k": 1}},
            {
                "taskName": "n2",
                "referenceName": "s",
                "type": "SUB_WORKFLOW",
                "workflowName": "child",
            },
        ]
        family = self.legacy({"dynamicTasks": tasks}, workflow(task("w"), name="child")).run()
        assert family.status == "COMPLETED"
        assert family.task("a").task_type == "n1"
        assert family.task("a").input == {"k": 1}
        assert len(family.children) == 1

    @pytest.mark.parametrize("value", [None, {}, {"dynamicTasks": None}, []])
    def test_no_tasks_fail_the_job(self, value: Any) -> None:
        family = self.legacy(value)
        assert family.state.reason.startswith(
            "Dynamic tasks could not be created. The value of all from task's input "
        )

    def test_a_wrong_task_fails_the_job(self) -> None:
        assert "referenceName" in self.legacy({"dynamicTasks": [{"taskName": "n"}]}).state.reason

"""SUB_WORKFLOW and START_WORKFLOW."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Terminate
from daemon.decider.waiting import waiting_for
from daemon.dialects.plan import Known
from daemon.dialects.tasks.validation import validate
from eventstore.events import ChildRequested, JobStatus, TaskStatus
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
from tests.dialects.tasks.family import Family, Never, failed

CHILD = workflow(task("w", inputParameters={"k": "${workflow.input.k}"}), name="child")


NO_NAME = "Workflow name cannot be null or empty."


def requested(family: Family) -> ChildRequested:
    (found,) = [e for e, _, _ in family.written["root"] if isinstance(e, ChildRequested)]
    return found


class TestSubWorkflow:
    def test_its_input_goes_to_a_job_and_the_jobs_output_comes_back(self) -> None:
        one = sub_workflow("s", "child", inputParameters={"k": "${workflow.input.k}"})
        family = Family(workflow(one, task("z")), CHILD, given={"k": 3}, answers={"w": {"v": 1}})
        assert family.task("s").input == {
            "subWorkflowName": "child",
            "subWorkflowVersion": None,
            "subWorkflowTaskToDomain": None,
            "priority": None,
            "idempotencyKey": None,
            "idempotencyStrategy": None,
            "subWorkflowDefinition": None,
            "workflowInput": {"k": 3},
        }
        family.settle()
        (child,) = family.children
        assert family.task("s").child_job == child
        assert family.output("s") == {"subWorkflowId": child}
        assert [(one.kind, one.job_id) for one in waiting_for(family.state)] == [("job", child)]
        assert family.jobs[child].input == {"k": 3}
        family.run()
        assert family.output("s") == {"subWorkflowId": child, "v": 1}
        assert family.status == "COMPLETED"

    def test_a_definition_within_it_may_read_from_nowhere(self) -> None:
        """As it may in the original, where registered ones may not."""
        inner = workflow(task("w", inputParameters={"k": "${nowhere.output.k}"}), name="within")
        assert validate(inner, Known()).errors
        assert not validate(inner, Known(within_job=True)).errors

    def test_an_attempt_that_gets_through_has_no_reason_left(self) -> None:
        """Observed on Conductor 3.32.3."""
        one = sub_workflow("s", "child", retryCount=1)
        family = Family(workflow(one), CHILD, answers={"w": {"v": 1}})
        family.settle()
        (child,) = family.children
        family.fail("w", failed("no"), child)
        family.settle()
        family._wait()
        assert family.task("s").reason is not None
        family.run()
        assert (family.status, family.task("s").reason) == ("COMPLETED", None)

    def test_of_a_version_that_is_not_there_it_says_so_in_conductors_words(self) -> None:
        one = task("s", type="SUB_WORKFLOW", subWorkflowParam={"name": "nobody", "version": 3})
        family = Family(workflow(one)).run()
        words = "No such workflow defined. name=nobody, version=3"
        assert family.task("s").reason == words
        assert family.output("s") is None
        given = {"startWorkflow": {"name": "nobody", "version": 3}}
        one = task("s", type="START_WORKFLOW", inputParameters=given)
        assert Family(workflow(one)).run().task("s").reason == words

    def test_it_is_ended_for_the_reason_that_its_parent_ends_for(self) -> None:
        """Also where the parent completes (observed on Conductor 3.32.3)."""
        end = {"terminationStatus": "COMPLETED", "terminationReason": "enough"}
        branches = fork(
            "f",
            [sub_workflow("s", "child")],
            [task("a"), task("e", type="TERMINATE", inputParameters=end)],
        )
        family = Family(workflow(branches, join("j", "s")), CHILD)
        family.settle()
        family.complete("a")
        (child,) = family.children
        reason = "Parent workflow has been terminated with reason: enough"
        assert family.jobs[child].reason == reason
        assert family.output("j") == {"s": {"subWorkflowId": child}}

    def test_without_a_version_it_shows_the_one_that_the_submit_froze(self) -> None:
        family = Family(workflow(sub_workflow("s", "child")), CHILD, versions={"child": 7})
        assert family.task("s").input["subWorkflowVersion"] == 7
        assert requested(family).version_number == 7
        family.run()

    def test_a_definition_inside_it_says_name_and_version_itself(self) -> None:
        params = {"name": "other", "version": 3, "workflowDefinition": CHILD}
        family = Family(workflow(task("s", type="SUB_WORKFLOW", subWorkflowParam=params)))
        told = family.task("s").input
        assert (told["subWorkflowName"], told["subWorkflowVersion"]) == (CHILD["name"], 1)

    def test_what_of_it_are_expressions_is_resolved(self) -> None:
        params = {
            "name": "${workflow.input.name}",
            "version": 2,
            "taskToDomain": {"*": "${workflow.input.d}"},
            "priority": "${workflow.input.p}",
        }
        one = task("s", type="SUB_WORKFLOW", subWorkflowParam=params)
        given = {"name": "child", "d": "green", "p": 7}
        family = Family(workflow(one), CHILD, given=given)
        asked = requested(family)
        assert (asked.workflow, asked.version_number) == ("child", 2)
        assert (asked.domains, asked.priority) == ({"*": "green"}, 7)

    @pytest.mark.parametrize(("priority", "used"), [("9", 0), (None, 0), (True, 0), (500, 99)])
    def test_only_a_number_is_a_priority(self, priority: Any, used: int) -> None:
        params = {"name": "child", "priority": priority}
        family = Family(workflow(task("s", type="SUB_WORKFLOW", subWorkflowParam=params)), CHILD)
        assert requested(family).priority == used

    def test_without_parameters_its_whole_input_is_the_childs(self) -> None:
        family = Family(workflow(sub_workflow("s", "child")), CHILD)
        assert requested(family).input["subWorkflowName"] == "child"

    @pytest.mark.parametrize("version", [None, 0])
    def test_no_version_is_the_highest(self, version: Any) -> None:
        params = {"name": "child", "version": version}
        family = Family(workflow(task("s", type="SUB_WORKFLOW", subWorkflowParam=params)), CHILD)
        assert requested(family).version_number is None

    def test_a_definition_may_come_with_it_or_out_of_an_expression(self) -> None:
        for definition in (CHILD, "${workflow.input.definition}"):
            params = {"name": "any", "workflowDefinition": definition}
            one = task("s", type="SUB_WORKFLOW", subWorkflowParam=params, inputParameters={"k": 1})
            family = Family(workflow(one), given={"definition": CHILD}).run()
            assert family.status == "COMPLETED"
            child = family.jobs[family.children[0]]
            assert child.input == {"k": 1, "_systemMetadata": {"dynamic": True}}
            assert family.task("w", child.job_id).input == {"k": 1}

    def test_a_definition_with_loop_switch_and_script_task_comes_out_of_the_input(self) -> None:
        body = [
            switch("s", "${l.output.iteration}", {"1": [task("one")]}, defaultCase=[task("two")]),
            task("i", type="INLINE", inputParameters={"expression": "1"}),
        ]
        inner = workflow(
            times("l", 2, *body),
            name="inner",
            outputParameters={"loopsDone": "${l.output.iteration}"},
        )
        params = {"name": "x", "version": 1, "workflowDefinition": "${workflow.input.definition}"}
        definition = workflow(task("c", type="SUB_WORKFLOW", subWorkflowParam=params))
        family = Family(definition, given={"definition": inner}).run()
        assert family.output("c")["loopsDone"] == 2

    @pytest.mark.parametrize(
        ("how", "task_status", "status"),
        [
            (failed("broken"), TaskStatus.FAILED, JobStatus.FAILED),
            (failed("broken", TaskStatus.CANCELED), TaskStatus.CANCELED, JobStatus.TERMINATED),
        ],
    )
    def test_a_bad_end_of_the_child_ends_the_parent_alike(
        self, how: Any, task_status: TaskStatus, status: JobStatus
    ) -> None:
        family = Family(workflow(sub_workflow("s", "child")), CHILD, answers={"w": how}).run()
        (child,) = family.children
        assert family.task("s").status is task_status
        assert family.status is status
        assert family.task("s").reason == (
            f"Sub workflow child/{child} failure reason: {family.jobs[child].reason}"
        )
        assert family.state.reason.startswith(f"Task root.1 failed with status: {status} and")

    def test_a_user_who_ends_the_child_ends_the_parent(self) -> None:
        family = Family(workflow(sub_workflow("s", "child")), CHILD, answers={"w": Never()}).run()
        (child,) = family.children
        family.ask(Terminate(reason="given up"), child)
        assert family.task("s").status is TaskStatus.CANCELED
        assert family.status is JobStatus.TERMINATED

    def test_ending_the_parent_ends_the_child(self) -> None:
        family = Family(workflow(sub_workflow("s", "child")), CHILD, answers={"w": Never()}).run()
        family.ask(Terminate(reason="enough"))
        child = family.jobs[family.children[0]]
        assert child.status is JobStatus.TERMINATED
        assert child.reason == "Parent workflow has been terminated with reason: enough"

    def test_a_failed_one_is_tried_again_with_another_job(self) -> None:
        one = sub_workflow("s", "child", retryCount=1, inputParameters={"k": 1})
        answers: list[Any] = [failed("no"), {"v": 2}]
        family = Family(workflow(one), CHILD, answers={"w": lambda _: answers.pop(0)}).run()
        assert family.status == "COMPLETED"
        assert len(family.children) == 2
        assert [task.attempt for task in family.state.in_order()] == [0, 1]

    def test_an_optional_one_that_fails_leaves_the_join_completed_with_errors(self) -> None:
        branches = [[sub_workflow(ref, "child", optional=True)] for ref in ("a", "b")]
        definition = workflow(fork("f", *branches), join("j", "a", "b"), task("z"))
        family = Family(definition, CHILD, answers={"w": failed("no")}).run()
        assert family.task("j").status is TaskStatus.COMPLETED_WITH_ERRORS
        assert family.status == "COMPLETED"

    def test_a_workflow_that_nobody_knows_fails_the_task(self) -> None:
        family = Family(workflow(sub_workflow("s", "nobody"))).run()
        assert family.task("s").status is TaskStatus.FAILED
        assert family.task("s").reason == "No such workflow defined. name=nobody, version=null"

    @pytest.mark.parametrize(
        ("params", "word"),
        [
            ({"name": "${workflow.input.gone}"}, "null"),
            ({"name": "x", "workflowDefinition": "${workflow.workflowType}"}, "no definition"),
            ({}, "null"),
        ],
    )
    def test_what_names_no_workflow_fails_the_job_instead_of_leaving_it_stuck(
        self, params: dict[str, Any], word: str
    ) -> None:
        family = Family(workflow(task("s", type="SUB_WORKFLOW", subWorkflowParam=params)))
        assert family.status == "FAILED"
        assert word in family.state.reason

    def test_one_without_params_in_a_loop_fails_the_job(self) -> None:
        family = Family(workflow(loop("l", None, task("s", type="SUB_WORKFLOW"))))
        assert "has no subWorkflowParam" in family.state.reason

    def test_a_delayed_one_starts_its_job_later(self) -> None:
        family = Family(workflow(sub_workflow("s", "child", startDelay=5)), CHILD)
        family.settle()
        assert family.children == []
        assert family.run().status == "COMPLETED"

    def test_a_child_sees_its_parent(self) -> None:
        child = workflow(
            task("w", inputParameters={"p": "${workflow.parentWorkflowId}"}), name="child"
        )
        family = Family(workflow(sub_workflow("s", "child")), child).run()
        assert family.task("w", family.children[0]).input == {"p": "root"}


class TestStartWorkflow:
    def started(self, request: Any, *others: dict[str, Any]) -> Family:
        one = task("s", type="START_WORKFLOW", inputParameters={"startWorkflow": request})
        return Family(workflow(one, task("z")), *others, answers={"w": Never()}).run()

    def test_it_starts_a_job_and_goes_on(self) -> None:
        family = self.started({"name": "child", "version": 1, "input": {"k": 4}}, CHILD)
        (child,) = family.children
        assert family.output("s") == {"workflowId": child}
        assert family.status == "COMPLETED"
        assert family.jobs[child].status == "RUNNING"
        assert family.jobs[child].parent_job is None
        assert family.jobs[child].input == {"k": 4}

    def test_a_definition_may_come_with_it(self) -> None:
        assert len(self.started({"workflowDef": CHILD}).children) == 1

    @pytest.mark.parametrize(
        ("request_", "reason"),
        [
            (None, "Missing 'startWorkflow' in input data."),
            ("x", "Error reading StartWorkflowRequest. It is no object: x"),
            (
                {},
                f"startWorkflow validation failed. 'name' -> {NO_NAME} ",
            ),
            ({"name": "child", "input": 5}, "Error reading StartWorkflowRequest. input is 5"),
        ],
    )
    def test_a_malformed_request_fails_the_task(self, request_: Any, reason: str) -> None:
        family = self.started(request_, CHILD)
        assert family.task("s").status is TaskStatus.FAILED
        assert family.task("s").reason == reason

    def test_a_workflow_that_nobody_knows_fails_the_task(self) -> None:
        assert self.started({"name": "nobody"}).task("s").status is TaskStatus.FAILED

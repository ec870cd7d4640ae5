"""NOOP, SET_VARIABLE, TERMINATE and the tasks that executors take."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Retry, StartTask
from daemon.dialects.plan import Policy
from eventstore.events import FailureJobRequested, JobStatus, TaskStatus
from tests.dialects.tasks.definitions import (
    fork,
    join,
    sub_workflow,
    switch,
    task,
    times,
    workflow,
)
from tests.dialects.tasks.family import Family, Never, failed


def terminate(ref: str = "x", status: str = "COMPLETED", **given: Any) -> dict[str, Any]:
    return task(ref, type="TERMINATE", inputParameters={"terminationStatus": status, **given})


def variable(ref: str = "v", **given: Any) -> dict[str, Any]:
    return task(ref, type="SET_VARIABLE", inputParameters=given)


class TestNoop:
    def test_it_is_done_at_once_and_has_no_input(self) -> None:
        family = Family(workflow(task("n", type="NOOP", inputParameters={"x": 1}), task("z")))
        assert family.tasks() == ["n NOOP COMPLETED", "z do_z SCHEDULED"]
        assert family.task("n").input == {}


class TestSetVariable:
    def test_its_input_becomes_variables_and_its_output_stays_empty(self) -> None:
        definition = workflow(
            variable(a="${workflow.input.a}", b=2),
            task("t", inputParameters={"a": "${workflow.variables.a}"}),
            variables={"b": 1, "c": 3},
            outputParameters={"all": "${workflow.variables}"},
        )
        family = Family(definition, given={"a": {"x": 1}}).run()
        assert family.output("v") == {}
        assert family.task("t").input == {"a": {"x": 1}}
        assert family.state.output == {"all": {"a": {"x": 1}, "b": 2, "c": 3}}

    def test_a_variable_counts_in_a_loop(self) -> None:
        count = variable(n="${workflow.variables.n}1")
        family = Family(workflow(times("l", 3, count), variables={"n": ""})).run()
        assert family.state.variables == {"n": "111"}

    def test_too_large_variables_fail_the_job_and_leave_the_old_ones(self) -> None:
        big = "x" * 300_000
        family = Family(workflow(variable(a=big), variables={"a": 1})).run()
        size = len(big) + len('{"a":""}')
        assert family.tasks() == ["v SET_VARIABLE FAILED_WITH_TERMINAL_ERROR"]
        assert family.task("v").reason == (
            f"The variables payload size: {size} of workflow: root is greater than the "
            "permissible limit: 256 kilobytes"
        )
        assert family.state.variables == {"a": 1}

    def test_the_limit_can_be_another(self) -> None:
        policy = Policy(max_variables_bytes=1024)
        family = Family(workflow(variable(a="x" * 1024)), policy=policy).run()
        assert family.tasks() == ["v SET_VARIABLE FAILED_WITH_TERMINAL_ERROR"]
        assert family.task("v").reason.endswith("the permissible limit: 1 kilobytes")


class TestTerminate:
    def test_completed_ends_the_job_and_nothing_more_is_scheduled(self) -> None:
        definition = workflow(
            task("t"),
            terminate(workflowOutput={"r": "${t.output.v}"}),
            task("z"),
            outputParameters={"ignored": 1},
        )
        family = Family(definition, answers={"t": {"v": 7}}).run()
        assert family.tasks() == ["t do_t COMPLETED", "x TERMINATE COMPLETED"]
        assert (family.status, family.state.output) == (JobStatus.COMPLETED, {"r": 7})
        assert family.state.reason == "Workflow is COMPLETED by TERMINATE task: root.2"

    @pytest.mark.parametrize(("given", "output"), [(5, {"output": 5}), (None, {}), ({}, {})])
    def test_what_is_no_object_becomes_the_member_output(self, given: Any, output: Any) -> None:
        assert Family(workflow(terminate(workflowOutput=given))).run().state.output == output

    @pytest.mark.parametrize("status", ["FAILED", "TERMINATED"])
    def test_a_bad_end_has_its_reason_and_starts_the_failure_workflow(self, status: str) -> None:
        definition = workflow(
            terminate(status=status, terminationReason="enough"), failureWorkflow="clean_up"
        )
        family = Family(definition).run()
        assert (family.status, family.state.reason) == (status, "enough")
        asked = [e for e, _, _ in family.written["root"] if isinstance(e, FailureJobRequested)]
        assert len(asked) == 1
        assert asked[0].input["failureStatus"] == status
        assert asked[0].input["failureTaskId"] == "root.1"
        assert asked[0].input["reason"] == "enough"

    def test_in_a_branch_it_ends_what_runs_beside_it(self) -> None:
        definition = workflow(
            fork("f", [task("a")], [terminate(workflowOutput={"r": 1})]), join("j", "a", "x")
        )
        family = Family(definition, answers={"a": Never()}).run()
        assert family.tasks() == [
            "f FORK COMPLETED",
            "a do_a CANCELED",
            "x TERMINATE COMPLETED",
            "j JOIN CANCELED",
        ]
        assert family.state.output == {"r": 1}

    def test_it_ends_a_sub_workflow_that_runs_and_what_waits_in_it(self) -> None:
        child = workflow(task("w", type="WAIT"), name="child")
        definition = workflow(fork("f", [sub_workflow("s", "child")], [terminate()]), join("j"))
        family = Family(definition, child).run()
        assert family.status == "COMPLETED"
        assert family.tasks()[1] == "s SUB_WORKFLOW CANCELED"
        for job in family.children:
            assert family.jobs[job].status == "TERMINATED"
            assert family.tasks(job) in ([], ["w WAIT CANCELED"])

    def test_in_a_case_it_fails_the_job_with_the_output_of_the_case(self) -> None:
        cases = {"bad": [terminate(status="FAILED", workflowOutput={"why": "case"})]}
        family = Family(workflow(switch("s", "bad", cases), task("z"))).run()
        assert family.tasks() == ["s SWITCH COMPLETED", "x TERMINATE COMPLETED"]
        assert (family.status, family.state.output) == (JobStatus.FAILED, {"why": "case"})

    def test_in_a_loop_it_ends_the_loop_too(self) -> None:
        stop = switch("s", "${l.output.iteration}", {"2": [terminate()]})
        family = Family(workflow(times("l", 5, task("a"), stop))).run()
        assert family.refs() == ["l", "a__1", "s__1", "a__2", "s__2", "x__2"]
        assert family.tasks()[0] == "l DO_WHILE CANCELED"
        assert family.status == "COMPLETED"

    def test_an_unknown_status_that_only_shows_in_a_loop_fails_the_task(self) -> None:
        family = Family(workflow(times("l", 2, terminate(status="${workflow.input.no}")))).run()
        assert family.task("x").reason == "given termination status is not valid"
        assert family.status == "FAILED"

    def test_a_retry_of_a_job_that_was_ended_so_ends_it_again(self) -> None:
        definition = workflow(
            fork("f", [task("a")], [terminate(status="FAILED", terminationReason="no")]),
            join("j", "a"),
        )
        family = Family(definition, answers={"a": Never()}).run()
        family.ask(Retry())
        assert (family.status, family.state.reason) == (JobStatus.FAILED, "no")


class TestExecuted:
    @pytest.mark.parametrize("kind", ["INLINE", "LAMBDA", "JSON_JQ_TRANSFORM"])
    def test_a_script_task_lies_in_the_queue_of_its_type_at_once(self, kind: str) -> None:
        given = {"expression": "$.x", "queryExpression": ".", "x": "${workflow.input.x}"}
        one = task("i", type=kind, inputParameters=given, startDelay=9)
        family = Family(workflow(one), given={"x": 5})
        scheduled = family.task("i")
        assert (scheduled.task_type, scheduled.offered, scheduled.ready_at) == (kind, True, None)
        assert scheduled.input["x"] == 5

    def test_a_script_task_is_tried_again_without_delay(self) -> None:
        one = task("i", type="INLINE", inputParameters={"expression": "1"}, retryCount=1)
        settings = {"do_i": {"name": "do_i", "retryDelaySeconds": 60}}
        family = Family(workflow(one), task_types=settings)
        family.fail("i", failed("x", status=TaskStatus.FAILED))
        assert (family.task("i").attempt, family.task("i").ready_at) == (1, None)

    def test_a_request_says_how_it_is_completed(self) -> None:
        given = {"http_request": {"uri": "http://example.com", "method": "GET"}}
        one = task("h", type="HTTP", inputParameters=given, startDelay=3)
        family = Family(workflow(one))
        assert family.task("h").input == {**given, "asyncComplete": False}
        assert family.task("h").ready_at == family.now + 3_000_000

    def test_one_that_completes_later_waits_for_an_outside_event(self) -> None:
        one = task("h", type="HTTP", asyncComplete=True, inputParameters={"uri": "http://e.com"})
        family = Family(workflow(one, task("z")))
        assert family.task("h").input["asyncComplete"] is True
        family.ask(StartTask(task=1, worker="executor:http", session="s"))
        family.complete("h", {"response": 1})
        assert family.task("h").awaits == ("h",)

    def test_an_unregistered_one_is_not_retried(self) -> None:
        one = task("h", type="HTTP", inputParameters={"uri": "http://e.com"})
        family = Family(workflow(one), answers={"h": failed("down", status=TaskStatus.FAILED)})
        assert family.run().status == "FAILED"
        assert len(family.tasks()) == 1

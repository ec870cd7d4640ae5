"""Event handlers: what is refused, when they act, what their actions come to (§6.5, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.dialects.handlers import (
    HandlerPlan,
    Message,
    Order,
    Question,
    ReportTask,
    SetJobVariables,
    StartJob,
    TerminateJob,
)
from daemon.dialects.plan import Fault
from daemon.dialects.tasks.handlers import EventHandlers
from eventstore.events import TaskStatus

LANGUAGE = EventHandlers()
EVENT = "conductor:w:q"
MARKS = {"conductor.event.messageId": "m", "conductor.event.name": EVENT}


def start(**fields: Any) -> dict[str, Any]:
    return {"action": "start_workflow", "start_workflow": {"name": "other", **fields}}


def act(kind: str, **fields: Any) -> dict[str, Any]:
    return {"action": kind, kind: fields}


def handler(*actions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = {"name": "h", "event": EVENT, "active": True}
    return {**given, "actions": list(actions) or [start()], **fields}


def plan(*actions: dict[str, Any], **fields: Any) -> HandlerPlan:
    return LANGUAGE.read(handler(*actions, **fields))


def order(action: dict[str, Any], payload: Any) -> Order | Fault:
    return plan(action).order(0, Message(message_id="m", event=EVENT, payload=payload))


class TestRefusals:
    @pytest.mark.parametrize(
        ("definition", "path", "message"),
        [
            (handler(name=""), "/name", "Missing event handler name"),
            (handler(event=None), "/event", "Missing event location"),
            (
                handler(actions=[]),
                "/actions",
                "No actions specified. Please specify at-least one action",
            ),
        ],
    )
    def test_as_the_original_says(self, definition: Any, path: str, message: str) -> None:
        (problem,) = LANGUAGE.check(definition).errors
        assert (problem.path, problem.message) == (path, message)

    @pytest.mark.parametrize(
        ("definition", "path", "words"),
        [
            (handler(event="conductor"), "/event", "names no queue"),
            (handler(event="conductors:x"), "/event", "neither 'conductor' nor"),
            (handler(act("start_world", name="a")), "/actions/0/action", "start_world"),
            (handler({"action": "start_workflow"}), "/actions/0/start_workflow", "missing"),
            (handler(start(name="")), "/actions/0/start_workflow/name", "missing"),
            (handler(act("complete_task", output={})), "/actions/0/complete_task/taskId", "which"),
            (handler(act("report", status="COMPLETED")), "/actions/0/action", "report"),
            (handler(act("terminate_workflow", x=1)), "/actions/0/terminate_workflow/wor", "is mi"),
            (
                handler(condition="x", evaluatorType="python"),
                "/evaluatorType",
                "conditions in 'python' cannot be evaluated",
            ),
            (handler(active="perhaps"), "/active", "true or false"),
        ],
    )
    def test_by_a_sentence(self, definition: Any, path: str, words: str) -> None:
        (problem,) = LANGUAGE.check(definition).errors
        assert problem.path.startswith(path)
        assert words in problem.message

    @pytest.mark.parametrize(
        ("definition", "path", "words"),
        [
            (handler(event="sqs:orders"), "/event", "no message of 'sqs:orders' ever comes"),
            (handler(act("start_agent", name="a")), "/actions/0/action", "start_agent"),
        ],
    )
    def test_what_is_for_another_server_is_told_apart(
        self, definition: Any, path: str, words: str
    ) -> None:
        found = LANGUAGE.check(definition)
        assert found.errors == ()
        (problem,) = found.unsupported
        assert problem.path == path
        assert words in problem.message

    def test_no_agent_is_started(self) -> None:
        fault = order(act("start_agent", name="a"), {})
        assert isinstance(fault, Fault)
        assert "start_agent" in fault.reason

    def test_all_mistakes_are_told_at_once(self) -> None:
        assert len(LANGUAGE.check({"actions": []}).errors) == 3

    def test_a_good_one_is_taken(self) -> None:
        every = (
            start(),
            act("complete_task", workflowId="x", taskRefName="y"),
            act("fail_task", taskId="x"),
            act("terminate_workflow", workflowId="x"),
            act("update_workflow_variables", workflowId="x", variables={}),
        )
        assert LANGUAGE.check(handler(*every)).errors == ()

    def test_a_handler_is_not_active_unless_it_says_so(self) -> None:
        assert plan().active
        assert not LANGUAGE.read({"name": "h", "event": EVENT}).active


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "payload", "acts"),
        [
            (None, {}, True),
            ("  ", "text", True),
            ("true", {}, True),
            ("$.a == 'x'", {"a": "x"}, True),
            ("$.a == 'x'", {"a": "y"}, False),
            ("$.a.b > 2", {"a": '{"b": 3}'}, True),
            ("$.a", {"a": "true"}, False),
        ],
    )
    def test_simple_ones_need_no_engine(self, condition: Any, payload: Any, acts: bool) -> None:
        assert plan(condition=condition).judge(payload) is acts

    def test_others_are_asked_of_an_engine_with_embedded_json_open(self) -> None:
        asked = plan(condition="$.list.includes(1)").judge({"list": "[1, 2]"})
        assert asked == Question(
            language="javascript", expression="$.list.includes(1)", input={"list": [1, 2]}
        )

    def test_a_payload_that_is_no_object_goes_to_the_engine(self) -> None:
        assert isinstance(plan(condition="$ == 'x'").judge("x"), Question)

    @pytest.mark.parametrize(("key", "acts"), [("yes", True), ("no", False), ("none", False)])
    def test_a_value_of_the_payload(self, key: str, acts: bool) -> None:
        one = plan(condition=key, evaluatorType="value-param")
        assert one.judge({"yes": True, "no": "true"}) is acts

    @pytest.mark.parametrize(
        ("answer", "acts"), [(True, True), (1, True), (0, False), ("x", False)]
    )
    def test_an_answer(self, answer: Any, acts: bool) -> None:
        assert plan().holds(answer) is acts


class TestStarting:
    def test_its_input_is_a_template_over_the_payload(self) -> None:
        given = {"whole": "${a}", "text": "no ${a.b}!", "kept": "$${a}", "list": ["${a.c[1]}"]}
        found = order(start(input=given), {"a": {"b": 1, "c": ["x", "y"]}})
        assert found == StartJob(
            workflow="other",
            version_number=None,
            input={
                "whole": {"b": 1, "c": ["x", "y"]},
                "text": "no 1!",
                "kept": "${a}",
                "list": ["y"],
                **MARKS,
            },
            correlation_id=None,
            domains={},
        )

    def test_what_the_payload_lacks_is_null(self) -> None:
        found = order(start(input={"x": "${no.such}", "y": "a ${b}"}), {})
        assert isinstance(found, StartJob)
        assert (found.input["x"], found.input["y"]) == (None, "a null")

    def test_version_and_correlation(self) -> None:
        found = order(start(version=3, correlationId="order ${n}"), {"n": 7})
        assert isinstance(found, StartJob)
        assert (found.version_number, found.correlation_id) == (3, "order 7")

    def test_domains_of_the_action_come_before_those_of_the_message(self) -> None:
        payload = {"taskToDomain": {"a": "theirs"}}
        own = order(start(taskToDomain={"a": "own"}), payload)
        theirs = order(start(), payload)
        assert isinstance(own, StartJob)
        assert isinstance(theirs, StartJob)
        assert (own.domains, theirs.domains) == ({"a": "own"}, {"a": "theirs"})

    def test_embedded_json_is_read_on_request_only(self) -> None:
        payload = {"a": '{"b": 1}'}
        action = start(input={"x": "${a.b}"})
        closed, opened = (
            order(action, payload),
            order({**action, "expandInlineJSON": True}, payload),
        )
        assert isinstance(closed, StartJob)
        assert isinstance(opened, StartJob)
        assert (closed.input["x"], opened.input["x"]) == (None, 1)


class TestTasks:
    def test_the_output_tells_which_task_and_which_message(self) -> None:
        action = act("complete_task", workflowId="${id}", taskRefName="t", output={"n": "${n}"})
        found = order(action, {"id": "j", "n": 2})
        output = {"workflowId": "j", "taskId": None, "taskRefName": "t", "n": 2, **MARKS}
        assert found == ReportTask(status=TaskStatus.COMPLETED, job_id="j", ref="t", output=output)

    def test_a_failure_has_its_reason(self) -> None:
        found = order(act("fail_task", taskId="j.1", reasonForIncompletion="no ${n}"), {"n": 2})
        assert isinstance(found, ReportTask)
        assert (found.status, found.task_id, found.reason) == (TaskStatus.FAILED, "j.1", "no 2")
        assert found.output["reasonForIncompletion"] == "no 2"

    def test_a_report_of_a_default_queue(self) -> None:
        built_in = LANGUAGE.read(LANGUAGE.reports(TaskStatus.FAILED))
        payload = {"externalId": '{"workflowId": "j", "taskRefName": "t"}', "n": 1}
        message = Message(message_id="m", event=built_in.event, payload=payload)
        found = built_in.order(0, message)
        assert isinstance(found, ReportTask)
        assert (found.status, found.job_id, found.ref) == (TaskStatus.FAILED, "j", "t")
        assert (found.merges, found.only_open, found.output) == (True, True, payload)
        bad = Message(message_id="m", event=built_in.event, payload={"externalId": "what"})
        assert isinstance(built_in.order(0, bad), Fault)


class TestJobs:
    def test_terminating(self) -> None:
        action = act("terminate_workflow", workflowId="${id}", terminationReason="by ${n}")
        assert order(action, {"id": "j", "n": 1}) == TerminateJob(job_id="j", reason="by 1")
        assert isinstance(order(action, {}), Fault)

    def test_variables(self) -> None:
        action = act(
            "update_workflow_variables",
            workflowId="j",
            variables={"a": "${n}"},
            appendArray=True,
        )
        assert order(action, {"n": 1}) == SetJobVariables(
            job_id="j", variables={"a": 1}, appends=True
        )

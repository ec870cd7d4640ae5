"""EVENT: a message to a queue, published once (reference conductor.md §4)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import NoteMessage, Report, Retry, SendEvent
from daemon.decider.waiting import waiting_for
from eventstore.events import MessageRequested, MessageSent, TaskStatus
from tests.dialects.tasks.definitions import errors, findings, task, times, workflow
from tests.dialects.tasks.family import ROOT, Family


def event(sink: str = "conductor", **fields: Any) -> dict[str, Any]:
    return task("e", type="EVENT", sink=sink, **fields)


def wanted(family: Family) -> list[MessageRequested]:
    return [one for one, _, _ in family.written[ROOT] if isinstance(one, MessageRequested)]


class TestPublishing:
    def test_the_message_is_what_the_task_shows(self) -> None:
        definition = workflow(event(inputParameters={"x": "${workflow.input.x}"}))
        family = Family(definition, given={"x": 1})
        (message,) = wanted(family)
        output = {
            "x": 1,
            "sink": "conductor",
            "asyncComplete": False,
            "workflowInstanceId": "root",
            "workflowType": "order",
            "workflowVersion": 1,
            "correlationId": None,
            "taskToDomain": {},
            "event_produced": "conductor:order:e",
        }
        assert message.payload == output
        assert (message.message_id, message.event) == ("root.1", "conductor:order:e")
        assert family.task("e").output == output
        assert family.task("e").input == {"x": 1, "sink": "conductor", "asyncComplete": False}
        assert family.status == "COMPLETED"

    def test_a_queue_belongs_to_its_workflow(self) -> None:
        (message,) = wanted(Family(workflow(event("conductor:paid"))))
        assert message.event == "conductor:order:paid"

    def test_a_sink_may_be_an_expression(self) -> None:
        definition = workflow(event("conductor:${workflow.input.q}"))
        (message,) = wanted(Family(definition, given={"q": "late"}))
        assert message.event == "conductor:order:late"

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ("sqs:orders", "messages to 'sqs:orders' cannot be sent"),
            ("conductors", "neither 'conductor' nor"),
            (None, "the sink of e is null"),
        ],
    )
    def test_another_sink_fails_the_task(self, given: str | None, words: str) -> None:
        family = Family(workflow(event("${workflow.input.s}")), given={"s": given})
        assert wanted(family) == []
        assert words in str(family.task("e").reason)
        assert family.status == "FAILED"

    def test_each_iteration_publishes_its_own(self) -> None:
        family = Family(workflow(times("l", 3, event()))).run()
        assert [one.message_id for one in wanted(family)] == ["root.2", "root.3", "root.4"]
        assert {one.event for one in wanted(family)} == {"conductor:order:e"}

    def test_the_job_is_settled_when_its_message_is_sent(self) -> None:
        family = Family(workflow(event()))
        assert family.status == "COMPLETED"
        assert not family.state.is_settled
        family.ask(NoteMessage(message_id="root.1"))
        assert family.written[ROOT][-1][0] == MessageSent(message_id="root.1")
        assert family.state.is_settled


class TestAsyncComplete:
    def start(self, **fields: Any) -> Family:
        return Family(workflow(event(asyncComplete=True, **fields), task("z")))

    def test_it_stays_open_and_shows_what_it_published(self) -> None:
        family = self.start()
        (message,) = wanted(family)
        assert family.task("e").status is TaskStatus.IN_PROGRESS
        assert family.task("e").output == message.payload
        assert message.payload["asyncComplete"] is True
        assert [one.kind for one in waiting_for(family.state)] == ["outsideEvent"]

    def test_it_publishes_once_whatever_happens_then(self) -> None:
        """The original publishes again each time it looks at the workflow."""
        family = self.start()
        family.ask(Report(task=1, status=TaskStatus.IN_PROGRESS, output={"half": True}))
        family.ask(SendEvent(event_id="other"))
        family.ask(Report(task=1, status=TaskStatus.COMPLETED, output={"n": 1}))
        assert len(wanted(family)) == 1
        assert family.task("e").output == {"n": 1}
        assert family.run().status == "COMPLETED"

    def test_the_outside_event_of_its_name_ends_it(self) -> None:
        family = self.start()
        family.ask(SendEvent(event_id="e", payload={"n": 1}))
        assert family.task("e").status is TaskStatus.COMPLETED
        assert family.task("e").output["n"] == 1

    def test_one_that_came_before_ends_it_after_it_published(self) -> None:
        definition = workflow(task("a"), event(asyncComplete=True))
        family = Family(definition)
        family.ask(SendEvent(event_id="e", payload={"n": 1}))
        family.run()
        assert len(wanted(family)) == 1
        assert family.status == "COMPLETED"

    def test_another_attempt_publishes_again_under_its_own_id(self) -> None:
        definition = workflow(event(asyncComplete=True, retryCount=1))
        family = Family(definition)
        family.ask(Report(task=1, status=TaskStatus.FAILED, reason="no"))
        family.run()
        assert [one.message_id for one in wanted(family)] == ["root.1", "root.2"]
        assert family.task("e").output == wanted(family)[1].payload


def test_one_that_failed_is_published_by_a_retry_of_the_job() -> None:
    family = Family(workflow(task("a"), event("${a.output.s}")), answers={"a": {"s": "kafka:x"}})
    assert family.run().status == "FAILED"
    family.ask(Retry())
    assert family.status == "FAILED"
    assert wanted(family) == []


@pytest.mark.parametrize("sink", ["conductorx", "conductor:"])
def test_a_sink_that_is_no_queue_of_ours_is_refused_at_registration(sink: str) -> None:
    ((path, message),) = errors(workflow(event(sink)))
    assert path == "/tasks/0/sink"
    assert message.startswith("task e: ")


@pytest.mark.parametrize("sink", ["sqs:q", "kafka:t", "amqp:x", "nats:x"])
def test_a_sink_that_leads_elsewhere_is_refused_or_fails_the_task(sink: str) -> None:
    definition = workflow(event(sink))
    assert errors(definition) == []
    (problem,) = findings(definition).unsupported
    assert problem.path == "/tasks/0/sink"
    family = Family(definition)
    assert wanted(family) == []
    assert f"messages to '{sink}' cannot be sent" in str(family.task("e").reason)
    assert family.status == "FAILED"


@pytest.mark.parametrize("sink", ["conductor", "conductor:a:b", "${workflow.input.x}"])
def test_other_sinks_are_taken(sink: str) -> None:
    assert errors(workflow(event(sink))) == []

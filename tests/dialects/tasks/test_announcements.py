"""Who is told of changes of state: ``onStateChange``, and listeners that are queues (§3.9, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import Pause, Rerun, Restart, Resume, Retry, StartTask, Terminate
from eventstore.events import MessageRequested
from tests.dialects.tasks.definitions import (
    dynamic_fork,
    errors,
    join,
    task,
    times,
    warnings,
    workflow,
)
from tests.dialects.tasks.family import ROOT, Family, failed

EVERY = "onScheduled,onStart,onSuccess,onFailed,onCancelled"


def told(family: Family) -> list[MessageRequested]:
    return [one for one, _, _ in family.written[ROOT] if isinstance(one, MessageRequested)]


def watched(ref: str = "t", **fields: Any) -> dict[str, Any]:
    payload = {"status": f"${{{ref}.status}}", "of": "${workflow.workflowId}"}
    change = {EVERY: [{"type": "audit", "payload": payload}]}
    return task(ref, onStateChange=change, **fields)


FORKED = workflow(
    dynamic_fork("f", tasks="${workflow.input.tasks}", inputs={}),
    join("j"),
)


def statuses(family: Family) -> list[str]:
    return [one.payload["status"] for one in told(family)]


class TestTasks:
    def test_each_change_is_told_with_its_payload(self) -> None:
        family = Family(workflow(watched()))
        family.ask(StartTask(task=1, worker="w", session="s"))
        family.complete("t")
        assert statuses(family) == ["SCHEDULED", "IN_PROGRESS", "COMPLETED"]
        assert {one.event for one in told(family)} == {"conductor:order:audit"}
        assert {one.payload["of"] for one in told(family)} == {"root"}
        assert len({one.message_id for one in told(family)}) == 3

    def test_a_queue_may_be_written_as_a_sink(self) -> None:
        change = {"onScheduled": [{"type": "conductor:q", "payload": {"a": 1}}, {"type": "r"}]}
        family = Family(workflow(task("t", onStateChange=change)))
        found = [(one.event, one.payload) for one in told(family)]
        assert found == [("conductor:order:q", {"a": 1}), ("conductor:order:r", {})]

    def test_only_what_is_asked_for_is_told(self) -> None:
        change = {"onFailed": [{"type": "q"}]}
        family = Family(workflow(task("t", onStateChange=change)), answers={"t": failed("no")})
        family.run()
        assert len(told(family)) == 1

    def test_a_task_that_is_canceled(self) -> None:
        family = Family(workflow(watched()))
        family.ask(Terminate(reason="enough"))
        assert statuses(family) == ["SCHEDULED", "CANCELED"]

    def test_of_an_optional_task_the_last_word_counts(self) -> None:
        family = Family(workflow(watched(optional=True)), answers={"t": failed("no")})
        family.run()
        assert statuses(family)[-1] == "COMPLETED_WITH_ERRORS"
        assert len(told(family)) == 2

    def test_what_ends_as_it_begins_is_told_as_ended(self) -> None:
        family = Family(workflow(watched(type="NOOP")))
        assert statuses(family) == ["COMPLETED", "COMPLETED", "COMPLETED"]

    def test_every_attempt_and_iteration(self) -> None:
        change = {"onSuccess": [{"type": "q", "payload": {"n": "${t.output.n}"}}]}
        body = task("t", onStateChange=change)
        answers = {"t": [{"n": 1}, {"n": 2}]}
        family = Family(workflow(times("l", 2, body)), answers={**answers})
        family.run()
        assert len(told(family)) == 2

    def test_nobody_is_told_where_nobody_listens(self) -> None:
        assert told(Family(workflow(task("t"))).run()) == []


class TestForkedTasks:
    """Those that a dynamic fork makes out of its input."""

    def test_each_tells_its_changes(self) -> None:
        branches = [watched("a", optional=True), task("b")]
        family = Family(FORKED, given={"tasks": branches}, answers={"a": failed("no")}).run()
        assert family.status == "COMPLETED"
        assert statuses(family) == ["SCHEDULED", "COMPLETED_WITH_ERRORS"]
        assert {one.task for one in told(family)} == {family.task("a").number}

    def test_beside_those_of_the_definition(self) -> None:
        definition = workflow(watched("z"), *FORKED["tasks"])
        family = Family(definition, given={"tasks": [watched("a")]}).run()
        assert statuses(family) == ["SCHEDULED", "COMPLETED", "SCHEDULED", "COMPLETED"]

    def test_where_none_has_a_message_nothing_is_asked(self) -> None:
        family = Family(FORKED, given={"tasks": [task("a")]}).run()
        assert not family.state.tells
        assert told(family) == []

    def test_in_each_iteration_and_again_when_the_fork_is_rerun(self) -> None:
        definition = workflow(times("l", 2, *FORKED["tasks"]))
        family = Family(definition, given={"tasks": [watched("a")]}).run()
        assert len(told(family)) == 4
        family.restarted()
        family.ask(Rerun(task=family.task("f__2").number))
        assert family.run().status == "COMPLETED"
        assert len(told(family)) == 6

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"onSuccess": [{"payload": {}}]}, "type is missing"),
            ({"later": [{"type": "q"}]}, "'later' is no change of state"),
            ({"onSuccess": {"type": "q"}}, "has to be a list of {type, payload}"),
        ],
    )
    def test_one_that_cannot_tell_is_not_forked(self, change: Any, words: str) -> None:
        branches = [task("a", onStateChange=change)]
        family = Family(FORKED, given={"tasks": branches}).run()
        assert family.status == "FAILED"
        assert words in str(family.state.reason)


class TestQueues:
    def listened(self, *tasks: dict[str, Any], **more: Any) -> Family:
        given = {"workflowStatusListenerEnabled": True, "workflowStatusListenerSink": "conductor:q"}
        return Family(workflow(*tasks, **given), **more)

    def callbacks(self, family: Family) -> list[str]:
        return [one.payload["callback"] for one in told(family)]

    def test_a_job_that_completes(self) -> None:
        family = self.listened(answers={"t": {"x": 1}}).run()
        assert self.callbacks(family) == ["started", "completed", "finalized"]
        last = told(family)[-1]
        assert last.event == "conductor:q"
        assert last.payload["output"] == {"x": 1}
        assert (last.payload["status"], last.payload["workflowId"]) == ("COMPLETED", "root")

    def test_bad_endings_are_finalized_first(self) -> None:
        family = self.listened(answers={"t": failed("no")}).run()
        assert self.callbacks(family) == ["started", "finalized", "terminated"]
        family.ask(Retry())
        assert self.callbacks(family)[3:] == ["retried"]

    def test_what_operators_do(self) -> None:
        family = self.listened()
        family.ask(Pause())
        family.ask(Resume())
        family.ask(Terminate())
        family.ask(
            Restart(
                use_latest=False,
                version_id="version",
                version_number=1,
                dialect="tasks",
                definition="digest",
                pins="digest",
            )
        )
        assert self.callbacks(family) == [
            *("started", "paused", "resumed", "finalized", "terminated", "restarted")
        ]

    def test_a_listener_that_is_off_is_not_told(self) -> None:
        family = Family(workflow(workflowStatusListenerSink="conductor:q")).run()
        assert told(family) == []


class TestValidation:
    @pytest.mark.parametrize(
        ("given", "path", "words"),
        [
            ({"onPause": []}, "/onPause", "is no change of state"),
            ({"onStart, onEnd": []}, "/onStart, onEnd", "'onEnd'"),
            ({"onStart": {}}, "/onStart", "a list"),
            ({"onStart": [{"payload": {}}]}, "/onStart/0/type", "type is missing"),
            ({"onStart": [{"type": "sqs:q"}]}, "/onStart/0/type", "cannot be sent"),
            ({"onStart": [{"type": "q", "payload": 1}]}, "/onStart/0/payload", "an object"),
        ],
    )
    def test_a_change_that_is_not_understood(
        self, given: dict[str, Any], path: str, words: str
    ) -> None:
        ((where, message),) = errors(workflow(task("t", onStateChange=given)))
        assert where == f"/tasks/0/onStateChange{path}"
        assert words in message

    @pytest.mark.parametrize("sink", ["kafka:t", "conductor", "conductorx"])
    def test_a_sink_that_nobody_can_tell(self, sink: str) -> None:
        given = {"workflowStatusListenerEnabled": True, "workflowStatusListenerSink": sink}
        ((path, _),) = errors(workflow(**given))
        assert path == "/workflowStatusListenerSink"

    def test_a_url_depends_on_settings(self) -> None:
        given = {"workflowStatusListenerEnabled": True, "workflowStatusListenerSink": "https://x"}
        ((path, message),) = warnings(workflow(**given))
        assert path == "/workflowStatusListenerSink"
        assert "listener.allowed_sinks" in message

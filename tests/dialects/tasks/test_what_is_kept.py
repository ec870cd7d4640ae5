"""What tasks of the plan itself still show when the job ends over them, and what a definition
may leave to the settings of its task types (reference conductor.md §4, §1.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tests.dialects.tasks.definitions import (
    errors,
    fork,
    join,
    sub_workflow,
    switch,
    task,
    times,
    warnings,
    workflow,
)
from tests.dialects.tasks.family import SECOND, Family, Never, failed

DEFAULTED = {"http_request": {"uri": "http://there", "method": "GET"}}


class TestOverCanceledTasks:
    def test_a_join_keeps_what_came_of_the_branches_that_got_through(self) -> None:
        branches = fork("f", [task("t")], [task("u")], [task("v")])
        given = workflow(branches, join("j", "t", "u", "v"))
        answers = {"t": {"x": 1}, "u": failed("no", output={"y": 2}), "v": Never()}
        family = Family(given, answers=answers).run()
        assert family.tasks()[-1] == "j JOIN CANCELED"
        assert family.output("j") == {"t": {"x": 1}}

    def test_a_loop_keeps_its_whole_iterations(self) -> None:
        body = (task("t"), task("u"))
        answers = {"t": {"n": 1}, "u__2": failed("no")}
        family = Family(workflow(times("l", 3, *body)), answers=answers).run()
        assert family.status == "FAILED"
        assert family.output("l") == {"iteration": 2, "1": {"t": {"n": 1}, "u": {}}}

    def test_a_loop_ended_by_a_terminate_keeps_the_last_one_too(self) -> None:
        end = task("e", type="TERMINATE", inputParameters={"terminationStatus": "COMPLETED"})
        family = Family(workflow(times("l", 3, task("t"), end)), answers={"t": {"n": 1}}).run()
        assert family.status == "COMPLETED"
        assert family.output("l") == {"iteration": 1, "1": {"t": {"n": 1}, "e": {}}}

    def test_a_loop_that_is_tried_again_shows_what_its_tasks_gave_then(self) -> None:
        answers = {"t": {"n": 1}, "u": [failed("no"), {"n": 2}]}
        family = Family(workflow(times("l", 1, task("t"), task("u"))), answers=answers).run()
        family.retry()
        family.run()
        assert family.output("l") == {"iteration": 1, "1": {"t": {"n": 1}, "u": {"n": 2}}}


class TestJoinOverJoins:
    def test_errors_of_an_inner_join_are_its_own(self) -> None:
        """Only what was optional itself gives a join COMPLETED_WITH_ERRORS."""
        inner = [fork("g", [task("t", optional=True)]), join("k", "t")]
        given = workflow(fork("f", inner, [task("u")]), join("j", "k", "u"))
        family = Family(given, answers={"t": failed("no")}).run()
        assert family.task("k").status == "COMPLETED_WITH_ERRORS"
        assert family.task("j").status == "COMPLETED"


class TestLeftToTheTaskType:
    def test_the_input_that_a_registered_template_gives_need_not_be_written(self) -> None:
        one = workflow(task("t", type="HTTP"))
        assert errors(one) != []
        assert errors(one, templates={"do_t": frozenset(DEFAULTED)}) == []

    def test_a_template_without_it_does_not_help(self) -> None:
        one = workflow(task("t", type="JSON_JQ_TRANSFORM"))
        assert errors(one, templates={"do_t": frozenset({"other"})}) != []

    def test_settings_inside_the_definition_are_used_as_they_are(self) -> None:
        """A server's own exports have them with a responseTimeoutSeconds of 0."""
        settings = {"name": "do_t", "responseTimeoutSeconds": 0, "retryCount": 0}
        one = workflow(task("t", taskDefinition=settings))
        assert errors(one) == []
        assert [path for path, _ in warnings(one)] == [
            "/tasks/0/taskDefinition/responseTimeoutSeconds"
        ]


def says(answer: str) -> Callable[[Any], str]:
    """A script."""
    return lambda _: answer


class TestCaseOfAScript:
    SCRIPT = "[1, 2].join('-')"

    def test_the_input_tells_the_case_as_if_it_had_been_known_at_once(self) -> None:
        cases = {"1-2": [task("t")], "none": []}
        fields = {"evaluatorType": "javascript", "expression": self.SCRIPT}
        for answer, told in (("1-2", {"hasChildren": "true"}), ("none", {}), ("other", {})):
            one = switch("s", "v", cases, **fields)
            family = Family(workflow(one), scripts={self.SCRIPT: says(answer)}).run()
            assert family.task("s").input == {"by": "v", "case": answer, **told}
            assert family.status == "COMPLETED"


class TestTimeoutsOfWhatWaits:
    SETTINGS: ClassVar[dict[str, Any]] = {
        "timeoutSeconds": 20,
        "responseTimeoutSeconds": 20,
        "timeoutPolicy": "RETRY",
        "retryCount": 1,
        "retryDelaySeconds": 5,
    }

    def test_a_wait_times_out_and_is_tried_again(self) -> None:
        one = task("t", type="WAIT")
        family = Family(workflow(one, task("u")), task_types={"do_t": self.SETTINGS}).run()
        assert family.status == "TIMED_OUT"
        assert family.tasks() == ["t WAIT TIMED_OUT", "t WAIT TIMED_OUT"]
        first, second = family.state.in_order()
        assert second.scheduled_at - first.scheduled_at == 20 * SECOND
        assert (family.now - first.scheduled_at) // SECOND == 45

    def test_a_job_that_works_for_a_task_ends_with_its_time(self) -> None:
        child = workflow(task("w"), name="child")
        settings = {"do_s": {**self.SETTINGS, "retryCount": 0}}
        family = Family(
            workflow(sub_workflow("s", "child")),
            child,
            answers={"w": Never()},
            task_types=settings,
        ).run()
        assert family.tasks() == ["s SUB_WORKFLOW TIMED_OUT"]
        (job,) = family.children
        assert family.jobs[job].status == "TERMINATED"
        assert family.jobs[job].reason == family.task("s").reason

    def test_a_policy_that_only_alerts_lets_it_wait(self) -> None:
        settings = {"do_t": {**self.SETTINGS, "timeoutPolicy": "ALERT_ONLY"}}
        one = task("t", type="WAIT", inputParameters={"duration": "60 s"})
        family = Family(workflow(one), task_types=settings).run()
        assert family.tasks() == ["t WAIT COMPLETED"]


def test_a_definition_without_tasks_completes_at_once() -> None:
    family = Family({**workflow(), "tasks": []}).run()
    assert (family.status, family.tasks()) == ("COMPLETED", [])
    assert family.state.reason == "No tasks found to be executed"

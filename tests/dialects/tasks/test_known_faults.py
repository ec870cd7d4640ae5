"""What users of the original complain about most, each by what must not happen here
(reference conductor.md §9, items 1 to 5)."""

from __future__ import annotations

from typing import Any

from daemon.decider.commands import Retry, StartTask
from daemon.decider.on_timer import deadlines
from daemon.decider.waiting import waiting_for
from eventstore.events import TaskStatus
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
from tests.dialects.tasks.family import SECOND, Family, Never, failed
from tests.dialects.tasks.test_any_meddling import Meddled


def asked(*tasks: dict[str, Any], **fields: Any) -> Family:
    family = Family(workflow(*tasks), **fields)
    family.settle()
    return family


class TestNothingStaysRunning:
    """1: a run stays RUNNING although everything finished, or the next task never comes."""

    def test_the_next_task_is_there_in_the_decision_that_ended_the_one_before(self) -> None:
        family = asked(task("t"), task("u"))
        family.complete("t")
        assert family.tasks() == ["t do_t COMPLETED", "u do_u SCHEDULED"]

    def test_the_job_completes_in_the_decision_that_ended_its_last_task(self) -> None:
        family = asked(task("t"))
        family.complete("t")
        assert family.status == "COMPLETED"

    def test_a_job_that_nothing_can_bring_on_fails_with_a_sentence(self) -> None:
        chosen = switch("s", "a", {"a": [task("t")], "b": [task("u")]})
        family = asked(chosen, join("j", "t", "u"))
        family.complete("t")
        assert family.status == "FAILED"
        assert "Check joinOn" in str(family.state.reason)

    def test_a_job_that_waits_says_for_what(self) -> None:
        assert [one.kind for one in waiting_for(asked(task("t")).state)] == ["worker"]


class TestJoinsAreNotLate:
    """2: a JOIN takes half a minute or longer."""

    def test_a_join_completes_in_the_decision_that_ends_its_last_branch(self) -> None:
        family = asked(fork("f", [task("t")], [task("u")]), join("j", "t", "u"), task("v"))
        family.complete("t")
        before = family.now
        family.complete("u")
        assert family.tasks()[-2:] == ["j JOIN COMPLETED", "v do_v SCHEDULED"]
        assert family.now == before

    def test_a_join_of_many_branches_waits_for_all_and_no_longer(self) -> None:
        refs = [f"b{number}" for number in range(300)]
        family = asked(fork("f", *([task(ref)] for ref in refs)), join("j", *refs))
        for ref in refs[:-1]:
            family.complete(ref, {"at": ref})
        assert family.task("j").status == "IN_PROGRESS"
        family.complete(refs[-1])
        assert family.status == "COMPLETED"

    def test_a_join_has_no_response_timeout(self) -> None:
        settings = {"do_j": {"name": "do_j", "responseTimeoutSeconds": 1}}
        branches = fork("f", [task("t")])
        family = asked(branches, join("j", "t"), answers={"t": Never()}, task_types=settings)
        assert deadlines(family.task("j")) == []


class TestLoopsLoop:
    """3: nested loops hang, iterations advance too early, counters end."""

    def test_a_loop_in_a_loop_with_a_sibling_does_not_hang(self) -> None:
        family = asked(times("o", 2, times("i", 2, task("t")), task("u"))).run()
        assert family.status == "COMPLETED"
        assert family.refs() == [
            *("o", "i__1", "t__1__1", "t__1__2", "u__1"),
            *("i__2", "t__2__1", "t__2__2", "u__2"),
        ]

    def test_the_condition_of_an_inner_loop_sees_its_own_counter(self) -> None:
        family = asked(times("o", 1, times("i", 3, task("t")))).run()
        assert family.output("i__1")["iteration"] == 3

    def test_an_iteration_does_not_end_before_the_branch_of_its_switch(self) -> None:
        body = switch("s", "a", {"a": [task("t"), task("u")]})
        family = asked(times("l", 2, body))
        family.complete("t__1")
        assert family.refs() == ["l", "s__1", "t__1", "u__1"]
        family.complete("u__1")
        assert family.refs()[4:] == ["s__2", "t__2"]

    def test_a_parameter_called_items_makes_no_loop_over_a_list(self) -> None:
        given = {"items": ["p", "q", "r"]}
        family = asked(loop("l", "$.l['iteration'] < 2", task("t"), inputParameters=given)).run()
        assert family.output("l")["iteration"] == 2

    def test_a_thousand_iterations_are_as_good_as_one(self) -> None:
        family = Family(workflow(times("l", 1_000, task("n", type="NOOP"))), keeps_laws=False)
        assert family.run().output("l")["iteration"] == 1_000


class TestFamiliesGoOnTogether:
    """4: an ancestor stays FAILED while the job below it goes on."""

    def test_all_ancestors_run_again_when_the_lowest_job_is_retried(self) -> None:
        middle = workflow(sub_workflow("low", "leaf"), name="middle")
        leaf = workflow(task("t"), name="leaf")
        family = Meddled(workflow(sub_workflow("mid", "middle")), middle, leaf)
        family.settle()
        lowest = family.children[-1]
        family.fail("t", job=lowest)
        family.settle()
        assert {state.status for state in family.jobs.values()} == {"FAILED"}
        family.ask(Retry(), lowest)
        assert {state.status for state in family.jobs.values()} == {"RUNNING"}
        family.run()
        assert {state.status for state in family.jobs.values()} == {"COMPLETED"}


class TestTimersAreOnTime:
    """5: timeouts fire late, or never."""

    def test_timeouts_fire_while_a_human_task_waits(self) -> None:
        settings = {
            "do_t": {"name": "do_t", "pollTimeoutSeconds": 7, "timeoutPolicy": "TIME_OUT_WF"}
        }
        branches = fork("f", [task("h", type="HUMAN")], [task("t")])
        family = asked(branches, join("j", "h", "t"), answers={"t": Never()}, task_types=settings)
        began = family.now
        family.run()
        assert family.status == "TIMED_OUT"
        assert family.now - began == 7 * SECOND

    def test_a_run_timeout_fires_when_it_is_due(self) -> None:
        settings = {"name": "do_t", "timeoutSeconds": 13, "responseTimeoutSeconds": 13}
        family = asked(task("t"), answers={"t": Never()}, task_types={"do_t": settings})
        family.ask(StartTask(task=1, worker="w", session="s"))
        due = dict(deadlines(family.task("t")))
        assert due["run/1"] == family.now + 13 * SECOND

    def test_a_retry_comes_exactly_after_its_delay(self) -> None:
        settings = {"name": "do_t", "retryCount": 1, "retryDelaySeconds": 11}
        no = failed("no", TaskStatus.FAILED)
        family = asked(task("t"), task_types={"do_t": settings}, answers={"t": [no, {}]}).run()
        first, second = family.state.in_order()
        assert (second.ended_at or 0) - (first.ended_at or 0) == 11 * SECOND

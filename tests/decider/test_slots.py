"""Which tasks of a job hold a slot of a limit: those that are carried out."""

from __future__ import annotations

import pytest

from daemon.decider.commands import Command, StartTask, Terminate
from daemon.dialects.plan import Allowance
from eventstore.events import TaskScheduled, TaskStarted, TaskStatus
from tests.decider.plans import sequence, step
from tests.decider.scenario import (
    Passed,
    done,
    extend,
    failed,
    fire,
    give_back,
    given,
    passed,
    progress,
)

LIMIT = "limit/task-type/a"


def start_under_limit(task: int) -> StartTask:
    return StartTask(task=task, worker="w1", session="s1", limit=LIMIT)


def test_a_task_that_is_taken_under_a_limit_holds_a_slot_of_it() -> None:
    job = given(sequence("a"))
    job.when(start_under_limit(1)).then(TaskStarted(task=1, worker="w1", session="s1", limit=LIMIT))
    assert dict(job.state.slots) == {1: LIMIT}
    assert dict(job.after(extend(1)).state.slots) == {1: LIMIT}


@pytest.mark.parametrize(
    "deeds",
    [
        [done(1)],
        [failed(1)],
        [give_back(1)],
        [progress(1)],
        [progress(1, callback_seconds=9)],
        [passed(5), fire("response/1")],
        [Terminate()],
    ],
    ids=["done", "failed", "returned", "progress", "callback", "timed out", "terminated"],
)
def test_whatever_takes_it_out_of_hands_frees_the_slot(deeds: list[Command | Passed]) -> None:
    rules = step("a", retry_count=1, response_timeout_seconds=5)
    job = given(sequence(rules, "b"), start_under_limit(1))
    assert not job.after(*deeds).state.slots


def test_work_that_is_done_and_awaits_an_event_keeps_its_slot() -> None:
    job = given(sequence(step("a", async_complete=True)), start_under_limit(1), done(1))
    assert job.task(1).status is TaskStatus.IN_PROGRESS
    assert dict(job.state.slots) == {1: LIMIT}
    assert not job.after(done(1)).state.slots


def test_a_limit_that_stands_in_the_definition_is_pinned_to_every_attempt() -> None:
    rules = step("a", retry_count=1, own_limit=Allowance(2, 5, 60))
    job = given(sequence(rules))
    outcome = job.after(start_under_limit(1)).when(failed(1))
    assert outcome.of(TaskScheduled).own_limit == (2, 5, 60)
    assert given(sequence("b")).task(1).made.own_limit == ()

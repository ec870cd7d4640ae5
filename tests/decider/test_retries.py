"""The automatic next attempt: when it comes, what it keeps, when there is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from daemon.decider.retries import LONGEST_DELAY_SECONDS, delay_seconds, jitter_microseconds
from daemon.dialects.plan import Fault, RetryLogic, TaskRules
from eventstore.events import (
    JobFailed,
    JobStatus,
    JobTimedOut,
    TaskDecided,
    TaskFailed,
    TaskScheduled,
    TaskStatus,
    TimerSet,
)
from tests.decider.plans import sequence, step
from tests.decider.scenario import Given, at, done, failed, fire, given, passed, start

FIXED, LINEAR, EXPONENTIAL = RetryLogic


def delays(attempts: int, **rules: Any) -> list[float]:
    return [delay_seconds(TaskRules(**rules), attempt) for attempt in range(attempts)]


def test_fixed_delays_are_all_alike() -> None:
    assert delays(3, retry_logic=FIXED, retry_delay_seconds=7, backoff_scale_factor=5) == [7, 7, 7]


def test_linear_delays_grow_by_delay_times_factor() -> None:
    rules = {"retry_logic": LINEAR, "retry_delay_seconds": 5, "backoff_scale_factor": 2}
    assert delays(4, **rules) == [10, 20, 30, 40]


def test_exponential_delays_double_and_ignore_the_factor() -> None:
    rules = {"retry_logic": EXPONENTIAL, "retry_delay_seconds": 3, "backoff_scale_factor": 9}
    assert delays(4, **rules) == [3, 6, 12, 24]


@pytest.mark.parametrize("logic", list(RetryLogic))
def test_the_longest_delay_caps_every_logic(logic: RetryLogic) -> None:
    rules = {"retry_logic": logic, "retry_delay_seconds": 100, "max_retry_delay_seconds": 30}
    assert delays(3, **rules) == [30, 30, 30]


@pytest.mark.parametrize("logic", [LINEAR, EXPONENTIAL])
def test_delays_end_where_the_originals_arithmetic_ends(logic: RetryLogic) -> None:
    rules = TaskRules(
        retry_logic=logic, retry_delay_seconds=LONGEST_DELAY_SECONDS, backoff_scale_factor=9
    )
    for attempt in (0, 31, 32, 10_000):
        assert delay_seconds(rules, attempt) <= LONGEST_DELAY_SECONDS
    assert delay_seconds(rules, 10_000) == LONGEST_DELAY_SECONDS


@each(st.integers(1, 10_000), st.text(max_size=9), st.integers(1, 10**6))
def test_jitter_is_whole_milliseconds_within_its_bound_and_always_the_same(
    bound: int, seed: str, task: int
) -> None:
    rules = TaskRules(backoff_jitter_ms=bound)
    drawn = jitter_microseconds(rules, seed, task)
    assert 0 <= drawn <= bound * 1000
    assert drawn % 1000 == 0
    assert drawn == jitter_microseconds(rules, seed, task)


def test_jitter_spreads_over_its_whole_range() -> None:
    rules = TaskRules(backoff_jitter_ms=3)
    assert {jitter_microseconds(rules, "s", task) for task in range(99)} == {0, 1000, 2000, 3000}


def test_no_jitter_is_exactly_none() -> None:
    assert jitter_microseconds(TaskRules(), "seed", 1) == 0


# --- in a job ----------------------------------------------------------------------


def one(**rules: Any) -> Given:
    return given(sequence(step("a", **rules), "b"), start(1), passed(2))


def test_a_failed_task_with_attempts_left_is_scheduled_again_after_the_delay() -> None:
    job = one(retry_count=1, retry_delay_seconds=60, poll_timeout_seconds=5)
    job.when(failed(1, "no")).then(
        TaskFailed(task=1, status=TaskStatus.FAILED, worker="w1", reason="no"),
        TaskScheduled(
            task=2,
            ref="a",
            name="name of a",
            task_type="type-a",
            kind="SIMPLE",
            attempt=1,
            retry_of=1,
            ready_at=at(62),
            delay_seconds=60,
            keeps_reason=True,
            poll_by=at(67),
            input={"job": {}, "again": 1},
        ),
        TimerSet(timer="ready/2", due_at=at(62), why="retry delay", task=2),
    )


def test_the_next_attempt_still_shows_why_the_one_before_failed() -> None:
    job = one(retry_count=1).after(failed(1, "no money"))
    assert job.task(2).reason == "no money"
    assert job.task(2).output is None
    assert job.task(1).retried
    assert job.state.latest("a") == job.task(2)


def test_a_result_of_the_next_attempt_clears_the_reason() -> None:
    job = one(retry_count=1).after(failed(1, "no money"), done(2, {"x": 1}))
    assert job.task(2).reason is None
    assert job.task(3).ref == "b"


def test_without_a_delay_the_next_attempt_is_ready_at_once() -> None:
    job = one(retry_count=1)
    job.when(failed(1)).without(TimerSet)
    assert job.task(2).is_ready


def test_jitter_moves_when_the_attempt_is_ready_and_not_the_delay_that_is_shown() -> None:
    job = one(retry_count=1, retry_delay_seconds=1, backoff_jitter_ms=5_000)
    scheduled = job.when(failed(1)).of(TaskScheduled)
    rules = TaskRules(backoff_jitter_ms=5_000)
    jitter = jitter_microseconds(rules, "seed", 2)
    assert jitter > 0
    assert scheduled.ready_at == at(3) + jitter
    assert scheduled.delay_seconds == 1


def test_attempts_are_spaced_by_the_backoff_until_they_are_used_up() -> None:
    rules = {"retry_logic": EXPONENTIAL, "retry_delay_seconds": 10, "retry_count": 2}
    job = one(**rules)
    assert job.when(failed(1)).of(TaskScheduled).delay_seconds == 10
    job.after(passed(10), fire("ready/2"))
    assert job.when(failed(2)).of(TaskScheduled).delay_seconds == 20
    job.after(passed(20), fire("ready/3"))
    assert job.when(failed(3, "third")).of(JobFailed).reason == (
        "Task job-1.3 failed with status: FAILED and reason: 'third'"
    )


@pytest.mark.parametrize("status", [TaskStatus.FAILED_WITH_TERMINAL_ERROR, TaskStatus.CANCELED])
def test_a_terminal_error_and_a_canceled_task_are_never_retried(status: TaskStatus) -> None:
    one(retry_count=9).when(failed(1, status=status)).without(TaskScheduled)


def test_an_optional_step_is_retried_fully_before_it_completes_with_errors() -> None:
    job = one(optional=True, retry_count=1).after(failed(1))
    assert job.task(2).attempt == 1
    outcome = job.when(failed(2, "again")).brings(
        TaskDecided(task=2, status=TaskStatus.COMPLETED_WITH_ERRORS)
    )
    assert outcome.of(TaskScheduled).ref == "b"
    assert job.task(2).reason == "again"


@pytest.mark.parametrize("status", [TaskStatus.FAILED_WITH_TERMINAL_ERROR, TaskStatus.CANCELED])
def test_an_optional_step_forgives_every_bad_end(status: TaskStatus) -> None:
    job = one(optional=True).after(failed(1, status=status))
    assert job.task(1).status is TaskStatus.COMPLETED_WITH_ERRORS
    job.after(done(2))
    assert job.state.status is JobStatus.COMPLETED


def test_a_retry_whose_input_is_at_fault_ends_as_it_is_scheduled() -> None:
    job = one(retry_count=5, retry_delay_seconds=9, retry_fault=Fault(reason="/x is gone"))
    outcome = job.when(failed(1))
    outcome.brings(
        TaskDecided(task=2, status=TaskStatus.FAILED_WITH_TERMINAL_ERROR, reason="/x is gone")
    )
    assert outcome.state.status is JobStatus.FAILED


def test_the_total_timeout_counts_from_the_first_attempt() -> None:
    job = one(retry_count=3, total_timeout_seconds=100)
    assert job.task(1).total_by == at(100)
    job.after(passed(10), failed(1), passed(10), failed(2))
    assert job.task(3).total_by == at(100)
    assert job.task(3).first_scheduled_at == at(0)


def test_past_the_total_budget_there_is_no_further_attempt_even_of_an_optional_step() -> None:
    job = one(retry_count=3, total_timeout_seconds=30, optional=True, timeout_policy="ALERT_ONLY")
    job.after(passed(28))
    outcome = job.when(failed(1)).without(TaskScheduled)
    assert outcome.of(JobFailed).reason == (
        "Task job-1.1/settings of a exceeded total timeout of 30 seconds (elapsed 30 seconds "
        "across all attempts). No further retries will be attempted."
    )


def test_past_the_total_budget_a_timed_out_task_times_the_job_out() -> None:
    job = one(
        retry_count=3,
        total_timeout_seconds=10,
        response_timeout_seconds=10,
        timeout_policy="RETRY",
    ).after(passed(8))
    ended = job.when(fire("response/1")).of(JobTimedOut)
    assert ended.reason.endswith("No further retries will be attempted.")
    assert ended.failed_task == 1

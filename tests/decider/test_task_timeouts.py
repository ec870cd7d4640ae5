"""Poll, response, run and total timeouts under each policy, with the exact reasons."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import FireTimer, Pause, Resume
from daemon.decider.turn import RefusalKind
from daemon.dialects.plan import TimeoutPolicy
from eventstore.events import (
    JobStatus,
    JobTimedOut,
    TaskScheduled,
    TaskStatus,
    TaskTimedOut,
    TimerFired,
)
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import (
    Given,
    at,
    done,
    extend,
    fire,
    given,
    passed,
    progress,
    start,
)

RETRY, TIME_OUT_WF, ALERT_ONLY = TimeoutPolicy

RULES: dict[str, dict[str, Any]] = {
    "poll": {"poll_timeout_seconds": 10},
    "response": {"response_timeout_seconds": 10},
    "run": {"timeout_seconds": 10},
    "total": {"total_timeout_seconds": 10},
}
REASONS = {
    "poll": "Task poll timed out after 11 seconds. Poll timeout configured as 10 seconds. "
    "Timeout policy configured to {policy}",
    "response": "responseTimeout: 10 exceeded for the taskId: job-1.1 "
    "with Task Definition: settings of a",
    "run": "Task timed out after 11 seconds. Timeout configured as 10 seconds. "
    "Timeout policy configured to {policy}",
    "total": "Task settings of a/job-1.1 exceeded total timeout of 10 seconds "
    "(elapsed 11 seconds across all attempts including retry delays). Timeout policy: {policy}",
}
WORDS = list(RULES)


def waiting(word: str, policy: TimeoutPolicy, **more: Any) -> Given:
    """A job whose task is where its ``word`` timeout counts, 11 seconds on."""
    rules = {**RULES[word], "timeout_policy": policy, **more}
    job = given(sequence(step("a", **rules), "b"))
    if word != "poll":
        job.after(start(1))
    return job.after(passed(11))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("policy", [RETRY, TIME_OUT_WF])
def test_the_reason_of_a_timeout_is_the_originals(word: str, policy: TimeoutPolicy) -> None:
    outcome = waiting(word, policy, optional=True).when(fire(f"{word}/1"))
    assert outcome.events[0] == TimerFired(timer=f"{word}/1", due_at=at(10), task=1)
    expected = REASONS[word].format(policy=policy)
    assert outcome.of(TaskTimedOut) == TaskTimedOut(task=1, why=word, reason=expected)


@pytest.mark.parametrize("word", ["poll", "run", "total"])
def test_time_out_wf_times_the_job_out_with_the_same_reason(word: str) -> None:
    job = waiting(word, TIME_OUT_WF, retry_count=5, optional=True)
    ended = job.when(fire(f"{word}/1")).without(TaskScheduled).of(JobTimedOut)
    assert ended.reason == REASONS[word].format(policy=TIME_OUT_WF)
    assert ended.failed_task == 1
    assert job.task(1).status is TaskStatus.TIMED_OUT


@pytest.mark.parametrize("word", ["poll", "response", "run"])
def test_retry_starts_another_attempt(word: str) -> None:
    job = waiting(word, RETRY, retry_count=1)
    assert job.when(fire(f"{word}/1")).of(TaskScheduled).retry_of == 1
    assert job.task(1).status is TaskStatus.TIMED_OUT
    assert job.task(2).reason == job.task(1).reason


@pytest.mark.parametrize("word", ["poll", "response", "run", "total"])
def test_retry_without_attempts_left_times_the_job_out(word: str) -> None:
    job = waiting(word, RETRY)
    ended = job.when(fire(f"{word}/1")).of(JobTimedOut)
    reason = REASONS[word].format(policy=RETRY)
    assert ended.reason == f"Task job-1.1 failed with status: TIMED_OUT and reason: '{reason}'"


@pytest.mark.parametrize("word", ["poll", "run", "total"])
def test_alert_only_lets_the_task_go_on(word: str) -> None:
    job = waiting(word, ALERT_ONLY)
    job.when(fire(f"{word}/1")).then(TimerFired(timer=f"{word}/1", due_at=at(10), task=1))
    job.when(fire(f"{word}/1")).refused(RefusalKind.NOT_DUE)
    job.after(done(1))
    assert job.state.status is JobStatus.RUNNING


@pytest.mark.parametrize("policy", list(TimeoutPolicy))
def test_a_response_timeout_is_retried_under_every_policy(policy: TimeoutPolicy) -> None:
    job = waiting("response", policy, retry_count=1)
    assert job.when(fire("response/1")).of(TaskScheduled).attempt == 1


def test_a_timed_out_optional_step_completes_with_errors() -> None:
    job = waiting("response", RETRY, optional=True)
    assert job.when(fire("response/1")).of(TaskScheduled).ref == "b"
    assert job.task(1).status is TaskStatus.COMPLETED_WITH_ERRORS


@pytest.mark.parametrize("word", WORDS)
def test_a_timer_is_refused_before_it_is_due(word: str) -> None:
    job = waiting(word, RETRY).after(passed(-2))
    job.when(fire(f"{word}/1")).refused(RefusalKind.NOT_DUE)


@pytest.mark.parametrize("word", WORDS)
def test_a_timer_of_a_finished_task_is_refused(word: str) -> None:
    job = waiting(word, RETRY).after(done(1))
    job.when(fire(f"{word}/1")).refused(RefusalKind.NOT_DUE)


@pytest.mark.parametrize("word", WORDS)
def test_no_task_times_out_while_its_job_is_paused_but_right_after(word: str) -> None:
    job = waiting(word, RETRY).after(Pause())
    job.when(fire(f"{word}/1")).refused(RefusalKind.NOT_DUE, "resumed")
    job.after(Resume()).when(fire(f"{word}/1")).of(TaskTimedOut)


def test_a_retry_delay_runs_out_while_the_job_is_paused() -> None:
    job = given(sequence(step("a", delay_seconds=5)), Pause(), passed(5))
    job.after(fire("ready/1"))
    assert job.task(1).is_ready


def test_poll_stops_counting_once_the_task_is_taken() -> None:
    job = waiting("poll", RETRY).after(start(1))
    job.when(fire("poll/1")).refused(RefusalKind.NOT_DUE)


def test_the_poll_timeout_counts_from_the_end_of_the_start_delay() -> None:
    rules = step("a", poll_timeout_seconds=10, delay_seconds=30, timeout_policy=RETRY)
    job = given(sequence(rules), passed(30), fire("ready/1"), passed(9))
    job.when(fire("poll/1")).refused(RefusalKind.NOT_DUE)
    job.after(passed(1))
    assert "timed out after 10 seconds" in job.when(fire("poll/1")).of(TaskTimedOut).reason


def test_the_poll_timeout_counts_anew_from_the_end_of_a_callback() -> None:
    rules = step("a", poll_timeout_seconds=10, timeout_policy=RETRY)
    job = given(sequence(rules), start(1), passed(5), progress(1, callback_seconds=20))
    assert job.task(1).poll_by == at(35)
    job.after(passed(20), fire("ready/1"), passed(10))
    assert "timed out after 10 seconds" in job.when(fire("poll/1")).of(TaskTimedOut).reason


def test_a_heartbeat_keeps_a_task_from_its_response_timeout() -> None:
    job = waiting("response", RETRY).after(extend(1), passed(9))
    job.when(fire("response/1")).refused(RefusalKind.NOT_DUE)
    job.after(passed(1)).when(fire("response/1")).of(TaskTimedOut)


def test_progress_stops_the_response_timeout_until_the_next_hand_out() -> None:
    job = waiting("response", RETRY).after(progress(1))
    job.when(fire("response/1")).refused(RefusalKind.NOT_DUE)
    job.after(start(1))
    assert job.task(1).respond_by == at(21)


def test_the_run_timeout_counts_from_the_first_start_of_the_attempt() -> None:
    job = given(sequence(step("a", timeout_seconds=10, timeout_policy=RETRY, retry_count=1)))
    job.after(passed(100), start(1), passed(4), progress(1), start(1))
    assert job.task(1).end_by == at(110)
    job.after(passed(6), fire("run/1"), start(2))
    assert job.task(2).end_by == at(120)


def test_long_timeouts_are_printed_in_full() -> None:
    month = 30 * 24 * 3600
    job = given(sequence(step("a", timeout_seconds=month)), start(1), passed(month))
    reason = job.when(fire("run/1")).of(JobTimedOut).reason
    assert "after 2592000 seconds. Timeout configured as 2592000 seconds" in reason


@pytest.mark.parametrize(
    "timer",
    [
        FireTimer(timer="ready/1", due_at=0, task=None),
        FireTimer(timer="ready/1", due_at=0, task=2),
        FireTimer(timer="ready/2", due_at=0, task=1),
        FireTimer(timer="timeout", due_at=0, task=1),
        FireTimer(timer="response/1", due_at=0, task=None),
        FireTimer(timer="nothing/1", due_at=0, task=1),
        FireTimer(timer="", due_at=0, task=9),
    ],
)
def test_a_timer_that_does_not_belong_to_its_task_is_refused(timer: FireTimer) -> None:
    plan = stages((step("a", delay_seconds=1), "b"), timeout_seconds=5)
    given(plan, passed(9)).when(timer).refused(RefusalKind.NOT_DUE)

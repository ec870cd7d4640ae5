"""A job that goes round for ever is held, with nothing lost, until an operator resumes it."""

from __future__ import annotations

from daemon.decider.commands import Pause, Resume, Retry, Terminate
from daemon.dialects.plan import EndTask, Fault, SetVariables, TaskView
from eventstore.events import JobHeld, JobStatus, TaskScheduled, TaskStatus
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import (
    Given,
    at,
    done,
    failed,
    fire,
    given,
    nothing,
    passed,
    restart,
    submit,
)

ROUND = sequence(step("a", goes_to="b"), step("b", goes_to="a"))


def rounds(job: Given, count: int) -> Given:
    for _ in range(count):
        job.after(done(job.state.next_number - 1))
    return job


def test_a_job_past_its_task_limit_is_held_and_says_which_limit() -> None:
    job = rounds(given(ROUND, max_tasks=5), 4)
    held = job.when(done(5)).without(TaskScheduled).of(JobHeld)
    assert held.tasks == (5,)
    assert "5 tasks (jobs.max_tasks)" in held.reason
    assert (job.state.status, job.state.held) == (JobStatus.PAUSED, True)


def test_a_resumed_job_runs_as_far_again_from_where_it_was_held() -> None:
    job = rounds(given(ROUND, max_tasks=5), 5)
    assert job.when(Resume()).of(TaskScheduled).task == 6
    assert not job.state.held
    rounds(job, 4)
    job.when(done(10)).of(JobHeld)


def test_a_pause_and_resume_by_an_operator_does_not_lift_the_limit() -> None:
    job = rounds(given(ROUND, max_tasks=5), 4).after(Pause(), Resume())
    job.when(done(5)).of(JobHeld)


def test_a_retry_counts_against_the_task_limit_and_is_not_lost() -> None:
    job = given(sequence(step("a", retry_count=99)), failed(1), failed(2), max_tasks=3)
    assert job.when(failed(3)).of(JobHeld).tasks == (3,)
    assert job.when(Resume()).of(TaskScheduled).retry_of == 3


def test_an_optional_step_held_after_it_was_forgiven_goes_on_after_the_resume() -> None:
    job = given(sequence(step("a", optional=True), "b"), max_tasks=1)
    job.when(failed(1)).of(JobHeld)
    assert job.task(1).status is TaskStatus.COMPLETED_WITH_ERRORS
    assert job.when(Resume()).of(TaskScheduled).ref == "b"


def test_results_that_arrive_while_the_job_is_held_are_followed_too() -> None:
    plan = stages((step("a", goes_to="d"), "b"), ("c",), ("d",))
    job = given(plan, max_tasks=2)
    job.when(done(1)).of(JobHeld)
    job.after(done(2))
    scheduled = job.when(Resume()).events[1:]
    assert [event.ref for event in scheduled if isinstance(event, TaskScheduled)] == ["d"]


def spinning(task: TaskView) -> tuple[SetVariables, EndTask]:
    """The plan ends the task again and again: a decision without an end."""
    variables = SetVariables(task=task.number, variables={})
    return variables, EndTask(task=task.number, status=TaskStatus.COMPLETED)


def test_a_decision_that_never_ends_is_held_by_its_moves() -> None:
    job = given(sequence(step("a", then=spinning)), max_decision_moves=9)
    held = job.when(done(1)).of(JobHeld)
    assert "9 moves in one decision (jobs.max_decision_moves)" in held.reason
    assert job.state.status is JobStatus.PAUSED
    job.when(Resume()).of(JobHeld)


def test_attempts_that_fail_as_they_are_scheduled_are_held_by_the_moves_too() -> None:
    again = Fault(reason="no", status=TaskStatus.FAILED)
    job = given(sequence(step("a", retry_count=10**9, retry_fault=again)), max_decision_moves=9)
    job.when(failed(1)).of(JobHeld)
    assert job.state.next_number == 11


def test_a_wide_stage_that_breaks_the_task_limit_names_that_limit() -> None:
    job = given(stages(("a",), ("b", "c", "d")), max_tasks=3)
    assert "3 tasks (jobs.max_tasks)" in job.when(done(1)).of(JobHeld).reason


def test_moves_that_schedule_nothing_are_no_tasks() -> None:
    def note(task: TaskView) -> tuple[SetVariables, ...]:
        return (SetVariables(task=task.number, variables={"seen": True}),) * 5

    job = given(sequence(step("a", then=note)), done(1), max_tasks=1)
    assert job.state.status is JobStatus.COMPLETED


def test_a_job_held_before_its_first_task_begins_when_it_is_resumed() -> None:
    job = nothing(stages(("a", "b")), max_tasks=1)
    assert job.when(submit()).of(JobHeld).tasks == ()
    job.policy = type(job.policy)(max_tasks=2)
    assert len(job.when(Resume()).state.open) == 2


def test_a_held_job_can_be_terminated() -> None:
    job = rounds(given(ROUND, max_tasks=2), 2).after(Terminate())
    assert job.state.status is JobStatus.TERMINATED
    assert not job.state.held


def test_a_held_job_that_times_out_goes_on_where_it_stood_when_retried() -> None:
    plan = sequence(step("a", goes_to="b"), step("b", goes_to="a"), timeout_seconds=9)
    job = rounds(given(plan, max_tasks=2), 2).after(passed(9), fire("timeout"))
    assert job.when(Retry()).of(TaskScheduled).task == 3


def test_a_restart_counts_tasks_anew() -> None:
    job = rounds(given(ROUND, max_tasks=3), 3).after(Terminate(), restart())
    assert job.state.scheduled == 1
    assert job.state.started_at == at(0)

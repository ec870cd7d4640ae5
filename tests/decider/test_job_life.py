"""Submitted, paused, resumed, terminated, timed out."""

from __future__ import annotations

import pytest

from daemon.decider.commands import Command, Pause, Resume, SkipTask, Terminate
from daemon.decider.turn import RefusalKind
from eventstore.events import (
    JobCompleted,
    JobFailed,
    JobPaused,
    JobResumed,
    JobStatus,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
    JobTimeoutAlerted,
    TaskCanceled,
    TaskCompleted,
    TaskScheduled,
    TaskSkipped,
    TaskStatus,
    TerminationRequested,
    TimerFired,
    TimerSet,
    VariablesSet,
)
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import (
    BEGINNING,
    Given,
    at,
    done,
    failed,
    fire,
    given,
    nothing,
    passed,
    progress,
    restart,
    start,
    submit,
)

# --- submitted ---------------------------------------------------------------------


def test_a_submit_pins_all_it_was_given() -> None:
    command = submit(tag="$LIVE", correlation_id="c", priority=7, depth=3, cause_job="job-0")
    event = nothing(sequence("a")).when(command).of(JobSubmitted)
    for name in command.__struct_fields__:
        assert getattr(event, name) == getattr(command, name)


def test_the_frame_says_who_submitted_and_when() -> None:
    frame = given(sequence("a")).state.frame
    assert (frame.submitted_by, frame.submitted_at) == ("uid:1000/alice", BEGINNING)


def test_defaults_of_the_definition_are_part_of_the_recorded_input() -> None:
    job = nothing(sequence("a", defaults={"size": 1, "x": 0})).after(submit(input={"x": 5}))
    assert job.state.input == {"size": 1, "x": 5}
    assert job.task(1).input == {"job": {"size": 1, "x": 5}}


def test_an_input_that_breaks_the_contract_refuses_the_submit_with_every_path() -> None:
    job = nothing(sequence("a", needs=("x", "y")))
    refusal = job.when(submit(input={})).refused(RefusalKind.CONTRACT_BROKEN)
    assert [problem.path for problem in refusal.problems] == ["/x", "/y"]


def test_a_job_too_deep_in_its_chain_of_causes_is_refused() -> None:
    nothing(sequence("a"), max_depth=2).after(submit(depth=2))
    job = nothing(sequence("a"), max_depth=2)
    job.when(submit(depth=3)).refused(RefusalKind.TOO_DEEP, "3", "2", "jobs.max_depth")


def test_a_job_is_submitted_once() -> None:
    given(sequence("a")).when(submit()).refused(RefusalKind.ALREADY_SUBMITTED, "job-1")


def test_a_job_starts_with_the_variables_of_its_definition() -> None:
    job = nothing(sequence("a", variables={"v": 1}))
    assert job.when(submit()).of(VariablesSet) == VariablesSet(variables={"v": 1})
    assert job.state.variables == {"v": 1}


def test_a_definition_without_steps_completes_at_once() -> None:
    outcome = nothing(sequence()).when(submit())
    assert outcome.of(JobCompleted).output == {"status": "RUNNING", "last": None}


# --- paused and resumed ------------------------------------------------------------


def test_a_paused_job_says_why_and_waits_for_an_operator() -> None:
    job = given(sequence("a"))
    job.when(Pause(reason="audit")).then(JobPaused(reason="audit"))
    assert (job.state.status, job.state.reason) == (JobStatus.PAUSED, "audit")
    job.when(Pause()).refused(RefusalKind.NOTHING_TO_CHANGE, "PAUSED")


def test_results_of_a_paused_job_are_recorded_and_nothing_follows_from_them() -> None:
    job = given(sequence("a", "b"), start(1), Pause())
    job.when(done(1, {"x": 1})).then(TaskCompleted(task=1, worker="w1", output={"x": 1}))
    assert job.state.status is JobStatus.PAUSED
    assert not job.state.open


def test_a_resume_follows_all_that_ended_meanwhile_in_order() -> None:
    job = given(stages(("a", "b", "c"), ("d",)), Pause(), done(3), done(1))
    job.when(Resume()).then(JobResumed())
    assert job.state.reason is None
    job.after(Pause(), done(2))
    assert job.when(Resume()).of(TaskScheduled).ref == "d"


def test_a_failure_while_paused_is_retried_on_resume_with_its_delay_from_then_on() -> None:
    rules = step("a", retry_count=1, retry_delay_seconds=10)
    job = given(sequence(rules), Pause(), failed(1), passed(100))
    assert job.when(Resume()).of(TaskScheduled).ready_at == at(110)


def test_a_failure_while_paused_fails_the_job_on_resume() -> None:
    job = given(sequence("a"), Pause(), failed(1, "no"))
    assert job.state.status is JobStatus.PAUSED
    job.when(Resume()).of(JobFailed)


def test_a_failure_found_on_resume_keeps_the_other_results_for_a_retry() -> None:
    job = given(stages(("a", "b"), ("c",)), Pause(), failed(1), done(2))
    ended = job.when(Resume()).of(JobFailed)
    assert ended.tasks == (2,)
    assert list(job.state.unfollowed) == [2]


def test_progress_of_a_paused_job_goes_on() -> None:
    job = given(sequence("a"), start(1), Pause(), progress(1, {"half": 1}), start(1))
    assert job.task(1).output == {"half": 1}


def test_only_a_paused_job_is_resumed() -> None:
    given(sequence("a")).when(Resume()).refused(RefusalKind.JOB_NOT_PAUSED, "RUNNING")
    given(sequence("a"), done(1)).when(Resume()).refused(RefusalKind.JOB_NOT_PAUSED, "COMPLETED")


@pytest.mark.parametrize("end", [done(1), failed(1)])
def test_an_ended_job_is_not_paused(end: Command) -> None:
    given(sequence("a"), end).when(Pause()).refused(RefusalKind.JOB_ENDED)


# --- terminated --------------------------------------------------------------------


def test_an_operator_terminates_a_job_with_all_that_is_open() -> None:
    job = given(stages(("a", "b")), start(1))
    job.when(Terminate(reason="enough")).then(
        TerminationRequested(reason="enough"),
        TaskCanceled(task=1),
        TaskCanceled(task=2),
        JobTerminated(reason="enough", output={"status": "TERMINATED", "last": None}),
    )


def test_a_paused_job_can_be_terminated() -> None:
    job = given(sequence("a"), Pause(), Terminate())
    assert job.state.status is JobStatus.TERMINATED


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_job_that_ended_badly_can_be_given_up_and_keeps_what_failed(status: str) -> None:
    plan = sequence(step("a", response_timeout_seconds=1))
    job = given(plan, start(1), passed(1))
    job.after(failed(1) if status == "FAILED" else fire("response/1"))
    assert job.state.status == status
    job.after(Terminate(reason="enough"))
    assert (job.state.status, job.state.reason) == (JobStatus.TERMINATED, "enough")
    assert job.state.failed_task == 1


def test_a_completed_or_terminated_job_is_not_terminated() -> None:
    job = given(sequence("a"), done(1))
    job.when(Terminate()).refused(RefusalKind.JOB_ENDED, "COMPLETED")
    job = given(sequence("a"), Terminate())
    job.when(Terminate()).refused(RefusalKind.NOTHING_TO_CHANGE, "TERMINATED")


# --- timed out ---------------------------------------------------------------------


def timed(**fields: object) -> Given:
    return given(sequence("a", "b", timeout_seconds=60, **fields))


def test_a_job_with_a_timeout_sets_its_timer_at_the_start() -> None:
    outcome = nothing(sequence("a", timeout_seconds=60)).when(submit())
    outcome.brings(TimerSet(timer="timeout", due_at=at(60), why="job timeout"))


def test_a_job_that_outlives_its_timeout_is_timed_out() -> None:
    job = timed().after(passed(61))
    job.when(fire("timeout")).then(
        TimerFired(timer="timeout", due_at=at(60)),
        TaskCanceled(task=1),
        JobTimedOut(
            reason="Workflow timed out after 61 seconds. Timeout configured as 60 seconds. "
            "Timeout policy configured to TIME_OUT_WF",
            output={"status": "TIMED_OUT", "last": None},
        ),
    )


def test_a_job_times_out_while_it_is_paused() -> None:
    job = timed().after(Pause(), passed(60), fire("timeout"))
    assert job.state.status is JobStatus.TIMED_OUT


def test_alert_only_records_that_the_job_is_late_once_and_lets_it_go_on() -> None:
    job = timed(alert_only=True).after(passed(61))
    job.when(fire("timeout")).then(
        TimerFired(timer="timeout", due_at=at(60)),
        JobTimeoutAlerted(elapsed_seconds=61, timeout_seconds=60),
    )
    job.when(fire("timeout")).refused(RefusalKind.NOT_DUE)
    job.after(Pause()).when(Resume()).without(TimerSet)
    job.after(done(1), done(2))
    assert job.state.status is JobStatus.COMPLETED


def test_a_resume_starts_the_jobs_clock_again() -> None:
    job = timed().after(passed(50), Pause(), passed(5))
    job.when(Resume()).then(
        JobResumed(), TimerSet(timer="timeout", due_at=at(115), why="job timeout")
    )
    job.after(passed(10)).when(fire("timeout")).refused(RefusalKind.NOT_DUE)


def test_the_timer_of_an_ended_job_is_refused() -> None:
    job = timed().after(done(1), done(2), passed(60))
    job.when(fire("timeout")).refused(RefusalKind.NOT_DUE)


# --- skipped -----------------------------------------------------------------------


def test_a_step_to_come_is_skipped_and_passed_over() -> None:
    job = given(sequence("a", "b", "c"))
    job.when(SkipTask(ref="b", output={"x": 1})).then(
        TaskSkipped(
            task=2,
            ref="b",
            name="name of b",
            task_type="type-b",
            kind="SIMPLE",
            input={},
            output={"x": 1},
        )
    )
    assert job.when(done(1)).of(TaskScheduled).ref == "c"
    skipped = job.state.latest("b")
    assert skipped is not None
    assert skipped.output == {"x": 1}


def test_a_skipped_step_stands_before_all_others() -> None:
    job = given(sequence("a", "b", "c"), SkipTask(ref="c"), SkipTask(ref="b"))
    assert [task.ref for task in job.state.in_order()] == ["b", "c", "a"]
    assert job.state.last() == job.task(1)


def test_a_job_whose_remaining_steps_are_skipped_completes() -> None:
    job = given(sequence("a", "b"), SkipTask(ref="b"), done(1))
    assert job.state.status is JobStatus.COMPLETED


def test_a_step_that_was_scheduled_or_skipped_before_cannot_be_skipped() -> None:
    job = given(sequence("a", "b"), SkipTask(ref="b"))
    job.when(SkipTask(ref="a")).refused(RefusalKind.STEP_STARTED, "'a'")
    job.when(SkipTask(ref="b")).refused(RefusalKind.STEP_STARTED, "'b'")


def test_a_step_that_the_definition_does_not_have_cannot_be_skipped() -> None:
    given(sequence("a")).when(SkipTask(ref="x")).refused(RefusalKind.NO_SUCH_STEP, "'x'")


def test_only_a_running_job_has_steps_skipped() -> None:
    job = given(sequence("a", "b"), Pause())
    job.when(SkipTask(ref="b")).refused(RefusalKind.JOB_NOT_RUNNING, "PAUSED")
    job.after(Terminate())
    job.when(SkipTask(ref="b")).refused(RefusalKind.JOB_NOT_RUNNING, "TERMINATED")


def test_a_skipped_task_is_never_handed_out_or_reported() -> None:
    job = given(sequence("a", "b"), SkipTask(ref="b"))
    assert job.task(2).status is TaskStatus.SKIPPED
    job.when(start(2)).refused(RefusalKind.TASK_ENDED)
    job.when(done(2)).refused(RefusalKind.TASK_ENDED)


def test_a_restart_forgets_what_was_skipped() -> None:
    job = given(sequence("a", "b"), SkipTask(ref="b"), done(1), restart(), done(3))
    assert job.task(4).ref == "b"

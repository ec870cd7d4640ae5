"""Results: completed, failed, against the contract, and completed from outside."""

from __future__ import annotations

import pytest

from daemon.decider.commands import Pause, Report, SendEvent
from daemon.decider.turn import RefusalKind
from daemon.dialects.plan import Fault
from eventstore.events import (
    JobCompleted,
    JobFailed,
    JobStatus,
    JobTerminated,
    OutsideEventReceived,
    TaskCompleted,
    TaskDecided,
    TaskExecuted,
    TaskFailed,
    TaskProgressed,
    TaskScheduled,
    TaskStatus,
)
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import Given, done, failed, fire, given, passed, progress, start

FAILED_FOR_GOOD = TaskStatus.FAILED_WITH_TERMINAL_ERROR


def test_a_result_schedules_the_next_step_in_the_same_batch() -> None:
    job = given(sequence("a", "b"), start(1))
    outcome = job.when(done(1, {"x": 1}, logs=["line"], reason="fine"))
    result = TaskCompleted(task=1, worker="w1", output={"x": 1}, logs=["line"], reason="fine")
    assert outcome.events[0] == result
    assert outcome.of(TaskScheduled).ref == "b"
    assert outcome.state.status is JobStatus.RUNNING


def test_the_result_of_the_last_step_completes_the_job() -> None:
    job = given(sequence("a"), start(1), passed(3))
    job.when(done(1, {"x": 1})).then(
        TaskCompleted(task=1, worker="w1", output={"x": 1}),
        JobCompleted(output={"status": "RUNNING", "last": {"x": 1}}),
    )
    assert job.state.ended_at == job.now


def test_a_second_result_for_an_attempt_is_refused_and_says_the_status() -> None:
    job = given(sequence("a", "b"), start(1), done(1, {"x": 1}))
    refusal = job.when(done(1, {"x": 2})).refused(RefusalKind.TASK_ENDED, "COMPLETED")
    assert refusal.status == TaskStatus.COMPLETED
    assert job.task(1).output == {"x": 1}


@pytest.mark.parametrize(
    "status",
    [
        TaskStatus.SCHEDULED,
        TaskStatus.TIMED_OUT,
        TaskStatus.SKIPPED,
        TaskStatus.COMPLETED_WITH_ERRORS,
    ],
)
def test_a_status_that_only_the_decider_gives_cannot_be_reported(status: TaskStatus) -> None:
    job = given(sequence("a"), start(1))
    job.when(Report(task=1, status=status)).refused(RefusalKind.NOT_A_RESULT, status)


def test_a_failed_task_without_retries_fails_the_job_and_says_why() -> None:
    job = given(sequence("a", "b"), start(1))
    job.when(failed(1, "no money", output={"code": 7})).then(
        TaskFailed(
            task=1, status=TaskStatus.FAILED, worker="w1", output={"code": 7}, reason="no money"
        ),
        JobFailed(
            failed_task=1,
            reason="Task job-1.1 failed with status: FAILED and reason: 'no money'",
            output={"status": "FAILED", "last": {"code": 7}},
        ),
    )


def test_a_failure_without_a_reason_prints_null() -> None:
    ended = given(sequence("a")).when(failed(1, None)).of(JobFailed)
    assert ended.reason == "Task job-1.1 failed with status: FAILED and reason: 'null'"


def test_a_canceled_task_terminates_the_job() -> None:
    ended = given(sequence("a")).when(failed(1, "gone", status=TaskStatus.CANCELED))
    reason = "Task job-1.1 failed with status: TERMINATED and reason: 'gone'"
    assert ended.of(JobTerminated).reason == reason


def test_what_is_still_open_is_canceled_when_the_job_fails() -> None:
    job = given(stages(("a", "b", "c")), start(2))
    job.when(failed(1))
    assert [task.status for task in job.state.in_order()] == [
        TaskStatus.FAILED,
        TaskStatus.CANCELED,
        TaskStatus.CANCELED,
    ]
    job.when(done(2)).refused(RefusalKind.TASK_ENDED, "CANCELED")


def test_an_output_that_breaks_the_contract_fails_its_task_for_good() -> None:
    job = given(sequence(step("a", refuses={"bad": 1}, retry_count=5)), start(1))
    reason = "the output of a breaks its contract"
    outcome = job.when(done(1, {"bad": 1})).brings(
        TaskCompleted(task=1, worker="w1", output={"bad": 1}),
        TaskDecided(task=1, status=FAILED_FOR_GOOD, reason=reason),
    )
    assert outcome.of(JobFailed).reason == (
        f"Task job-1.1 failed with status: FAILED and reason: '{reason}'"
    )
    assert job.task(1).output == {"bad": 1}


def test_a_step_whose_input_is_at_fault_ends_as_it_is_scheduled() -> None:
    job = given(sequence("a", step("b", fault=Fault(reason="/x is missing"), delay_seconds=9)))
    outcome = job.when(done(1))
    outcome.brings(TaskDecided(task=2, status=FAILED_FOR_GOOD, reason="/x is missing"))
    assert outcome.state.status is JobStatus.FAILED


def test_the_plan_sees_the_job_after_the_result() -> None:
    seen = []

    def note(task: object) -> tuple[()]:
        seen.append(task)
        return ()

    job = given(sequence(step("a", then=note)), start(1)).after(done(1, {"x": 1}))
    assert seen == [job.task(1)] * len(seen)
    assert seen


# --- completed from outside --------------------------------------------------------


def awaiting(**fields: object) -> Given:
    rules = {"async_complete": True, "response_timeout_seconds": 10, **fields}
    return given(sequence(step("a", **rules), "b"), start(1))


def test_the_result_of_an_async_step_only_ends_its_work() -> None:
    job = awaiting()
    job.when(done(1, {"ticket": 7}, logs=["sent"])).then(
        TaskExecuted(task=1, worker="w1", awaits=("a",), output={"ticket": 7}, logs=["sent"])
    )
    task = job.task(1)
    assert (task.status, task.respond_by) == (TaskStatus.IN_PROGRESS, None)
    job.when(fire("response/1")).refused(RefusalKind.NOT_DUE)


def test_an_outside_event_completes_a_step_that_waits_for_it() -> None:
    job = awaiting().after(done(1, {"ticket": 7}))
    job.when(SendEvent(event_id="a", payload={"paid": True})).brings(
        OutsideEventReceived(event_id="a", payload={"paid": True}),
        TaskDecided(
            task=1,
            status=TaskStatus.COMPLETED,
            replaces_output=True,
            output={"ticket": 7, "paid": True},
        ),
    )
    assert job.task(2).ref == "b"


def test_an_outside_event_that_came_before_completes_the_step_as_its_work_ends() -> None:
    job = awaiting()
    job.when(SendEvent(event_id="a", payload="yes")).then(
        OutsideEventReceived(event_id="a", payload="yes")
    )
    outcome = job.when(done(1, {"ticket": 7}))
    assert outcome.of(TaskDecided).output == {"ticket": 7, "payload": "yes"}
    assert job.task(2).ref == "b"
    assert not job.state.events


def test_an_outside_event_without_a_payload_keeps_the_output() -> None:
    job = awaiting().after(done(1, {"ticket": 7}), SendEvent(event_id="a"))
    assert job.task(1).output == {"ticket": 7}


def test_an_outside_event_that_nobody_waits_for_is_recorded_and_changes_nothing() -> None:
    job = awaiting().after(done(1))
    job.when(SendEvent(event_id="other")).then(OutsideEventReceived(event_id="other"))
    assert job.task(1).is_open


def test_an_outside_event_for_an_ended_job_is_refused() -> None:
    job = given(sequence("a"), done(1))
    job.when(SendEvent(event_id="a")).refused(RefusalKind.JOB_ENDED)


def test_a_step_completed_from_outside_keeps_its_contract_too() -> None:
    job = awaiting(refuses={"bad": 1}).after(done(1))
    job.when(SendEvent(event_id="a", payload={"bad": 1}))
    assert job.task(1).status is FAILED_FOR_GOOD
    assert job.state.status is JobStatus.FAILED


def test_an_update_completes_a_step_that_waits_for_an_outside_event() -> None:
    job = awaiting().after(done(1, {"ticket": 7}))
    job.when(done(1, {"by": "hand"})).brings(
        TaskCompleted(task=1, worker="w1", output={"by": "hand"})
    )
    assert not job.state.awaiting


def test_an_update_fails_a_step_that_waits_for_an_outside_event() -> None:
    job = awaiting().after(done(1)).after(failed(1))
    assert job.state.status is JobStatus.FAILED


def test_progress_on_a_waiting_step_keeps_it_waiting() -> None:
    job = awaiting(poll_timeout_seconds=5).after(done(1))
    job.when(progress(1, {"half": 1}, callback_seconds=5)).then(
        TaskProgressed(task=1, worker="w1", callback_seconds=5, output={"half": 1})
    )
    job.when(start(1)).refused(RefusalKind.NOT_READY)
    job.after(SendEvent(event_id="a"))
    assert job.task(1).status is TaskStatus.COMPLETED


def test_an_outside_event_for_a_paused_job_ends_the_step_and_nothing_follows_yet() -> None:
    job = awaiting().after(done(1), Pause())
    job.when(SendEvent(event_id="a")).without(TaskScheduled)
    assert job.task(1).status is TaskStatus.COMPLETED
    assert list(job.state.unfollowed) == [1]

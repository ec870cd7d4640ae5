"""Steps that may fail, and the job that a failure starts."""

from __future__ import annotations

from uuid import UUID

import pytest

from daemon.decider.commands import (
    Command,
    NoteFailureJob,
    Pause,
    Rerun,
    Retry,
    Terminate,
)
from daemon.decider.turn import RefusalKind
from daemon.dialects.plan import EndJob, TaskView
from eventstore.events import (
    FailureJobRefused,
    FailureJobRequested,
    FailureJobStarted,
    JobCompleted,
    JobFailed,
    JobStatus,
    TaskStatus,
)
from tests.decider.plans import OUTPUT_KEY, sequence, stages, step
from tests.decider.scenario import Given, done, failed, fire, given, passed, restart, start

# --- permissive --------------------------------------------------------------------


def test_a_permissive_failure_lets_the_siblings_finish_and_then_fails_the_job() -> None:
    job = given(stages((step("a", permissive=True), "b"), ("c",)), failed(1, "no"), done(2))
    assert job.task(3).ref == "c"
    ended = job.when(done(3)).of(JobFailed)
    assert ended.reason == "Task job-1.1 failed with status: FAILED and reason: 'no'"
    assert ended.failed_task == 1


def test_every_permissive_failure_is_named_in_the_reason() -> None:
    permissive = [step(ref, permissive=True) for ref in ("a", "b", "c")]
    job = given(stages(tuple(permissive)), failed(1, "one"), done(2))
    assert job.when(failed(3, None, status=TaskStatus.CANCELED)).of(JobFailed).reason == (
        "Task job-1.1 failed with status: FAILED and reason: 'one'. "
        "Task job-1.3 failed with status: CANCELED and reason: 'null'"
    )


def test_a_permissive_step_is_retried_first_and_forgiven_when_that_helps() -> None:
    job = given(sequence(step("a", permissive=True, retry_count=1), "b"), failed(1))
    job.after(done(2), done(3))
    assert job.state.status is JobStatus.COMPLETED


def test_an_optional_and_permissive_step_completes_with_errors() -> None:
    job = given(sequence(step("a", permissive=True, optional=True), "b"), failed(1), done(2))
    assert job.task(1).status is TaskStatus.COMPLETED_WITH_ERRORS
    assert job.state.status is JobStatus.COMPLETED


def test_a_retried_permissive_failure_no_longer_fails_the_job() -> None:
    job = given(sequence(step("a", permissive=True), "b"), failed(1), done(2), Retry(), done(3))
    assert job.state.status is JobStatus.COMPLETED


# --- the job that a failure starts -------------------------------------------------


def failing() -> Given:
    rules = step("a", response_timeout_seconds=1)
    return given(sequence(rules, failure_workflow="clean-up", timeout_seconds=60), start(1))


def test_a_failure_asks_for_its_job_in_the_same_batch() -> None:
    outcome = failing().when(failed(1, "no"))
    asked = outcome.of(FailureJobRequested)
    ended = outcome.of(JobFailed)
    assert outcome.events[-1] == asked
    assert asked.workflow == "clean-up"
    assert asked.input == {"reason": ended.reason, "status": "FAILED", "task": 1}
    assert outcome.state.output == {**ended.output, OUTPUT_KEY: asked.job_id}


def test_the_id_of_that_job_is_a_uuid_that_rises_with_time_and_is_always_the_same() -> None:
    one = failing().when(failed(1)).of(FailureJobRequested).job_id
    assert one == failing().when(failed(1)).of(FailureJobRequested).job_id
    later = failing().after(passed(1)).when(failed(1)).of(FailureJobRequested).job_id
    assert UUID(one).version == 7
    assert one < later


def test_each_failure_of_a_job_asks_for_another_job() -> None:
    job = failing()
    first = job.when(failed(1)).of(FailureJobRequested).job_id
    second = job.after(Retry()).when(failed(2)).of(FailureJobRequested).job_id
    assert first != second


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (failed(1), "FAILED"),
        (failed(1, status=TaskStatus.CANCELED), "TERMINATED"),
        (fire("response/1"), "TIMED_OUT"),
        (fire("timeout"), "TIMED_OUT"),
    ],
)
def test_every_bad_end_that_the_job_comes_to_itself_asks_for_it(end: Command, status: str) -> None:
    asked = failing().after(passed(60)).when(end).of(FailureJobRequested)
    assert asked.input["status"] == status


def test_an_operators_termination_and_a_good_end_ask_for_none() -> None:
    failing().when(Terminate()).without(FailureJobRequested)
    failing().when(done(1)).without(FailureJobRequested)
    job = failing().after(failed(1))
    job.when(Terminate()).without(FailureJobRequested)


def test_an_end_that_the_plan_wants_asks_for_it_too() -> None:
    def stop(task: TaskView) -> tuple[EndJob]:
        return (EndJob(status=JobStatus.TERMINATED, reason="enough", output={}, task=task.number),)

    job = given(sequence(step("a", then=stop), failure_workflow="clean-up"))
    asked = job.when(done(1)).of(FailureJobRequested)
    assert asked.input == {"reason": "enough", "status": "TERMINATED", "task": 1}


def test_the_plan_may_complete_the_job_while_tasks_are_open() -> None:
    def enough(task: TaskView) -> tuple[EndJob]:
        return (EndJob(status=JobStatus.COMPLETED, output={"x": 1}),)

    job = given(stages((step("a", then=enough), "b"), failure_workflow="clean-up"))
    ended = job.when(done(1)).without(FailureJobRequested).of(JobCompleted)
    assert ended.output == {"x": 1}
    assert job.task(2).status is TaskStatus.CANCELED


def test_the_job_that_was_asked_for_started() -> None:
    job = failing()
    other = job.when(failed(1)).of(FailureJobRequested).job_id
    job.when(NoteFailureJob(job_id=other, started=True)).then(FailureJobStarted(job_id=other))
    assert job.state.output[OUTPUT_KEY] == other
    job.when(NoteFailureJob(job_id=other, started=True)).refused(RefusalKind.NOT_EXPECTED)


def test_a_refused_start_is_recorded_where_the_output_named_the_job() -> None:
    job = failing()
    other = job.when(failed(1)).of(FailureJobRequested).job_id
    job.when(NoteFailureJob(job_id=other, started=False, reason="no such workflow")).then(
        FailureJobRefused(job_id=other, reason="no such workflow")
    )
    assert job.state.output[OUTPUT_KEY] == "no such workflow"


@pytest.mark.parametrize("again", [Retry(), Rerun(), restart()])
def test_an_answer_that_comes_after_the_job_runs_again_is_not_lost(again: Command) -> None:
    job = failing()
    other = job.when(failed(1)).of(FailureJobRequested).job_id
    job.after(again, Pause())
    job.when(NoteFailureJob(job_id=other, started=False, reason="no")).then(
        FailureJobRefused(job_id=other, reason="no")
    )
    assert job.state.status is JobStatus.PAUSED


def test_an_answer_about_a_job_that_was_not_asked_for_is_refused() -> None:
    for job in (failing(), failing().after(failed(1))):
        job.when(NoteFailureJob(job_id="other", started=True)).refused(
            RefusalKind.NOT_EXPECTED, "other"
        )

"""Values that are too large: dropped, and what they belong to fails and says so
(reference conductor.md §3.16)."""

from __future__ import annotations

from daemon.decider.commands import ChangeVariables, Report, Rerun, SendEvent
from daemon.decider.turn import RefusalKind
from daemon.dialects.plan import EndTask, TaskView
from eventstore.events import (
    JobCompleted,
    JobFailed,
    JobStatus,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskScheduled,
    TaskStatus,
    VariablesSet,
)
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import (
    done,
    failed,
    fire,
    given,
    nothing,
    passed,
    progress,
    start,
    submit,
)

TERMINAL = TaskStatus.FAILED_WITH_TERMINAL_ERROR


def too_large(task: int, size: int, limit: int) -> str:
    return (
        f"The payload size: {size} of task: job-1.{task} in workflow: job-1  is greater than "
        f"the permissible limit: {limit} bytes"
    )


class TestInputOfATask:
    def test_it_is_dropped_and_the_task_fails_for_good(self) -> None:
        job = nothing(sequence(step("a", retry_count=3)), max_task_input_bytes=20)
        outcome = job.when(submit(input={"n": "x" * 20}))
        made, ended = outcome.of(TaskScheduled), outcome.of(TaskDecided)
        assert made.input == {}
        assert ended == TaskDecided(task=1, status=TERMINAL, reason=too_large(1, 36, 20))
        assert outcome.state.status is JobStatus.FAILED

    def test_one_of_exactly_the_limit_is_handed_out(self) -> None:
        job = nothing(sequence("a"), max_task_input_bytes=36)
        assert job.when(submit(input={"n": "x" * 20})).state.open

    def test_that_of_another_attempt_counts_too(self) -> None:
        again = len('{"job":{},"again":2}')
        job = given(sequence(step("a", retry_count=1)), start(1), max_task_input_bytes=again - 1)
        outcome = job.when(failed(1))
        assert outcome.of(TaskScheduled).input == {}
        assert outcome.of(TaskDecided).reason == too_large(2, again, again - 1)
        assert outcome.state.status is JobStatus.FAILED

    def test_that_of_a_rerun_counts_too(self) -> None:
        job = given(sequence("a"), start(1), failed(1), max_task_input_bytes=20)
        rerun = Rerun(task=1, replaces_task_input=True, task_input="x" * 30)
        outcome = job.when(rerun)
        assert outcome.of(TaskDecided).reason.endswith("limit: 20 bytes")
        assert outcome.of(TaskScheduled).input == {}


class TestOutputOfATask:
    def test_a_result_is_recorded_as_a_failure_without_it(self) -> None:
        job = given(sequence(step("a", retry_count=3)), start(1), max_task_output_bytes=20)
        outcome = job.when(done(1, "x" * 30))
        assert outcome.events[0] == TaskFailed(
            task=1, status=TERMINAL, worker="w1", output={}, reason=too_large(1, 32, 20)
        )
        assert outcome.state.status is JobStatus.FAILED

    def test_so_are_progress_and_failures(self) -> None:
        for report in (progress(1, "x" * 30, callback_seconds=5), failed(1, output="x" * 30)):
            job = given(sequence("a"), start(1), max_task_output_bytes=20)
            assert job.when(report).of(TaskFailed).reason == too_large(1, 32, 20)

    def test_a_result_of_exactly_the_limit_is_one(self) -> None:
        job = given(sequence("a"), start(1), max_task_output_bytes=32)
        assert job.when(done(1, "x" * 30)).of(TaskCompleted).output == "x" * 30

    def test_a_status_that_is_no_result_is_none_with_any_output(self) -> None:
        job = given(sequence("a"), start(1), max_task_output_bytes=20)
        report = Report(task=1, status=TaskStatus.SKIPPED, output="x" * 30)
        job.when(report).refused(RefusalKind.NOT_A_RESULT)

    def test_outputs_of_the_plan_itself_count_too(self) -> None:
        def finish(task: TaskView) -> tuple[EndTask, ...]:
            return (EndTask(task=2, status=TaskStatus.COMPLETED, output="x" * 30),)

        plan = stages((step("a", then=finish), step("b")))
        outcome = given(plan, start(1), max_task_output_bytes=20).when(done(1))
        assert outcome.of(TaskDecided) == TaskDecided(
            task=2,
            status=TERMINAL,
            replaces_output=True,
            output={},
            reason=too_large(2, 32, 20),
        )
        assert outcome.state.status is JobStatus.FAILED

    def test_outside_events_count_too(self) -> None:
        plan = sequence(step("a", async_complete=True))
        job = given(plan, start(1), done(1), max_task_output_bytes=20)
        outcome = job.when(SendEvent(event_id="a", payload={"n": "x" * 30}))
        assert outcome.of(TaskDecided).status is TERMINAL
        assert job.task(1).output == {}


class TestOutputOfAJob:
    def test_it_is_dropped_and_the_job_fails(self) -> None:
        job = given(sequence("a"), start(1), max_output_bytes=50)
        outcome = job.when(done(1, "x" * 50)).without(JobCompleted)
        size = len('{"status":"FAILED","last":""}') + 50
        assert outcome.of(JobFailed) == JobFailed(
            output={},
            reason=f"The payload size: {size + 1} of workflow: job-1 is greater than the "
            "permissible limit: 50 bytes",
        )

    def test_a_bad_ending_keeps_its_status_and_says_both(self) -> None:
        plan = sequence("a", timeout_seconds=10)
        job = given(plan, start(1), progress(1, "x" * 50), passed(11), max_output_bytes=50)
        job.when(fire("timeout", job.state.timers["timeout"]))
        assert job.state.status is JobStatus.TIMED_OUT
        assert job.state.output == {}
        assert "timed out" in job.state.reason
        assert job.state.reason.endswith("is greater than the permissible limit: 50 bytes")


class TestInputOfAJob:
    def test_it_is_refused(self) -> None:
        job = nothing(sequence("a"), max_input_bytes=20)
        refused = job.when(submit(input={"n": "x" * 20}))
        refused.refused(RefusalKind.TOO_LARGE, "/input: 28 bytes, more than 20", "jobs.max_input")

    def test_defaults_of_the_definition_count(self) -> None:
        job = nothing(sequence("a", defaults={"n": "x" * 20}), max_input_bytes=20)
        job.when(submit()).refused(RefusalKind.TOO_LARGE)

    def test_so_is_that_of_a_rerun(self) -> None:
        job = given(sequence("a"), start(1), failed(1), max_input_bytes=20)
        rerun = Rerun(replaces_input=True, input={"n": "x" * 20})
        job.when(rerun).refused(RefusalKind.TOO_LARGE)


class TestVariables:
    def test_more_than_all_may_have_is_refused(self) -> None:
        job = given(sequence("a"), max_variables_bytes=20)
        assert job.when(ChangeVariables(variables={"a": "x" * 10})).of(VariablesSet)
        change = ChangeVariables(variables={"b": "x" * 10})
        job.when(change).refused(RefusalKind.TOO_LARGE, "payloads.max_variables_bytes")
        assert job.state.variables == {"a": "x" * 10}

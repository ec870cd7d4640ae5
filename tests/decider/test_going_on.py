"""An operator makes an ended job run again: retry, restart, rerun."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import (
    Command,
    Pause,
    Rerun,
    Resume,
    Retry,
    SendEvent,
    SkipTask,
    Terminate,
)
from daemon.decider.turn import RefusalKind
from daemon.dialects.plan import EndJob, TaskView
from eventstore.events import (
    JobFailed,
    JobRerun,
    JobRestarted,
    JobRetried,
    JobStatus,
    TaskScheduled,
    TasksSuperseded,
    TaskStatus,
    TaskTimedOut,
    TimerSet,
)
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import (
    Given,
    Outcome,
    at,
    done,
    failed,
    fire,
    given,
    nothing,
    passed,
    restart,
    start,
    submit,
)


def refs(outcome: Outcome) -> list[str]:
    return [event.ref for event in outcome.events if isinstance(event, TaskScheduled)]


def refs_now(job: Given) -> list[tuple[int, str, TaskStatus]]:
    return [(task.number, task.ref, task.status) for task in job.state.in_order()]


# --- every one of them needs an ended job ------------------------------------------


@pytest.mark.parametrize("command", [Retry(), restart(), Rerun(), Rerun(task=1)])
@pytest.mark.parametrize("paused", [False, True])
def test_a_job_that_has_not_ended_is_not_begun_again(command: Command, paused: bool) -> None:
    job = given(sequence("a"), *([Pause()] if paused else []))
    job.when(command).refused(RefusalKind.JOB_NOT_ENDED, job.state.status)


# --- retry -------------------------------------------------------------------------


def test_a_retry_gives_the_failed_task_another_attempt_at_once() -> None:
    rules = step("b", retry_delay_seconds=60)
    job = given(sequence("a", rules), done(1), failed(2, "no"), passed(9))
    outcome = job.when(Retry())
    assert outcome.events == (
        JobRetried(),
        TaskScheduled(
            task=3,
            ref="b",
            name="name of b",
            task_type="type-b",
            kind="SIMPLE",
            attempt=1,
            retry_of=2,
            input={"job": {}, "again": 1},
        ),
    )
    assert job.task(3).reason is None
    assert (job.state.status, job.state.reason, job.state.ended_at) == (
        JobStatus.RUNNING,
        None,
        None,
    )


def test_a_retried_job_completes_with_what_it_had() -> None:
    job = given(sequence("a", "b", "c"), done(1), failed(2), Retry(), done(3), done(4))
    assert job.state.status is JobStatus.COMPLETED
    assert [ref for _, ref, _ in refs_now(job)] == ["a", "b", "b", "c"]


def test_a_retry_takes_up_canceled_siblings_and_leaves_completed_ones() -> None:
    job = given(stages(("a", "b", "c"), ("d",)), done(1), failed(2))
    assert job.task(3).status is TaskStatus.CANCELED
    assert refs(job.when(Retry())) == ["b", "c"]
    job.after(done(4), done(5), done(6))
    assert job.state.status is JobStatus.COMPLETED


def test_only_the_newest_attempt_of_a_step_is_retried() -> None:
    job = given(sequence(step("a", retry_count=1)), failed(1), failed(2))
    assert job.when(Retry()).of(TaskScheduled).retry_of == 2
    job.after(failed(3))
    assert job.state.status is JobStatus.FAILED


@pytest.mark.parametrize("end", [Terminate(), fire("timeout")])
def test_a_terminated_or_timed_out_job_goes_on_where_it_stood(end: Command) -> None:
    job = given(sequence("a", "b", timeout_seconds=60), done(1), passed(60), end)
    outcome = job.when(Retry())
    assert refs(outcome) == ["b"]
    assert outcome.of(TimerSet).due_at == at(120)


def test_a_result_that_came_while_paused_is_followed_by_the_retry() -> None:
    job = given(sequence("a", "b"), Pause(), done(1), Terminate())
    assert refs(job.when(Retry())) == ["b"]


def test_a_result_left_behind_by_a_failing_sibling_is_followed_by_the_retry() -> None:
    plan = stages((step("a"), step("b", goes_to="c")), ("c",))
    job = given(plan, Pause(), failed(1), done(2), Resume())
    assert job.state.status is JobStatus.FAILED
    assert refs(job.when(Retry())) == ["a", "c"]


def test_a_retry_asks_the_plan_again_when_what_follows_had_failed() -> None:
    def stuck(task: TaskView) -> tuple[EndJob]:
        return (EndJob(status=JobStatus.FAILED, reason="cannot go on", task=task.number),)

    job = given(sequence(step("a", then=stuck), "b"), start(1))
    job.when(done(1)).of(JobFailed)
    job.after(Terminate(reason="given up"))
    job.plan = sequence("a", "b")
    assert refs(job.when(Retry())) == ["b"]


def test_a_job_without_anything_to_retry_says_so() -> None:
    job = given(sequence("a"), done(1))
    job.when(Retry()).refused(RefusalKind.NOTHING_TO_RETRY, "restart")


def test_a_job_terminated_before_its_first_task_has_nothing_to_retry() -> None:
    job = nothing(stages(("a", "b")), max_tasks=1).after(submit(), Terminate())
    job.when(Retry()).refused(RefusalKind.NOTHING_TO_RETRY)


def test_a_job_timed_out_before_its_first_task_begins_when_it_is_retried() -> None:
    job = nothing(stages(("a", "b"), timeout_seconds=5), max_tasks=1)
    job.after(submit(), passed(5), fire("timeout"))
    job.policy = type(job.policy)()
    assert refs(job.when(Retry())) == ["a", "b"]


def test_a_completed_job_with_canceled_tasks_is_opened_again() -> None:
    def enough(task: TaskView) -> tuple[EndJob]:
        return (EndJob(status=JobStatus.COMPLETED, reason="enough", output={"x": 1}),)

    job = given(stages((step("a", then=enough), "b")), done(1))
    assert (job.state.status, job.state.output) == (JobStatus.COMPLETED, {"x": 1})
    assert refs(job.when(Retry())) == ["b"]


# --- restart -----------------------------------------------------------------------


def test_a_restart_begins_again_with_new_task_numbers() -> None:
    job = given(sequence("a", "b"), done(1), failed(2), passed(9))
    outcome = job.when(restart())
    assert outcome.events[0] == JobRestarted(**_version())
    assert refs_now(job) == [(3, "a", TaskStatus.SCHEDULED)]
    state = outcome.state
    assert (state.started_at, state.clock_from, state.output) == (at(9), at(9), None)
    assert state.frame.submitted_at == at(0)


def _version(**fields: Any) -> dict[str, Any]:
    command = restart(**fields)
    return {name: getattr(command, name) for name in command.__struct_fields__}


def test_a_restart_keeps_input_and_the_last_values_of_variables() -> None:
    plan = sequence("a", variables={"v": 1})
    job = nothing(plan).after(submit(input={"x": 5}), failed(1))
    job.plan = sequence("a", variables={"v": 2})
    job.after(restart())
    assert job.state.variables == {"v": 1}
    assert job.task(2).input == {"job": {"x": 5}}


def test_a_restart_with_the_latest_version_pins_anew() -> None:
    job = given(sequence("a"), failed(1))
    job.plan = sequence("new")
    command = restart(
        use_latest=True,
        version_id="version-2",
        version_number=2,
        dialect="steps",
        definition="definition-2",
        pins="pins-2",
    )
    assert refs(job.when(command)) == ["new"]
    frame = job.state.frame
    assert (frame.version_id, frame.version_number, frame.dialect) == ("version-2", 2, "steps")
    assert (frame.definition, frame.pins) == ("definition-2", "pins-2")


def test_a_restart_into_a_version_whose_contract_the_input_breaks_is_refused() -> None:
    job = given(sequence("a"), failed(1))
    job.plan = sequence("a", needs=("x",))
    refusal = job.when(restart(use_latest=True)).refused(RefusalKind.CONTRACT_BROKEN)
    assert [problem.path for problem in refusal.problems] == ["/x"]


def test_only_a_completed_job_can_be_kept_from_a_restart() -> None:
    plan = sequence("a", restartable=False)
    given(plan, done(1)).when(restart()).refused(RefusalKind.NOT_RESTARTABLE, "restartable")
    given(plan, failed(1)).when(restart()).of(JobRestarted)


def test_a_result_of_an_attempt_before_the_restart_is_refused() -> None:
    job = given(sequence("a"), start(1), Terminate(), restart())
    job.when(done(1)).refused(RefusalKind.NO_SUCH_TASK)


def test_a_restart_forgets_outside_events() -> None:
    plan = sequence(step("a", async_complete=True))
    job = given(plan, SendEvent(event_id="a"), Terminate(), restart(), start(2), done(2))
    assert job.task(2).awaits == ("a",)


# --- rerun -------------------------------------------------------------------------


def test_a_rerun_from_the_beginning_takes_a_new_input() -> None:
    job = given(sequence("a", "b", defaults={"size": 1}), done(1), failed(2))
    outcome = job.when(Rerun(replaces_input=True, input={"x": 7}))
    assert outcome.events[0] == JobRerun(replaces_input=True, input={"x": 7, "size": 1})
    assert refs_now(job) == [(3, "a", TaskStatus.SCHEDULED)]
    assert job.task(3).input == {"job": {"x": 7, "size": 1}}


def test_a_rerun_with_an_input_that_breaks_the_contract_is_refused() -> None:
    job = nothing(sequence("a", needs=("x",))).after(submit(input={"x": 1}), failed(1))
    refusal = job.when(Rerun(replaces_input=True, input={})).refused(RefusalKind.CONTRACT_BROKEN)
    assert [problem.path for problem in refusal.problems] == ["/x"]


def test_a_rerun_without_an_input_keeps_the_one_it_has() -> None:
    job = nothing(sequence("a")).after(submit(input={"x": 1}), failed(1), Rerun())
    assert job.state.input == {"x": 1}


def test_a_rerun_from_a_task_repeats_it_and_all_behind_it() -> None:
    job = given(sequence("a", "b", "c"), done(1), done(2, {"old": 1}), failed(3))
    outcome = job.when(Rerun(task=2))
    assert outcome.of(TasksSuperseded) == TasksSuperseded(tasks=(2, 3))
    assert refs_now(job) == [
        (1, "a", TaskStatus.COMPLETED),
        (4, "b", TaskStatus.SCHEDULED),
    ]
    assert (job.task(4).input, job.task(4).output) == ({"job": {}}, None)
    job.after(done(4), done(5))
    assert job.state.status is JobStatus.COMPLETED


def test_a_rerun_from_a_task_takes_a_new_input_for_it() -> None:
    job = given(sequence("a", "b"), done(1), failed(2))
    job.after(Rerun(task=2, replaces_task_input=True, task_input={"y": 1}))
    assert job.task(3).input == {"y": 1}


def test_a_rerun_from_a_later_attempt_keeps_the_earlier_ones_and_its_number() -> None:
    job = given(sequence(step("a", retry_count=1)), failed(1), failed(2), Rerun(task=2))
    assert refs_now(job) == [(1, "a", TaskStatus.FAILED), (3, "a", TaskStatus.SCHEDULED)]
    assert (job.task(3).attempt, job.task(1).retried) == (1, True)
    job.after(done(3))
    assert job.state.status is JobStatus.COMPLETED


def test_a_rerun_from_an_earlier_attempt_drops_the_later_ones() -> None:
    job = given(sequence(step("a", retry_count=1)), failed(1), failed(2), Rerun(task=1))
    assert refs_now(job) == [(3, "a", TaskStatus.SCHEDULED)]
    assert job.task(3).attempt == 0


def test_a_rerun_keeps_steps_that_were_skipped() -> None:
    job = given(sequence("a", "b", "c"), SkipTask(ref="b"), failed(1), Rerun(task=1))
    assert [ref for _, ref, _ in refs_now(job)] == ["b", "a"]
    assert refs(job.when(done(3))) == ["c"]


def test_a_skipped_task_is_no_place_to_rerun_from() -> None:
    job = given(sequence("a", "b"), SkipTask(ref="b"), done(1))
    job.when(Rerun(task=2)).refused(RefusalKind.TASK_SKIPPED, "never ran")


def test_a_rerun_opens_what_had_failed_before_its_task_too() -> None:
    job = given(stages(("a", "b"), ("c",)), start(2), failed(1))
    job.when(Rerun(task=2)).brings(TasksSuperseded(tasks=(1, 2)))
    assert [ref for _, ref, _ in refs_now(job)] == ["a", "b"]
    job.after(done(3), done(4), done(5))
    assert job.state.status is JobStatus.COMPLETED


def test_a_rerun_follows_results_that_were_never_followed() -> None:
    plan = stages((step("a", goes_to="c"), "b"), ("c",))
    job = given(plan, Pause(), done(1), failed(2), Terminate())
    assert refs(job.when(Rerun(task=2))) == ["b", "c"]


def test_a_rerun_from_a_task_that_the_job_does_not_have_is_refused() -> None:
    job = given(sequence("a"), failed(1), restart(), failed(2))
    for number in (1, 9):
        job.when(Rerun(task=number)).refused(RefusalKind.NO_SUCH_TASK, str(number))


def test_a_rerun_does_not_wind_the_jobs_clock_back() -> None:
    job = given(sequence("a", timeout_seconds=60), passed(50), failed(1), passed(5))
    assert job.when(Rerun()).of(TimerSet).due_at == at(60)
    job.after(passed(5), fire("timeout"))
    assert job.state.reason.startswith("Workflow timed out after 60 seconds.")


def test_a_rerun_task_has_its_whole_total_timeout_again() -> None:
    plan = sequence(step("a", total_timeout_seconds=10, timeout_policy="RETRY"))
    job = given(plan, passed(10), fire("total/1"), passed(5), Rerun(task=1))
    assert (job.task(2).total_by, job.task(2).first_scheduled_at) == (at(25), at(15))


def test_a_retried_task_has_only_what_is_left_of_its_total_timeout() -> None:
    plan = sequence(step("a", total_timeout_seconds=10, timeout_policy="RETRY"))
    job = given(plan, passed(4), failed(1), Retry(), passed(6))
    assert job.task(2).total_by == at(10)
    job.when(fire("total/2")).of(TaskTimedOut)


def test_no_task_number_is_ever_given_twice() -> None:
    job = given(sequence("a"), failed(1), Retry(), failed(2), Rerun(), failed(3), restart())
    scheduled = [
        event.task
        for made in job.batches
        for event in made.decision.events
        if isinstance(event, TaskScheduled)
    ]
    assert scheduled == [1, 2, 3, 4]

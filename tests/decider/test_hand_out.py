"""From scheduled to handed out, extended, returned and back in the queue."""

from __future__ import annotations

from daemon.decider.commands import Pause
from daemon.decider.turn import RefusalKind
from eventstore.events import (
    TaskExtended,
    TaskProgressed,
    TaskReturned,
    TaskScheduled,
    TaskStarted,
    TaskStatus,
    TimerFired,
    TimerSet,
)
from tests.decider.plans import sequence, step
from tests.decider.scenario import (
    at,
    done,
    extend,
    failed,
    fire,
    give_back,
    given,
    nothing,
    passed,
    progress,
    start,
    submit,
)


def test_a_submitted_job_schedules_its_first_step() -> None:
    outcome = nothing(sequence("a", "b")).when(submit(input={"x": 1}))
    assert outcome.events[1:] == (
        TaskScheduled(
            task=1,
            ref="a",
            name="name of a",
            task_type="type-a",
            kind="SIMPLE",
            input={"job": {"x": 1}},
        ),
    )
    task = outcome.state.tasks[1]
    assert task.is_ready
    assert task.ready_position == outcome.state.position


def test_a_start_delay_keeps_a_task_from_the_queue_until_it_is_over() -> None:
    job = given(sequence(step("a", delay_seconds=5, poll_timeout_seconds=2)))
    task = job.task(1)
    assert (task.ready_at, task.poll_by, task.callback_seconds) == (at(5), at(7), 5)
    assert job.state.timers["ready/1"] == at(5)
    assert job.state.timer_reasons["ready/1"] == "start delay"
    job.when(start(1)).refused(RefusalKind.NOT_READY, "job-1.1")
    job.after(passed(5)).when(fire("ready/1")).then(
        TimerFired(timer="ready/1", due_at=at(5), task=1)
    )
    assert job.task(1).is_ready
    assert job.task(1).ready_position == job.state.position
    assert "ready/1" not in job.state.timers


def test_a_domain_comes_from_the_entry_for_the_type_or_from_the_one_for_all() -> None:
    job = nothing(sequence("a", "b")).after(submit(domains={"*": "all", "type-b": "mine"}))
    assert job.task(1).domain == "all"
    job.after(done(1))
    assert job.task(2).domain == "mine"


def test_a_step_that_the_plan_ends_itself_takes_no_domain_and_lies_in_no_queue() -> None:
    job = nothing(sequence(step("a", offered=False))).after(submit(domains={"*": "all"}))
    assert job.task(1).domain is None
    assert job.task(1).status is TaskStatus.IN_PROGRESS
    assert job.task(1).started_at == at(0)
    job.when(start(1)).refused(RefusalKind.NOT_READY)
    job.when(give_back(1, session=None)).refused(RefusalKind.NOT_HELD)


def test_a_handed_out_task_has_its_deadlines_in_the_event() -> None:
    job = given(sequence(step("a", response_timeout_seconds=10, timeout_seconds=60)), passed(1))
    job.when(start(1, worker="w7", session="s7")).then(
        TaskStarted(task=1, worker="w7", session="s7", respond_by=at(11), end_by=at(61))
    )
    task = job.task(1)
    assert (task.status, task.started_at, task.poll_count) == (TaskStatus.IN_PROGRESS, at(1), 1)


def test_a_task_in_a_workers_hands_is_handed_to_nobody_else() -> None:
    job = given(sequence("a"), start(1))
    job.when(start(1, worker="w2")).refused(RefusalKind.NOT_READY)


def test_a_task_of_a_paused_job_is_still_handed_out() -> None:
    job = given(sequence("a"), Pause())
    job.when(start(1)).then(TaskStarted(task=1, worker="w1", session="s1"))


def test_a_heartbeat_moves_the_response_deadline_and_nothing_else() -> None:
    rules = step("a", response_timeout_seconds=10, timeout_seconds=60)
    job = given(sequence(rules), start(1), passed(6))
    job.when(extend(1)).then(TaskExtended(task=1, worker="w1", respond_by=at(16)))
    assert (job.task(1).end_by, job.task(1).updated_at) == (at(60), at(6))


def test_a_heartbeat_for_a_task_in_no_ones_hands_is_refused() -> None:
    given(sequence("a")).when(extend(1)).refused(RefusalKind.NOT_HELD)
    job = given(sequence(step("a", async_complete=True)), start(1), done(1))
    job.when(extend(1)).refused(RefusalKind.NOT_HELD)


def test_a_returned_task_goes_to_the_front_with_the_same_attempt() -> None:
    job = given(sequence(step("a", response_timeout_seconds=10)), start(1), passed(2))
    job.when(give_back(1)).then(TaskReturned(task=1, why="session gone"))
    task = job.task(1)
    assert task.is_ready
    assert task.returned
    assert (task.attempt, task.poll_count, task.respond_by) == (0, 1, None)
    job.after(start(1, session="s2"))
    assert (job.task(1).poll_count, job.task(1).returned) == (2, False)


def test_a_returned_task_waits_a_whole_poll_timeout_again() -> None:
    job = given(sequence(step("a", poll_timeout_seconds=10)), passed(1), start(1), passed(99))
    job.when(give_back(1)).then(TaskReturned(task=1, why="session gone", poll_by=at(110)))
    job.when(fire("poll/1")).refused(RefusalKind.NOT_DUE)


def test_a_returned_task_keeps_the_run_timeout_of_its_first_start() -> None:
    job = given(sequence(step("a", timeout_seconds=60)), start(1), passed(20), give_back(1))
    job.when(start(1)).then(TaskStarted(task=1, worker="w1", session="s1", end_by=at(60)))


def test_only_the_session_that_holds_a_task_gives_it_back() -> None:
    job = given(sequence("a"), start(1, session="s1"))
    job.when(give_back(1, session="s2")).refused(RefusalKind.NOT_HELD)
    job.after(give_back(1, session="s1"))
    job.when(give_back(1, session="s1")).refused(RefusalKind.NOT_HELD)


def test_a_finished_task_is_not_given_back() -> None:
    job = given(sequence("a", "b"), start(1), done(1))
    job.when(give_back(1)).refused(RefusalKind.TASK_ENDED)


def test_progress_replaces_the_output_and_puts_a_workers_task_back_into_its_queue() -> None:
    rules = step("a", poll_timeout_seconds=10, response_timeout_seconds=10)
    job = given(sequence(rules), start(1), passed(3), progress(1, {"old": 1}, logs=["one"]))
    job.after(start(1), passed(1))
    job.when(progress(1, {"done": 0.5}, reason="half", logs=["two"])).then(
        TaskProgressed(
            task=1,
            worker="w1",
            poll_by=at(14),
            output={"done": 0.5},
            reason="half",
            logs=["two"],
        )
    )
    task = job.task(1)
    assert task.is_ready
    assert (task.output, task.reason, task.logs) == ({"done": 0.5}, "half", ("one", "two"))
    assert (task.respond_by, task.session) == (None, None)


def test_a_callback_keeps_the_task_from_the_queue_for_that_long() -> None:
    job = given(sequence(step("a", poll_timeout_seconds=10)), start(1))
    job.when(progress(1, callback_seconds=30)).then(
        TaskProgressed(task=1, worker="w1", callback_seconds=30, ready_at=at(30), poll_by=at(40)),
        TimerSet(timer="ready/1", due_at=at(30), why="callback", task=1),
    )
    job.when(start(1)).refused(RefusalKind.NOT_READY)
    job.after(passed(30), fire("ready/1"), start(1))
    assert job.task(1).callback_seconds == 0


def test_a_later_update_without_a_callback_makes_the_task_ready_at_once() -> None:
    job = given(sequence("a"), start(1), progress(1, callback_seconds=30), progress(1))
    assert job.task(1).is_ready
    job.after(passed(30)).when(fire("ready/1")).refused(RefusalKind.NOT_DUE)


def test_progress_on_a_step_of_the_plan_itself_leaves_it_in_progress() -> None:
    job = given(sequence(step("a", offered=False, poll_timeout_seconds=5)))
    job.when(progress(1, {"x": 1}, callback_seconds=30)).then(
        TaskProgressed(task=1, worker="w1", callback_seconds=30, output={"x": 1})
    )
    assert job.task(1).status is TaskStatus.IN_PROGRESS


def test_a_task_may_be_reported_on_without_having_been_polled() -> None:
    job = given(sequence("a", "b"), done(1, {"x": 1}))
    assert job.task(1).status is TaskStatus.COMPLETED
    assert job.task(1).started_at is None


def test_a_task_number_that_the_job_does_not_have_is_refused() -> None:
    job = given(sequence("a"))
    for command in (start(9), done(9), failed(9), extend(9), give_back(9)):
        job.when(command).refused(RefusalKind.NO_SUCH_TASK, "job-1", "9")

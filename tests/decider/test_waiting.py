"""What a job says it waits for."""

from __future__ import annotations

from daemon.decider.commands import Pause, Terminate
from daemon.decider.waiting import Waiting, waiting_for
from tests.decider.plans import sequence, stages, step
from tests.decider.scenario import at, done, failed, fire, given, nothing, passed, progress, start
from tests.decider.scenario import submit as submitted


def test_a_task_in_its_queue_waits_for_a_worker_of_its_type_and_domain() -> None:
    job = nothing(sequence("a")).after(submitted(domains={"*": "eu"}))
    assert waiting_for(job.state) == [
        Waiting(kind="worker", since=at(0), task_id="job-1.1", task_type="type-a", domain="eu")
    ]


def test_a_task_of_a_type_that_is_served_inside_waits_for_an_executor() -> None:
    job = given(sequence("a"))
    (waiting,) = waiting_for(job.state, served_inside={"type-a"})
    assert (waiting.kind, waiting.task_id) == ("executor", "job-1.1")


def test_a_task_in_a_workers_hands_waits_for_its_result() -> None:
    job = given(sequence(step("a", response_timeout_seconds=9)), passed(1), start(1, worker="w7"))
    assert waiting_for(job.state) == [
        Waiting(kind="result", since=at(1), task_id="job-1.1", worker_id="w7", until=at(10))
    ]


def test_a_delayed_task_waits_for_its_timer_and_says_which() -> None:
    rules = step("a", delay_seconds=5, retry_count=1, retry_delay_seconds=7)
    job = given(sequence(rules))
    assert [(one.kind, one.at, one.why) for one in waiting_for(job.state)] == [
        ("timer", at(5), "start delay")
    ]
    job.after(passed(5), fire("ready/1"), progress(1, callback_seconds=3))
    assert [(one.at, one.why) for one in waiting_for(job.state)] == [(at(8), "callback")]
    job.after(failed(1))
    assert [(one.at, one.why) for one in waiting_for(job.state)] == [(at(12), "retry delay")]


def test_a_step_whose_work_is_done_waits_for_its_outside_events() -> None:
    job = given(sequence(step("a", async_complete=True)), start(1), done(1))
    (waiting,) = waiting_for(job.state)
    assert (waiting.kind, waiting.ids) == ("outsideEvent", ("a",))


def test_a_paused_job_waits_for_an_operator_since_it_was_paused() -> None:
    job = given(stages(("a", "b")), passed(3), Pause(reason="audit"), passed(5), done(1))
    operator, worker = waiting_for(job.state)
    assert operator == Waiting(kind="operator", since=at(3), why="audit")
    assert worker.kind == "worker"


def test_a_jobs_own_timeout_is_nothing_it_waits_for() -> None:
    job = given(sequence("a", timeout_seconds=60))
    assert [one.kind for one in waiting_for(job.state)] == ["worker"]


def test_every_open_task_is_waited_for_and_none_of_an_ended_job() -> None:
    job = given(stages(("a", "b", "c")), done(2))
    assert [one.task_id for one in waiting_for(job.state)] == ["job-1.1", "job-1.3"]
    assert waiting_for(job.after(Terminate()).state) == []

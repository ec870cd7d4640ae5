"""Tasks whose output is kept for others, and tasks that complete with one (ADR 0014)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.commands import NoteCached, Pause, Rerun, Resume, Retry, SendEvent, Terminate
from daemon.decider.turn import RefusalKind
from daemon.decider.waiting import waiting_for
from eventstore.events import (
    CachedOutputFound,
    CachedOutputMissed,
    CachedOutputSought,
    CacheUse,
    JobCompleted,
    JobStatus,
    OutsideEventReceived,
    TaskCompleted,
    TaskDecided,
    TaskOutputCached,
    TaskScheduled,
    TaskStatus,
    TimerSet,
)
from tests.decider.plans import Step, sequence, stages, step
from tests.decider.scenario import (
    Given,
    at,
    done,
    failed,
    fire,
    given,
    nothing,
    passed,
    start,
    submit,
)

USE = CacheUse(digest="digest", seconds=60)
MISSED = NoteCached(task=1)
FOUND = NoteCached(task=1, source="other.7", output={"kept": 1})


def cached(ref: str = "a", **rules: Any) -> Step:
    return step(ref, cache=USE, **rules)


def one(**rules: Any) -> Given:
    """A job with one step whose output is kept."""
    return given(stages((cached(**rules),)))


def test_it_is_looked_for_before_anybody_is_given_the_task() -> None:
    outcome = nothing(stages((cached(),))).when(submit())
    assert outcome.events[-1] == CachedOutputSought(task=1, digest="digest")
    assert outcome.of(TaskScheduled).cache == USE
    assert not outcome.state.tasks[1].is_ready
    (waits,) = waiting_for(outcome.state)
    assert waits.kind == "executor"


def test_a_task_that_found_one_completes_with_it_and_names_its_source() -> None:
    job = given(sequence(cached(), "b"), passed(2))
    outcome = job.when(FOUND)
    assert outcome.events[0] == CachedOutputFound(task=1, source="other.7", output={"kept": 1})
    assert outcome.of(TaskScheduled).ref == "b"
    task = job.task(1)
    assert (task.status, task.output, task.source) == ("COMPLETED", {"kept": 1}, "other.7")
    assert task.started_at == task.ended_at == at(2)
    outcome.without(TaskOutputCached)


def test_a_task_that_found_none_is_handed_out_and_its_output_is_kept() -> None:
    job = one().after(passed(1))
    job.when(MISSED).then(CachedOutputMissed(task=1))
    assert job.task(1).is_ready
    job.after(start(1), passed(3))
    job.when(done(1, {"x": 1})).brings(
        TaskCompleted(task=1, worker="w1", output={"x": 1}),
        TaskOutputCached(task=1, digest="digest", until=at(4 + 60)),
        JobCompleted(output={"status": "RUNNING", "last": {"x": 1}}),
    )


@pytest.mark.parametrize("status", [TaskStatus.FAILED, TaskStatus.FAILED_WITH_TERMINAL_ERROR])
def test_only_what_completed_is_kept(status: TaskStatus) -> None:
    job = one(optional=True).after(MISSED, start(1))
    job.when(failed(1, output={"x": 1}, status=status)).without(TaskOutputCached)


def test_what_breaks_the_contract_is_not_kept() -> None:
    job = one(refuses="bad", optional=True).after(MISSED, start(1))
    job.when(done(1, "bad")).without(TaskOutputCached)


def test_what_breaks_the_contract_is_not_taken_either() -> None:
    job = one(refuses="bad")
    job.when(NoteCached(task=1, source="other.7", output="bad")).then(CachedOutputMissed(task=1))
    assert job.task(1).is_ready


def test_what_is_too_large_for_this_job_is_not_taken() -> None:
    job = given(stages((cached(),)), max_task_output_bytes=10)
    large = NoteCached(task=1, source="other.7", output="x" * 20)
    job.when(large).then(CachedOutputMissed(task=1))


def test_a_retry_is_not_looked_for_and_its_output_is_kept() -> None:
    job = one(retry_count=1).after(MISSED, start(1))
    job.when(failed(1)).without(CachedOutputSought)
    assert job.task(2).is_ready
    job.after(start(2))
    assert job.when(done(2, {})).of(TaskOutputCached).task == 2


def test_a_retry_and_a_rerun_by_hand_do_the_work_again() -> None:
    job = one().after(MISSED, start(1), failed(1))
    job.when(Retry()).without(CachedOutputSought)
    job.after(start(2), done(2, {}))
    job.when(Rerun(task=2)).without(CachedOutputSought)
    job.after(start(3))
    assert job.when(done(3, {})).of(TaskOutputCached).task == 3


def test_a_rerun_from_the_beginning_looks_again() -> None:
    job = one().after(FOUND)
    assert job.when(Rerun()).of(CachedOutputSought).task == 2


def test_a_task_that_a_delay_holds_back_is_looked_for_at_once() -> None:
    job = one(delay_seconds=30).after(passed(1), FOUND)
    assert job.task(1).ended_at == at(1)
    assert job.state.status is JobStatus.COMPLETED
    assert not job.state.timers


def test_a_delay_that_ends_before_the_answer_hands_nothing_out() -> None:
    job = one(delay_seconds=3)
    assert job.batches[-1].decision.events[2] == TimerSet(
        timer="ready/1", due_at=at(3), why="start delay", task=1
    )
    job.after(passed(3), fire("ready/1", at(3)))
    assert not job.task(1).is_ready
    job.after(MISSED)
    assert job.task(1).is_ready


def test_a_completion_from_outside_is_kept() -> None:
    job = one(async_complete=True).after(MISSED, start(1), done(1, {"x": 1}))
    outcome = job.when(SendEvent(event_id="a", payload={"y": 2}))
    outcome.brings(
        OutsideEventReceived(event_id="a", payload={"y": 2}),
        TaskDecided(
            task=1,
            status=TaskStatus.COMPLETED,
            replaces_output=True,
            output={"x": 1, "y": 2},
        ),
        TaskOutputCached(task=1, digest="digest", until=at(60)),
    )


def test_an_answer_while_paused_is_followed_on_resume() -> None:
    job = given(sequence(cached(), "b"), Pause())
    job.when(FOUND).without(TaskScheduled)
    assert job.when(Resume()).of(TaskScheduled).ref == "b"


def test_an_answer_that_nobody_waits_for_is_refused() -> None:
    one().after(MISSED).when(FOUND).refused(RefusalKind.NOT_EXPECTED, "job-1.1")
    one().after(Terminate()).when(FOUND).refused(RefusalKind.NOT_EXPECTED)
    given(sequence("a")).when(FOUND).refused(RefusalKind.NOT_EXPECTED)
    one().when(NoteCached(task=9)).refused(RefusalKind.NOT_EXPECTED)


def test_a_result_that_comes_before_the_answer_counts() -> None:
    job = one().after(done(1, {"by": "hand"}))
    assert job.task(1).output == {"by": "hand"}
    job.when(FOUND).refused(RefusalKind.NOT_EXPECTED)

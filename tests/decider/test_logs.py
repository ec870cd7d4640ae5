"""Lines that somebody adds to what was logged about a task."""

from __future__ import annotations

from daemon.decider.commands import Log, Terminate
from daemon.decider.turn import RefusalKind
from eventstore.events import TaskLogged, TaskStatus
from tests.decider.plans import sequence
from tests.decider.scenario import done, given, start


def test_lines_change_nothing_but_what_was_logged() -> None:
    job = given(sequence("a"), start(1))
    before = job.task(1)
    job.when(Log(task=1, logs=["one"])).then(TaskLogged(task=1, logs=["one"]))
    job.after(Log(task=1, logs=["two"]))
    assert job.task(1).logs == ("one", "two")
    assert job.task(1).status is TaskStatus.IN_PROGRESS
    assert job.task(1).respond_by == before.respond_by


def test_a_task_gets_lines_after_its_end_and_its_jobs() -> None:
    job = given(sequence("a", "b"), start(1), done(1), Terminate())
    job.after(Log(task=1, logs=["late"]))
    assert job.task(1).logs == ("late",)


def test_a_task_that_is_not_there_gets_none() -> None:
    job = given(sequence("a"))
    job.when(Log(task=9, logs=["x"])).refused(RefusalKind.NO_SUCH_TASK, "job-1", "9")

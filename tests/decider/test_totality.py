"""Every status of a job x every status of a task x every command: events or a named refusal."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from daemon.decider.commands import (
    Admit,
    ChangeVariables,
    Command,
    FireTimer,
    Log,
    NoteCached,
    NoteChildEnd,
    NoteChildReopened,
    NoteChildStart,
    NoteEvaluation,
    NoteFailureJob,
    NoteMessage,
    Pause,
    Report,
    Rerun,
    Resume,
    Retry,
    SendEvent,
    SkipTask,
    Terminate,
)
from daemon.decider.turn import Decision, RefusalKind, Turn
from daemon.dialects.plan import EndJob
from eventstore.events import JOB_ENDED, TASK_OPEN, CacheUse, Event, JobStatus, TaskStatus
from tests.decider.plans import Stages, stages, step
from tests.decider.scenario import (
    Given,
    Passed,
    done,
    extend,
    failed,
    fire,
    give_back,
    given,
    nothing,
    passed,
    progress,
    restart,
    start,
    submit,
)


class Situation(NamedTuple):
    """Rules of the step, what happened to its task, and the status that led to."""

    rules: dict[str, Any]
    happened: tuple[Command | Passed, ...]
    status: TaskStatus


USE = CacheUse(digest="d", seconds=9)
TASKS = {
    "ready": Situation({}, (), TaskStatus.SCHEDULED),
    "delayed": Situation({"delay_seconds": 9_000}, (), TaskStatus.SCHEDULED),
    "looking": Situation({"cache": USE}, (), TaskStatus.SCHEDULED),
    "called back later": Situation(
        {}, (start(1), progress(1, callback_seconds=9)), TaskStatus.SCHEDULED
    ),
    "returned": Situation({}, (start(1), give_back(1)), TaskStatus.SCHEDULED),
    "in hands": Situation({}, (start(1),), TaskStatus.IN_PROGRESS),
    "of the plan": Situation({"offered": False}, (), TaskStatus.IN_PROGRESS),
    "awaiting": Situation({"async_complete": True}, (start(1), done(1)), TaskStatus.IN_PROGRESS),
    "completed": Situation({}, (done(1),), TaskStatus.COMPLETED),
    "forgiven": Situation({"optional": True}, (failed(1),), TaskStatus.COMPLETED_WITH_ERRORS),
    "retried": Situation({"retry_count": 1}, (failed(1),), TaskStatus.FAILED),
    "failed": Situation({"permissive": True}, (failed(1),), TaskStatus.FAILED),
    "failed for good": Situation(
        {"permissive": True, "refuses": "bad"},
        (done(1, "bad"),),
        TaskStatus.FAILED_WITH_TERMINAL_ERROR,
    ),
    "timed out": Situation(
        {"permissive": True, "timeout_policy": "RETRY"},
        (passed(60), fire("poll/1")),
        TaskStatus.TIMED_OUT,
    ),
    "canceled": Situation(
        {"permissive": True}, (failed(1, status=TaskStatus.CANCELED),), TaskStatus.CANCELED
    ),
    "skipped": Situation({}, (SkipTask(ref="later"),), TaskStatus.SKIPPED),
}
TIMEOUTS = {
    "poll_timeout_seconds": 60,
    "response_timeout_seconds": 70,
    "timeout_seconds": 80,
    "total_timeout_seconds": 90,
}
ENDS: dict[JobStatus, tuple[Command | Passed, ...]] = {
    JobStatus.RUNNING: (),
    JobStatus.PAUSED: (Pause(),),
    JobStatus.COMPLETED: (done(2),),
    JobStatus.FAILED: (failed(2),),
    JobStatus.TIMED_OUT: (passed(9_000), fire("timeout")),
    JobStatus.TERMINATED: (Terminate(),),
}
COMMANDS: dict[str, Command] = {
    "child started": NoteChildStart(task=1, job_id="other", started=True),
    "child refused": NoteChildStart(task=1, job_id="other", started=False, reason="no"),
    "child ended": NoteChildEnd(task=1, job_id="other", status=JobStatus.COMPLETED),
    "child reopened": NoteChildReopened(task=1, job_id="other", why="retried"),
    "found kept": NoteCached(task=1, source="other.1", output={"x": 1}),
    "found nothing": NoteCached(task=1),
    "evaluated": NoteEvaluation(key="k", task=1, result=True),
    "submit": submit(),
    "start": start(1),
    "complete": done(1, {"x": 1}),
    "complete against the contract": done(1, "bad"),
    "fail": failed(1),
    "fail for good": failed(1, status=TaskStatus.FAILED_WITH_TERMINAL_ERROR),
    "cancel": failed(1, status=TaskStatus.CANCELED),
    "progress": progress(1),
    "call back": progress(1, callback_seconds=5),
    "extend": extend(1),
    "log": Log(task=1, logs=["a line"]),
    "give back": give_back(1),
    "give back from anybody": give_back(1, session=None),
    "pause": Pause(),
    "resume": Resume(),
    "terminate": Terminate(reason="enough"),
    "retry": Retry(),
    "retry the family": Retry(resume_subworkflows=True),
    "restart": restart(),
    "rerun": Rerun(),
    "rerun with input": Rerun(replaces_input=True, input={"x": 1}),
    "rerun the task": Rerun(task=1, replaces_task_input=True, task_input={"x": 1}),
    "rerun another": Rerun(task=2),
    "rerun nothing": Rerun(task=99),
    "admit": Admit(limit="limit/workflow/w"),
    "skip it": SkipTask(ref="x"),
    "skip a later one": SkipTask(ref="later"),
    "skip nothing": SkipTask(ref="nothing"),
    "its event": SendEvent(event_id="x", payload={"y": 1}),
    "another event": SendEvent(event_id="other"),
    "variables": ChangeVariables(variables={"x": [1]}, appends=True),
    "message sent": NoteMessage(message_id="m"),
    "failure job started": NoteFailureJob(job_id="other", started=True),
    "failure job refused": NoteFailureJob(job_id="other", started=False, reason="no"),
    **{
        f"fire {timer}": fire(timer)
        for timer in ("timeout", "ready/1", "poll/1", "response/1", "run/1", "total/1", "wild/1")
    },
    "fire without a task": FireTimer(timer="poll/1", due_at=0),
    **{
        f"report {status}": Report(task=1, status=status)
        for status in TaskStatus
        if status not in {TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED}
    },
}


def plan(rules: dict[str, Any]) -> Stages:
    """The step in question beside another that can end the job."""
    stop = step("other", then=lambda _: (EndJob(status=JobStatus.COMPLETED, output={}),))
    return stages(
        (step("x", **{**TIMEOUTS, **rules}), stop),
        ("later",),
        timeout_seconds=9_000,
        failure_workflow="clean-up",
    )


def job_in(job: JobStatus, situation: Situation) -> Given:
    made = given(plan(situation.rules), *situation.happened)
    skipped = situation.status is TaskStatus.SKIPPED
    assert made.task(3 if skipped else 1).status is situation.status
    return made.after(*ENDS[job])


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event that any decision emits from now on."""
    events: list[Event] = []
    emit = Turn.emit

    def noting(turn: Turn, event: Event) -> None:
        events.append(event)
        emit(turn, event)

    monkeypatch.setattr(Turn, "emit", noting)
    return events


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("status", list(JobStatus))
def test_every_command_is_answered_and_a_refusal_leaves_nothing_behind(
    status: JobStatus, task: str, emitted: list[Event]
) -> None:
    for name, command in COMMANDS.items():
        job = job_in(status, TASKS[task])
        before = job.state
        assert before.status is status, name
        job.now += 20_000 * 1_000_000
        emitted.clear()
        answer = job.when(command).answer
        if isinstance(answer, Decision):
            assert answer.events, name
        else:
            assert answer.kind in RefusalKind
            assert answer.message
            assert job.state is before
            assert emitted == [], name


def test_every_command_there_is_stands_in_the_table() -> None:
    assert {type(command) for command in COMMANDS.values()} == set(Command.__subclasses__())


def test_every_status_of_a_job_and_a_task_stands_in_the_table() -> None:
    assert set(ENDS) == set(JobStatus)
    assert {situation.status for situation in TASKS.values()} == set(TaskStatus)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "submit"])
def test_a_job_that_does_not_exist_refuses_every_command_but_its_submit(name: str) -> None:
    nothing(plan({})).when(COMMANDS[name]).refused(RefusalKind.NO_SUCH_JOB)


@pytest.mark.parametrize("status", sorted(JOB_ENDED))
@pytest.mark.parametrize("task", TASKS)
def test_an_ended_job_leaves_nothing_open(status: JobStatus, task: str) -> None:
    assert not [one for one in job_in(status, TASKS[task]).state.in_order() if one.is_open]


@pytest.mark.parametrize("task", [name for name, one in TASKS.items() if one.status in TASK_OPEN])
def test_any_open_task_can_be_completed_even_while_its_job_is_paused(task: str) -> None:
    for status in (JobStatus.RUNNING, JobStatus.PAUSED):
        job = job_in(status, TASKS[task]).after(done(1, {"x": 1}))
        awaited = TASKS[task].rules.get("async_complete") and task == "in hands"
        assert job.task(1).status is TaskStatus.COMPLETED or awaited

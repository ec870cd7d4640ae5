"""Jobs under limits: waiting for a slot, admitted, going on again."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.decider.admission import Admission
from daemon.decider.commands import (
    Admit,
    NoteChildReopened,
    Pause,
    Rerun,
    Retry,
    SendEvent,
    SkipTask,
    Terminate,
)
from daemon.decider.turn import RefusalKind
from daemon.decider.waiting import JOB_ITSELF, waiting_for
from eventstore.events import (
    JobAdmitted,
    JobCompleted,
    JobStatus,
    JobSubmitted,
    JobTerminated,
    OutsideEventReceived,
    TaskScheduled,
    TerminationRequested,
    TimerSet,
    UnderLimit,
    VariablesSet,
)
from tests.decider.plans import sequence, stages
from tests.decider.scenario import (
    Given,
    at,
    done,
    failed,
    nothing,
    passed,
    restart,
    submit,
)

FIRST, SECOND = "limit/workflow/first", "limit/pool/second"
BOTH = (UnderLimit(limit=FIRST, most=2), UnderLimit(limit=SECOND, most=1))


def waiting(*steps: str, awaits: str | None = FIRST, **fields: Any) -> Given:
    plan = stages(*[(one,) for one in steps or ("a", "b")], **fields)
    return nothing(plan).after(submit(limits=BOTH, awaits=awaits))


def test_a_job_without_a_slot_is_there_and_does_nothing() -> None:
    job = nothing(sequence("a", timeout_seconds=60, variables={"x": 1}))
    (event,) = job.when(submit(limits=BOTH, awaits=FIRST)).events
    assert isinstance(event, JobSubmitted)
    assert job.state.admission == Admission(awaits=FIRST, since=at(0))
    assert not job.state.timers
    (told,) = waiting_for(job.state, places={JOB_ITSELF: (FIRST, 3)})
    assert (told.kind, told.limit, told.place, told.since) == ("slot", FIRST, 3, at(0))


def test_an_admitted_job_begins_and_its_time_counts_from_there() -> None:
    job = waiting("a", awaits=SECOND, timeout_seconds=60, variables={"x": 1}).after(passed(30))
    job.when(Admit(limit=SECOND)).brings(
        JobAdmitted(limit=SECOND, begins=True),
        VariablesSet(variables={"x": 1}),
        TimerSet(timer="timeout", due_at=at(90), why="job timeout"),
    ).of(TaskScheduled)
    assert job.state.admission == Admission(held=(FIRST, SECOND))
    assert job.state.started_at == at(30)


def test_one_slot_after_the_other() -> None:
    job = waiting()
    job.when(Admit(limit=FIRST, awaits=SECOND)).then(JobAdmitted(limit=FIRST, awaits=SECOND))
    assert job.state.admission is not None
    assert (job.state.admission.held, job.state.awaits_slot) == ((FIRST,), SECOND)
    job.when(Admit(limit=FIRST)).refused(RefusalKind.NOT_EXPECTED)
    job.after(Admit(limit=SECOND), done(1))
    job.when(done(2)).of(JobCompleted)
    assert job.state.admission == Admission()


def test_what_comes_while_it_waits_leads_to_nothing_yet() -> None:
    job = waiting()
    job.when(SendEvent(event_id="e")).then(OutsideEventReceived(event_id="e"))
    job.when(Pause()).refused(RefusalKind.JOB_NOT_RUNNING, FIRST)
    job.when(SkipTask(ref="b")).refused(RefusalKind.JOB_NOT_RUNNING, FIRST)
    job.when(Terminate(reason="enough")).brings(TerminationRequested(reason="enough")).of(
        JobTerminated
    )
    assert job.state.admission == Admission()


def test_a_job_under_no_limit_is_never_admitted() -> None:
    job = nothing(sequence("a")).after(submit())
    job.when(Admit(limit=FIRST)).refused(RefusalKind.NOT_EXPECTED)


def _failed() -> Given:
    job = waiting(awaits=None).after(done(1, {"x": 1}), failed(2))
    assert job.state.status is JobStatus.FAILED
    assert job.state.admission == Admission()
    return job


@pytest.mark.parametrize(
    ("again", "kept"),
    [
        (Retry(awaits=FIRST), ["a", "b", "b"]),
        (restart(awaits=FIRST), ["a"]),
        (Rerun(awaits=FIRST), ["a"]),
        (Rerun(task=1, awaits=FIRST), ["a"]),
        (Rerun(task=2, awaits=FIRST), ["a", "b"]),
    ],
    ids=["retry", "restart", "rerun", "rerun from a", "rerun from b"],
)
def test_a_job_that_is_to_go_on_waits_for_its_slot_too(again: Any, kept: list[str]) -> None:
    job = _failed()
    job.when(again).without(TaskScheduled)
    assert (job.state.status, job.state.awaits_slot) == (JobStatus.RUNNING, FIRST)
    assert [one.kind for one in waiting_for(job.state)] == ["slot"]
    outcome = job.after(passed(5)).when(Admit(limit=FIRST))
    outcome.of(TaskScheduled)
    assert [task.ref for task in job.state.in_order()] == kept
    assert job.state.admission == Admission(held=(FIRST, SECOND))
    assert job.state.clock_from == (at(0) if isinstance(again, Rerun) else at(5))


def test_what_it_was_to_do_comes_out_as_if_it_had_not_waited() -> None:
    for again in (Retry(), Rerun(task=1), Rerun(task=2, replaces_task_input=True, task_input=7)):
        late, soon = _failed(), _failed()
        soon.after(again)
        late.after(type(again)(**{**_fields(again), "awaits": FIRST}), Admit(limit=FIRST))
        assert [_shown(task) for task in late.state.in_order()] == [
            _shown(task) for task in soon.state.in_order()
        ]


def _fields(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def _shown(task: Any) -> tuple[Any, ...]:
    return task.number, task.ref, task.status, task.attempt, task.input, task.retried


def test_a_job_that_waits_to_go_on_can_be_given_up() -> None:
    job = _failed().after(Retry(awaits=SECOND), Terminate())
    assert (job.state.status, job.state.admission) == (JobStatus.TERMINATED, Admission())
    job.when(Admit(limit=SECOND)).refused(RefusalKind.NOT_EXPECTED)


def test_a_child_that_goes_on_is_no_business_of_a_job_without_it() -> None:
    job = _failed()
    job.when(NoteChildReopened(task=1, job_id="x", why="retried", slots=(FIRST,))).refused(
        RefusalKind.NOT_EXPECTED
    )

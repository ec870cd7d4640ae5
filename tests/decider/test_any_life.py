"""Random plans, commands and times: the laws hold after each decision, and no job is stuck.

``Given.when`` holds every decision to ``tests.decider.laws``: the tables of transitions,
the fold, the indexes, the sequence, ``command_of`` decided again, and that something is
waited for.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from daemon.decider.commands import (
    Admit,
    Command,
    FireTimer,
    NoteCached,
    NoteFailureJob,
    Pause,
    Report,
    Rerun,
    Resume,
    Retry,
    SendEvent,
    SkipTask,
    Terminate,
)
from daemon.decider.evolve import fold
from daemon.decider.on_timer import deadlines
from daemon.decider.state import JobState
from daemon.decider.turn import SECOND, Decision
from daemon.dialects.plan import EndJob, Fault, Move, Policy, RetryLogic, TaskView, TimeoutPolicy
from eventstore.events import (
    CacheUse,
    FailureJobRequested,
    JobStatus,
    TaskCompleted,
    TaskScheduled,
    TaskSkipped,
    TaskStatus,
    UnderLimit,
)
from tests.decider import laws
from tests.decider.plans import Stages, step
from tests.decider.scenario import (
    Given,
    done,
    extend,
    fire,
    give_back,
    nothing,
    restart,
    start,
    submit,
)

LIMITS = ("limit/workflow/first", "limit/pool/second")
REFS = ("a", "b", "c", "d", "e")
SECONDS = st.sampled_from([0, 1, 5, 30])


def _end_completed(task: TaskView) -> tuple[Move, ...]:
    return (EndJob(status=JobStatus.COMPLETED, output={"by": task.ref}),)


def _end_failed(task: TaskView) -> tuple[Move, ...]:
    return (EndJob(status=JobStatus.FAILED, reason="cannot go on", task=task.number),)


RULES = st.fixed_dictionaries(
    {},
    optional={
        "retry_count": st.integers(0, 2),
        "retry_logic": st.sampled_from(RetryLogic),
        "retry_delay_seconds": SECONDS,
        "max_retry_delay_seconds": SECONDS,
        "backoff_jitter_ms": st.sampled_from([0, 2_000]),
        "timeout_seconds": SECONDS,
        "response_timeout_seconds": SECONDS,
        "poll_timeout_seconds": SECONDS,
        "total_timeout_seconds": SECONDS,
        "timeout_policy": st.sampled_from(TimeoutPolicy),
        "optional": st.booleans(),
        "permissive": st.booleans(),
        "async_complete": st.booleans(),
        "delay_seconds": SECONDS,
        "offered": st.booleans(),
        "refuses": st.just("bad"),
        "cache": st.just(CacheUse(digest="d", seconds=30)),
        "fault": st.just(Fault(reason="bad input")),
        "retry_fault": st.just(Fault(reason="bad input", status=TaskStatus.FAILED)),
        "goes_to": st.sampled_from(REFS),
        "then": st.sampled_from([_end_completed, _end_failed]),
    },
)


@st.composite
def plans(draw: st.DrawFn) -> Stages:
    count = draw(st.integers(1, len(REFS)))
    steps = [step(ref, **draw(RULES)) for ref in REFS[:count]]
    steps = [one if one.goes_to in REFS[:count] else _without_jump(one) for one in steps]
    cut = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    groups: list[list[Any]] = [[]]
    for one, begins_stage in zip(steps, cut, strict=True):
        if begins_stage and groups[-1]:
            groups.append([])
        groups[-1].append(one)
    return Stages(
        stages=tuple(tuple(group) for group in groups),
        timeout_seconds=draw(SECONDS),
        alert_only=draw(st.booleans()),
        restartable=draw(st.booleans()),
        variables=draw(st.sampled_from([{}, {"v": 1}])),
        failure_workflow=draw(st.sampled_from([None, "clean-up"])),
    )


def _without_jump(one: Any) -> Any:
    fields = {name: getattr(one, name) for name in one.__struct_fields__ if name != "goes_to"}
    return type(one)(**fields)


POLICIES = st.builds(
    Policy,
    max_tasks=st.sampled_from([3, 20]),
    max_decision_moves=st.sampled_from([4, 30]),
    max_task_input_bytes=st.sampled_from([1000, 1000, 20]),
    max_task_output_bytes=st.sampled_from([1000, 1000, 6]),
    max_output_bytes=st.sampled_from([1000, 1000, 30]),
)

RESULTS = (
    TaskStatus.IN_PROGRESS,
    TaskStatus.COMPLETED,
    TaskStatus.COMPLETED,
    TaskStatus.FAILED,
    TaskStatus.FAILED_WITH_TERMINAL_ERROR,
    TaskStatus.CANCELED,
)


@st.composite
def commands(draw: st.DrawFn, state: JobState) -> Command:
    task = draw(st.sampled_from([*state.open, *range(1, state.next_number + 1)]))
    report = Report(
        task=task,
        status=draw(st.sampled_from(RESULTS)),
        output=draw(st.sampled_from([None, {"x": 1}, "bad"])),
        callback_seconds=draw(SECONDS),
    )
    asked = state.failure_request.job_id if state.failure_request else "other"
    work = [start(task), report, extend(task), give_back(task)]
    work += [NoteCached(task=task), NoteCached(task=task, source="x.1", output=report.output)]
    outside = [
        SendEvent(event_id=draw(st.sampled_from(REFS)), payload=draw(st.sampled_from([None, {}]))),
        SkipTask(ref=draw(st.sampled_from(REFS))),
        NoteFailureJob(job_id=asked, started=draw(st.booleans()), reason="no"),
    ]
    whole = [Pause(reason="why"), Resume(), Terminate(), Retry(), restart()]
    whole += [Rerun(), Rerun(task=task), Rerun(replaces_input=True, input={"y": 2})]
    if state.awaits_slot is not None:
        whole += [_admission(state)] * 6
    if state.admission is not None and state.has_ended:
        awaits = draw(st.sampled_from([None, *LIMITS]))
        whole += [Retry(awaits=awaits), restart(awaits=awaits), Rerun(task=task, awaits=awaits)]
    kinds = [work, work, work, timers(state) or work, outside, whole]
    return draw(st.sampled_from(draw(st.sampled_from(kinds))))


def _admission(state: JobState) -> Admit:
    second = LIMITS[1]
    return Admit(
        limit=str(state.awaits_slot), awaits=None if state.awaits_slot == second else second
    )


def timers(state: JobState) -> list[Command]:
    """All that are pending, due or not."""
    names = list(state.timers)
    for task in state.open_tasks():
        names += [name for name, _ in deadlines(task)]
    return [fire(name) for name in names]


@settings(max_examples=100, deadline=None)
@each(st.data())
def test_the_laws_hold_in_any_life_and_no_job_is_ever_stuck(data: st.DataObject) -> None:
    job = nothing(data.draw(plans()))
    job.policy = data.draw(POLICIES)
    limits = data.draw(
        st.sampled_from([(), tuple(UnderLimit(limit=one, most=1) for one in LIMITS)])
    )
    awaits = data.draw(st.sampled_from([None, *LIMITS])) if limits else None
    job.after(submit(input={"x": 0}, limits=limits, awaits=awaits))
    for _ in range(data.draw(st.integers(5, 40))):
        job.now += round(data.draw(st.sampled_from([0, 0, 1, 7, 40])) * SECOND)
        job.when(data.draw(commands(job.state)))
    _keeps_its_history(job)
    _comes_to_an_end(job)


def _keeps_its_history(job: Given) -> None:
    events = [event for made in job.batches for event in made.decision.events]
    numbers = [event.task for event in events if isinstance(event, TaskScheduled | TaskSkipped)]
    assert numbers == list(range(1, len(numbers) + 1))
    asked = [event.job_id for event in events if isinstance(event, FailureJobRequested)]
    assert len(asked) == len(set(asked))
    results = [event.task for event in events if isinstance(event, TaskCompleted)]
    assert len(results) == len(set(results))
    log = [one for made in job.batches for one in laws.recorded(made)]
    state = fold(log)
    assert state == job.state
    assert state.sequence == len(events)


def _comes_to_an_end(job: Given) -> None:
    """With willing workers and a resume, any job ends, or goes round for ever."""
    job.policy = Policy(max_tasks=40, max_decision_moves=40)
    for _ in range(60):
        if job.state.has_ended:
            return
        if job.state.status is JobStatus.PAUSED:
            job.after(Resume())
            continue
        if job.state.awaits_slot is not None:
            job.after(_admission(job.state))
            continue
        task = job.state.open_tasks()[0]
        ended = isinstance(job.when(done(task.number, {"x": 1})).answer, Decision)
        assert ended, task
    assert _goes_round(job), job.state


def _goes_round(job: Given) -> bool:
    assert isinstance(job.plan, Stages)
    return any(one.goes_to is not None for stage in job.plan.stages for one in stage)


@settings(max_examples=50, deadline=None)
@each(st.data())
def test_timers_alone_bring_every_unserved_job_to_rest(data: st.DataObject) -> None:
    """Firing what is due, again and again, leaves only what waits for somebody."""
    job = nothing(data.draw(plans()), max_tasks=40).after(submit())
    for _ in range(60):
        job.now += 40 * SECOND
        due = [one for one in timers(job.state) if _is_accepted(job, one)]
        if not due:
            break
    pending = timers(job.state)
    assert job.state.has_ended or not pending or _goes_round(job)


def _is_accepted(job: Given, command: Command) -> bool:
    assert isinstance(command, FireTimer)
    return isinstance(job.when(command).answer, Decision)

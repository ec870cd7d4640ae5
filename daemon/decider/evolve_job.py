"""How job events change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import immutables
from msgspec.structs import asdict, replace

from daemon.decider.admission import Admission
from daemon.decider.indices import bare_ref, without, without_timer
from daemon.decider.state import FailureRequest, Frame, JobState, TaskState
from daemon.decider.step import step, with_task
from eventstore.events import (
    Event,
    FailureJobRefused,
    FailureJobRequested,
    FailureJobStarted,
    JobCompleted,
    JobFailed,
    JobHeld,
    JobPaused,
    JobRerun,
    JobRestarted,
    JobResumed,
    JobRetried,
    JobStatus,
    JobSubmitted,
    JobTerminated,
    JobTimedOut,
    JobTimeoutAlerted,
    OutsideEventReceived,
    TasksSuperseded,
    TimerFired,
    TimerSet,
    VariablesSet,
)

_EMPTY: immutables.Map[Any, Any] = immutables.Map()

_CLEARED: dict[str, Any] = {
    "tasks": _EMPTY,
    "order": _EMPTY,
    "first_place": 0,
    "next_place": 0,
    "tells": False,
    "refs": _EMPTY,
    "open": _EMPTY,
    "passive": 0,
    "unsuccessful": _EMPTY,
    "unfollowed": _EMPTY,
    "awaiting": _EMPTY,
    "joined": _EMPTY,
    "bare": _EMPTY,
    "evaluations": _EMPTY,
    "timers": _EMPTY,
    "timer_reasons": _EMPTY,
    "events": _EMPTY,
}
"""A job at its beginning again; numbers of tasks are never given twice."""

_RUNNING_AGAIN: dict[str, Any] = {
    "status": JobStatus.RUNNING,
    "reason": None,
    "ended_at": None,
    "failed_task": None,
    "held": False,
    "reopened": True,
    "alerted": False,
    "scheduled": 0,
    "unfollowed": _EMPTY,
}
"""What was asked of a failure job stays: its answer may still be on the way."""


def submitted(event: JobSubmitted, at: int, position: int, actor: str) -> JobState:
    frame = Frame(**asdict(event), submitted_at=at, submitted_by=actor)
    return JobState(
        frame=frame,
        status=JobStatus.RUNNING,
        sequence=1,
        position=position,
        updated_at=at,
        variables={},
        started_at=at,
        clock_from=at,
        admission=_admission(frame, event.awaits, at) if event.limits else None,
    )


def _admission(frame: Frame, awaits: str | None, at: int) -> Admission:
    return Admission(held=held_until(frame, awaits), awaits=awaits, since=at)


def held_until(frame: Frame, awaits: str | None) -> tuple[str, ...]:
    """The limits that gave a slot before the one that is waited for."""
    names = [one.limit for one in frame.limits]
    return tuple(names if awaits is None else names[: names.index(awaits)])


def counted(state: JobState, event: Event, at: int, position: int) -> JobState:
    """The event changes nothing but the count."""
    return step(state, at, position)


def paused(state: JobState, event: JobPaused, at: int, position: int) -> JobState:
    return step(state, at, position, status=JobStatus.PAUSED, reason=event.reason, paused_at=at)


def held(state: JobState, event: JobHeld, at: int, position: int) -> JobState:
    return step(
        state,
        at,
        position,
        status=JobStatus.PAUSED,
        reason=event.reason,
        paused_at=at,
        held=True,
        unfollowed=_with_all(state.unfollowed, event.tasks),
    )


def _with_all(
    numbers: immutables.Map[int, None], more: tuple[int, ...]
) -> immutables.Map[int, None]:
    return numbers.update(dict.fromkeys(more)) if more else numbers


def resumed(state: JobState, event: JobResumed, at: int, position: int) -> JobState:
    """Values that came while the job was paused are used up by what follows the resume."""
    answered = [key for key, one in state.evaluations.items() if one.answer is not None]
    pending = state.evaluations
    for key in answered:
        pending = pending.delete(key)
    return step(
        state,
        at,
        position,
        status=JobStatus.RUNNING,
        reason=None,
        clock_from=at,
        held=False,
        scheduled=0 if state.held else state.scheduled,
        unfollowed=_EMPTY,
        evaluations=pending,
    )


Ended = JobCompleted | JobFailed | JobTimedOut | JobTerminated


def ended(status: JobStatus) -> Callable[[JobState, Ended, int, int], JobState]:
    """What an event that ends the job in ``status`` does."""

    def handler(state: JobState, event: Ended, at: int, position: int) -> JobState:
        return step(
            state,
            at,
            position,
            status=status,
            output=event.output,
            reason=event.reason,
            ended_at=at,
            failed_task=_failed_task(state, event),
            held=False,
            unfollowed=_with_all(state.unfollowed, event.tasks)
            if event.tasks
            else state.unfollowed,
            evaluations=_EMPTY,
            timers=_EMPTY,
            timer_reasons=_EMPTY,
            admission=None if state.admission is None else Admission(),
        )

    return handler


def _failed_task(state: JobState, event: Ended) -> int | None:
    """The first one stays when an operator gives up a job that failed."""
    if isinstance(event, JobCompleted):
        return None
    return state.failed_task if event.failed_task is None else event.failed_task


def running_again(at: int) -> dict[str, Any]:
    """What changes when an ended job goes on."""
    return {**_RUNNING_AGAIN, "clock_from": at}


def holding_again(state: JobState) -> JobState:
    """Under limits, a job that goes on has a slot of each."""
    if state.admission is None:
        return state
    return replace(state, admission=Admission(held=held_until(state.frame, None)))


def reopened(state: JobState, event: JobRetried, at: int, position: int) -> JobState:
    """Retried: runs on with all that it has."""
    return step(holding_again(state), at, position, **_RUNNING_AGAIN, clock_from=at)


def restarted(state: JobState, event: JobRestarted, at: int, position: int) -> JobState:
    frame = replace(
        state.frame,
        version_id=event.version_id,
        version_number=event.version_number,
        dialect=event.dialect,
        definition=event.definition,
        pins=event.pins,
        masked=event.masked,
    )
    changes = {
        **_CLEARED,
        **_RUNNING_AGAIN,
        "frame": frame,
        "output": None,
        "started_at": at,
        "clock_from": at,
    }
    if state.admission is not None:
        postponed = None if event.awaits is None else event
        admission = _admission(frame, event.awaits, at)
        changes["admission"] = replace(admission, postponed=postponed)
    return step(state, at, position, **changes)


def rerun(state: JobState, event: JobRerun, at: int, position: int) -> JobState:
    changes = dict(_RUNNING_AGAIN)
    if event.task is None:
        changes |= _CLEARED
    told: dict[str, Any] = {"input": event.input} if event.replaces_input else {}
    if event.correlation_id is not None:
        told["correlation_id"] = event.correlation_id
    if told:
        changes["frame"] = replace(state.frame, **told)
    return step(holding_again(state), at, position, **changes)


def superseded(state: JobState, event: TasksSuperseded, at: int, position: int) -> JobState:
    """Costs what leaves, not what stays: a long loop forgets its iterations one by one."""
    gone = [state.tasks[number] for number in event.tasks if number in state.tasks]
    tasks, order, refs, open_ = state.tasks, state.order, state.refs, state.open
    passive, unsuccessful = state.passive, state.unsuccessful
    for task in reversed(gone):
        tasks, order = tasks.delete(task.number), order.delete(task.place)
        if refs.get(task.ref) == task.number:
            earlier = _earlier_attempt(tasks, task)
            refs = refs.delete(task.ref) if earlier is None else refs.set(task.ref, earlier)
        if task.number in open_:
            open_ = open_.delete(task.number)
            passive -= task.is_passive
        unsuccessful = without(unsuccessful, task.number)
    next_place = state.next_place
    while next_place > 0 and next_place - 1 not in order:
        next_place -= 1
    return step(
        state,
        at,
        position,
        tasks=tasks,
        order=order,
        next_place=next_place,
        refs=refs,
        open=open_,
        passive=passive,
        unsuccessful=unsuccessful,
        bare=_bare_left(state, gone),
    )


def _earlier_attempt(tasks: immutables.Map[int, TaskState], task: TaskState) -> int | None:
    """The newest task of the same step that stays; looked for only where it is not known."""
    if task.earlier is None or task.earlier in tasks:
        return task.earlier
    return max((number for number, other in tasks.items() if other.ref == task.ref), default=None)


def _bare_left(state: JobState, gone: list[TaskState]) -> immutables.Map[str, int]:
    """What a ref without iterations stands for when ``gone`` left: the newest that stays."""
    bare = state.bare
    for task in sorted(gone, key=lambda one: one.number, reverse=True):
        name = bare_ref(task.ref)
        if bare.get(name) == task.number:
            before = task.bare_before
            if before is None or before not in state.tasks:
                bare = bare.delete(name)
            else:
                bare = bare.set(name, before)
    return bare


def variables_set(state: JobState, event: VariablesSet, at: int, position: int) -> JobState:
    return step(state, at, position, variables=merged(state.variables, event.variables))


def merged(old: Any, new: Any) -> Any:
    """``new`` over ``old``, key by key; erased values stay what they are."""
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


def timer_set(state: JobState, event: TimerSet, at: int, position: int) -> JobState:
    return step(
        state,
        at,
        position,
        timers=state.timers.set(event.timer, event.due_at),
        timer_reasons=state.timer_reasons.set(event.timer, event.why),
    )


_DEADLINES = {
    "poll": "poll_by",
    "response": "respond_by",
    "run": "end_by",
    "total": "total_by",
    "wait": "complete_at",
}


def timer_fired(state: JobState, event: TimerFired, at: int, position: int) -> JobState:
    gone = without_timer(state, event.timer)
    task = None if event.task is None else state.tasks.get(event.task)
    if task is None:
        return step(state, at, position, **gone)
    word = event.timer.partition("/")[0]
    if word == "ready":
        ready = replace(task, ready_at=None, ready_position=position)
        return with_task(state, at, position, ready, **gone)
    return with_task(state, at, position, replace(task, **{_DEADLINES[word]: None}), **gone)


def alerted(state: JobState, event: JobTimeoutAlerted, at: int, position: int) -> JobState:
    return step(state, at, position, alerted=True)


def event_received(
    state: JobState, event: OutsideEventReceived, at: int, position: int
) -> JobState:
    return step(state, at, position, events=state.events.set(event.event_id, event.payload))


def failure_requested(
    state: JobState, event: FailureJobRequested, at: int, position: int
) -> JobState:
    output = state.output
    if event.output_key is not None:
        output = {**(output if isinstance(output, dict) else {}), event.output_key: event.job_id}
    request = FailureRequest(
        job_id=event.job_id,
        workflow=event.workflow,
        version_number=event.version_number,
        input=event.input,
        position=position,
    )
    return step(state, at, position, output=output, failure_request=request)


def failure_started(state: JobState, event: FailureJobStarted, at: int, position: int) -> JobState:
    return _answered(state, at, position, "started")


def failure_refused(state: JobState, event: FailureJobRefused, at: int, position: int) -> JobState:
    """Where the output names the other job it says instead why there is none."""
    asked = state.failure_request
    output = state.output
    if isinstance(output, dict) and asked is not None:
        output = {
            key: event.reason if value == asked.job_id else value for key, value in output.items()
        }
    return _answered(state, at, position, "refused", output=output)


def _answered(state: JobState, at: int, position: int, answer: str, **changes: Any) -> JobState:
    asked = state.failure_request
    answered = None if asked is None else replace(asked, answer=answer)
    return step(state, at, position, failure_request=answered, **changes)

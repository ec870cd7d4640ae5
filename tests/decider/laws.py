"""What is true of every decision, whatever the plan and the command."""

from __future__ import annotations

from typing import NamedTuple

from daemon.decider import transitions
from daemon.decider.commands import Facts
from daemon.decider.decide import decide
from daemon.decider.evolve import evolve, fold
from daemon.decider.facts import command_of, facts_of
from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Decision, Pinned
from daemon.decider.waiting import waiting_for
from eventstore.events import (
    TASK_SUCCESSFUL,
    ChildReopened,
    Event,
    TaskCompleted,
    TaskReopened,
    TasksSuperseded,
    TaskStatus,
)
from eventstore.store import Recorded


class Made(NamedTuple):
    """One decision and what it was made from."""

    pinned: Pinned
    before: JobState | None
    facts: Facts
    decision: Decision


def hold(made: Made) -> None:
    """Every law, on one decision."""
    _begins_with_its_fact(made)
    _folds_to_its_state(made)
    _is_decided_again_from_its_fact(made)
    _changes_states_by_the_tables(made)
    _agrees_with_itself(made.decision.state)
    _waits_for_something(made.decision.state)


def recorded(made: Made) -> list[Recorded]:
    """The decision as it would stand in the log."""
    sequence = made.before.sequence if made.before else 0
    facts = made.facts
    return [
        Recorded(
            position=facts.position + place,
            stream="job/job-1",
            sequence=sequence + 1 + place,
            event=event,
            at=facts.now,
            actor=facts.actor,
            request=None,
            cause=None if place == 0 else facts.position,
            trace=None,
            epoch=1,
            decider=1,
            hash=b"",
        )
        for place, event in enumerate(made.decision.events)
    ]


def _begins_with_its_fact(made: Made) -> None:
    first, *rest = made.decision.events
    assert type(first).fact, f"{first} is no fact"
    assert not [event for event in rest if type(event).fact], "a fact among the consequences"


def _folds_to_its_state(made: Made) -> None:
    state = fold(recorded(made), made.before)
    assert state == made.decision.state
    before = made.before.sequence if made.before else 0
    assert made.decision.state.sequence == before + len(made.decision.events)


def _is_decided_again_from_its_fact(made: Made) -> None:
    fact = recorded(made)[0]
    again = decide(made.pinned, made.before, command_of(fact.event), facts_of(fact))
    assert again == made.decision


def _changes_states_by_the_tables(made: Made) -> None:
    state = made.before
    for one in recorded(made):
        after = evolve(state, one.event, one.at, one.position, one.actor)
        if state is not None:
            _one_change(state, one.event, after)
        state = after


def _waits_again(was: TaskState | None, now: TaskState | None) -> None:
    """Only what waits for other tasks, and nobody else works for."""
    assert was is not None
    assert now is not None
    assert was.ended_at is not None
    assert was.is_passive
    assert now.is_open
    assert now.attempt - was.attempt in (0, 1)


def _one_change(before: JobState, event: Event, after: JobState) -> None:
    assert after.status in transitions.JOB[before.status], (before.status, event, after.status)
    number = getattr(event, "task", None)
    was = None if number is None else before.tasks.get(number)
    now = None if number is None else after.tasks.get(number)
    if isinstance(event, TaskReopened):
        _waits_again(was, now)
    elif was is not None and now is not None and not isinstance(event, ChildReopened):
        assert now.status in transitions.TASK[was.status], (was.status, event, now.status)
        _keeps_its_result(was, event, now)
    if len(after.tasks) > len(before.tasks):
        assert number == before.next_number, f"{event} has a number that is not the next"
    assert after.next_number >= before.next_number
    if len(after.tasks) < len(before.tasks):
        assert isinstance(event, TasksSuperseded) or type(event).__name__ in {
            "JobRestarted",
            "JobRerun",
        }


def _keeps_its_result(was: TaskState, event: Event, now: TaskState) -> None:
    """What is recorded as a task's result never changes."""
    if was.is_open:
        return
    assert not isinstance(event, TaskCompleted), "a second result was taken"
    assert now.output == was.output
    assert now.attempt == was.attempt


def _agrees_with_itself(state: JobState) -> None:
    """Every index of the state says what the tasks themselves say."""
    tasks = state.in_order()
    assert {task.number for task in tasks} == set(state.tasks)
    assert len(tasks) == len(state.tasks)
    skipped = sum(task.status is TaskStatus.SKIPPED for task in tasks)
    assert state.first_place == -skipped, "skipped steps stand before all others"
    assert set(state.open) == {task.number for task in tasks if task.is_open}
    assert set(state.refs) == {task.ref for task in tasks}
    ended_badly = [task for task in tasks if not (task.is_open or task.status in TASK_SUCCESSFUL)]
    assert set(state.unsuccessful) == {task.number for task in ended_badly if not task.retried}
    for ref, number in state.refs.items():
        assert number == max(task.number for task in tasks if task.ref == ref)
    awaited = {(name, task.number) for task in tasks if task.is_open for name in task.awaits}
    assert awaited == {(name, n) for name, ns in state.awaiting.items() for n in ns}
    _agrees_on_timers(state)
    for task in tasks:
        if task.seeks and task.is_open:
            assert task.status is TaskStatus.SCHEDULED
            assert not task.is_ready
    assert set(state.unfollowed) <= set(state.tasks)
    held = {task.number for task in state.open_tasks() if task.status is TaskStatus.IN_PROGRESS}
    assert set(state.slots) <= held, "a slot is held by what nobody carries out"
    if state.is_going:
        assert not state.unfollowed, "a running job has drawn every consequence"
        assert state.open, "a running job has something open"
    if state.has_ended:
        assert not state.open
        assert not state.timers
        assert state.ended_at is not None


def _agrees_on_timers(state: JobState) -> None:
    assert set(state.timers) == set(state.timer_reasons)
    ready = {f"ready/{task.number}": task.ready_at for task in state.open_tasks() if task.ready_at}
    assert ready == {name: due for name, due in state.timers.items() if name != "timeout"}
    for task in state.in_order():
        if not task.is_open:
            deadlines = (task.poll_by, task.respond_by, task.end_by, task.total_by)
            assert not any(deadlines), f"{task.ref} ended and still has a deadline"
            assert task.ended_at is not None
            assert task.status is not TaskStatus.SCHEDULED


def _waits_for_something(state: JobState) -> None:
    waiting = waiting_for(state)
    assert bool(waiting) is not state.has_ended, f"{state.status}: {waiting}"

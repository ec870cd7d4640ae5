"""The indices that a job keeps over its tasks, and how one change changes them."""

from __future__ import annotations

from typing import Any

import immutables
from msgspec.structs import replace

from daemon.decider.state import JobState, TaskState
from eventstore.events import Value


def bare_ref(ref: str) -> str:
    """Without the iterations of the loops around it: everything before the first ``__``."""
    return ref.partition("__")[0]


def also_under(
    numbers: immutables.Map[str, tuple[int, ...]], names: tuple[str, ...], number: int
) -> immutables.Map[str, tuple[int, ...]]:
    return numbers.update({name: (*numbers.get(name, ()), number) for name in names})


def no_longer_under(
    numbers: immutables.Map[str, tuple[int, ...]], names: tuple[str, ...], number: int
) -> immutables.Map[str, tuple[int, ...]]:
    for name in names:
        rest = tuple(other for other in numbers.get(name, ()) if other != number)
        if rest:
            numbers = numbers.set(name, rest)
        elif name in numbers:
            numbers = numbers.delete(name)
    return numbers


def not_ended(state: JobState, refs: tuple[str, ...]) -> int:
    """How many of ``refs`` have no newest task that ended."""
    tasks = (state.refs.get(ref) for ref in refs)
    return sum(number is None or number in state.open for number in tasks)


def joins_counted(
    state: JobState, tasks: immutables.Map[int, TaskState], ref: str, more: int
) -> immutables.Map[int, TaskState]:
    """Every open task that joins ``ref`` has ``more`` refs left to wait for."""
    for number in state.joined.get(ref, ()):
        join = tasks[number]
        tasks = tasks.set(number, replace(join, joins_left=join.joins_left + more))
    return tasks


def without(numbers: immutables.Map[int, None], number: int) -> immutables.Map[int, None]:
    return numbers.delete(number) if number in numbers else numbers


def without_slot(state: JobState, number: int) -> JobState:
    """A task that nobody carries out holds no slot of a limit."""
    if number not in state.slots:
        return state
    return replace(state, slots=state.slots.delete(number))


def without_timer(state: JobState, timer: str) -> dict[str, Any]:
    if timer not in state.timers:
        return {}
    return {
        "timers": state.timers.delete(timer),
        "timer_reasons": state.timer_reasons.delete(timer),
    }


def consumed(state: JobState, task: TaskState) -> immutables.Map[str, Value]:
    events = state.events
    for name in task.awaits:
        if name in events:
            events = events.delete(name)
    return events


def with_logs(before: TaskState, more: Value) -> tuple[Any, ...]:
    if more is None:
        return before.logs
    return (*before.logs, *more) if isinstance(more, list) else (*before.logs, more)

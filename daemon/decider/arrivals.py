"""Outside events and the tasks that wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.decider.caching import keep
from daemon.decider.payloads import fitting
from daemon.decider.schedule import end_with
from daemon.decider.state import TaskState
from daemon.decider.turn import Turn
from eventstore.events import TaskDecided, TaskStatus


def complete_awaiting(turn: Turn, event_id: str) -> None:
    """End the tasks for which every outside event has now arrived."""
    for number in turn.state.awaiting.get(event_id, ()):
        complete_if_arrived(turn, turn.task(number))


def complete_if_arrived(turn: Turn, task: TaskState) -> None:
    arrived = turn.state.events
    if all(name in arrived for name in task.awaits):
        _complete_with_events(turn, task, [arrived[name] for name in task.awaits])


def _complete_with_events(turn: Turn, task: TaskState, payloads: Sequence[Any]) -> None:
    output = task.output
    if turn.plan.rules(turn.state, task).payloads_by_event:
        output = dict(zip(task.awaits, payloads, strict=True))
    else:
        for payload in payloads:
            output = _merge_payload(output, payload)
    fault = turn.plan.accept(turn.state, task, output)
    completed = TaskDecided(
        task=task.number, status=TaskStatus.COMPLETED, replaces_output=True, output=output
    )
    decided = fitting(turn, completed)
    turn.emit(decided)
    if fault is None or decided is not completed:
        if decided is completed:
            keep(turn, task)
        turn.to_follow.append(task.number)
    else:
        end_with(turn, task.number, fault)


def _merge_payload(output: Any, payload: Any) -> Any:
    if payload is None:
        return output
    if not isinstance(payload, dict):
        payload = {"payload": payload}
    return {**output, **payload} if isinstance(output, dict) else payload

"""What was found for a task that may complete with the output of another."""

from __future__ import annotations

from orjson import dumps

from daemon.decider.commands import NoteCached
from daemon.decider.follow import follow_all
from daemon.decider.state import TaskState
from daemon.decider.turn import Refusal, RefusalKind, Turn
from eventstore.events import CachedOutputFound, CachedOutputMissed, Value


def note_cached(turn: Turn, command: NoteCached) -> Refusal | None:
    state = turn.state
    task = state.tasks.get(command.task)
    if task is None or not task.is_open or not task.seeks:
        return Refusal(
            kind=RefusalKind.NOT_EXPECTED,
            message=f"task {state.task_id(command.task)} looks for no output",
            status=None if task is None else task.status,
        )
    if command.source is None or not _may_have(turn, task, command.output):
        turn.emit(CachedOutputMissed(task=task.number))
        return None
    turn.emit(
        CachedOutputFound(task=task.number, source=command.source, output=command.output),
    )
    turn.to_follow.append(task.number)
    follow_all(turn)
    return None


def _may_have(turn: Turn, task: TaskState, output: Value) -> bool:
    """What another definition, or other limits, let pass may be too much for this job: then
    the work is done, and judged, anew."""
    if len(dumps(output)) > turn.policy.max_task_output_bytes:
        return False
    return turn.plan.accept(turn.state, task, output) is None

"""The one way to the next job state: count the event, then change what it changed.

The handlers of the frequent events write the same change out, without a call in between.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemon.decider.state import JobState, TaskState


def step(state: JobState, at: int, position: int, **changes: Any) -> JobState:
    return replace(
        state,
        sequence=state.sequence + 1,
        position=position,
        updated_at=at,
        **changes,
    )


def with_task(state: JobState, at: int, position: int, task: TaskState, **changes: Any) -> JobState:
    return replace(
        state,
        sequence=state.sequence + 1,
        position=position,
        updated_at=at,
        tasks=state.tasks.set(task.number, task),
        **changes,
    )

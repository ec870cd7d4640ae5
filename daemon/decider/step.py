"""The one way to the next job state: count the event, then change what it changed."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from daemon.decider.state import JobState, TaskState


class Stamp(msgspec.Struct, frozen=True):
    """When an event was written and where it stands in the log."""

    at: int
    position: int


def step(state: JobState, stamp: Stamp, **changes: Any) -> JobState:
    return replace(
        state,
        sequence=state.sequence + 1,
        position=stamp.position,
        updated_at=stamp.at,
        **changes,
    )


def with_task(state: JobState, stamp: Stamp, task: TaskState, **changes: Any) -> JobState:
    return replace(
        state,
        sequence=state.sequence + 1,
        position=stamp.position,
        updated_at=stamp.at,
        tasks=state.tasks.set(task.number, task),
        **changes,
    )

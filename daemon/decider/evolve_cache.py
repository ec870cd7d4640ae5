"""How kept outputs change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from msgspec.structs import replace

from daemon.decider.evolve_end import ended_with
from daemon.decider.state import JobState
from daemon.decider.step import with_task
from eventstore.events import CachedOutputFound, CachedOutputMissed, CachedOutputSought


def sought(state: JobState, event: CachedOutputSought, at: int, position: int) -> JobState:
    return with_task(state, at, position, replace(state.tasks[event.task], seeks=True))


def found(state: JobState, event: CachedOutputFound, at: int, position: int) -> JobState:
    """Nobody worked for it: it began when it ended."""
    return ended_with(
        state, event.task, at, position, output=event.output, source=event.source, started_at=at
    )


def missed(state: JobState, event: CachedOutputMissed, at: int, position: int) -> JobState:
    task = replace(state.tasks[event.task], seeks=False, ready_position=position, updated_at=at)
    return with_task(state, at, position, task)

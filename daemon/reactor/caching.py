"""Outputs that are kept for other tasks: writing down where one is, and finding it (ADR 0014).

Nothing of it is in memory. An entry is written in the batch that ends its task; a task that
looks for one is answered from the durable log, so a start asks again for what was not
answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from anyio.abc import TaskGroup

from daemon.decider.commands import Command, NoteCached
from daemon.decider.state import JobState, TaskState
from eventstore.events import (
    CachedOutputSought,
    Event,
    OutputKept,
    TaskCompleted,
    TaskDecided,
    TaskOutputCached,
    ValuesErased,
)
from eventstore.store import Entry, EventStore, EventStoreError

_log = structlog.get_logger("cache")

STREAMS = "cache/"


def kept(store: EventStore, before: JobState, events: Iterable[Event]) -> tuple[Entry, ...]:
    """What says where the outputs are that a decision keeps. ``before``: the job in front of
    it; behind it a loop may have forgotten the task already."""
    found: dict[str, list[Event]] = {}
    for place, event in enumerate(events):
        if isinstance(event, TaskOutputCached):
            entry = OutputKept(
                name=before.tasks[event.task].name,
                job_id=before.job_id,
                task=event.task,
                sequence=before.sequence + place,
                until=event.until,
            )
            found.setdefault(f"{STREAMS}{event.digest}", []).append(entry)
    return tuple(
        Entry(stream=stream, expected=store.sequence(stream), events=tuple(entries), open=False)
        for stream, entries in found.items()
    )


class Caching:
    def __init__(self, store: EventStore, send: Callable[[str, Command], None]) -> None:
        self._store = store
        self._send = send
        self._running: set[tuple[str, int]] = set()
        self._tasks: TaskGroup

    def start(self, tasks: TaskGroup) -> None:
        self._tasks = tasks

    def durable(self, events: Iterable[Event], after: JobState) -> None:
        for event in events:
            if isinstance(event, CachedOutputSought) and event.task in after.open:
                self._take(after.job_id, after.tasks[event.task])

    def take_up(self, state: JobState) -> None:
        for task in state.open_tasks():
            self._take(state.job_id, task)

    def _take(self, job_id: str, task: TaskState) -> None:
        place = (job_id, task.number)
        use = task.made.cache
        if task.seeks and use is not None and place not in self._running:
            self._running.add(place)
            self._tasks.start_soon(self._answer, job_id, task.number, use.digest)

    async def _answer(self, job_id: str, task: int, digest: str) -> None:
        try:
            answer = await self._found(task, digest)
        except EventStoreError as error:
            _log.warning("not looked for", job_id=job_id, task=task, error=str(error))
            answer = NoteCached(task=task)
        except Exception:  # noqa: BLE001 - the task can do its work without
            _log.exception("not looked for", job_id=job_id, task=task)
            answer = NoteCached(task=task)
        self._running.discard((job_id, task))
        self._send(job_id, answer)

    async def _found(self, task: int, digest: str) -> NoteCached:
        nothing = NoteCached(task=task)
        entry = await self._last(f"{STREAMS}{digest}")
        if not isinstance(entry, OutputKept) or self._store.now() >= entry.until:
            return nothing
        stream = f"job/{entry.job_id}"
        erased = await self._last(f"erasure/{stream}")
        if isinstance(erased, ValuesErased) and erased.through >= entry.sequence:
            return nothing
        (held,) = await self._store.read(stream, after=entry.sequence - 1, limit=1)
        assert isinstance(held.event, TaskCompleted | TaskDecided), "the entry says so"
        source = f"{entry.job_id}.{entry.task}"
        return NoteCached(task=task, source=source, output=held.event.output)

    async def _last(self, stream: str) -> Event | None:
        row = await self._store.stream_row(stream)
        if row is None:
            return None
        last = await self._store.read(stream, after=row.sequence - 1)
        return last[-1].event

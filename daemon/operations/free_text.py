"""Free text within user data: input, output and reason.

The read models hold none of it, so that what is erased in the log is gone everywhere. What a
search has to look in is folded while it waits: the newest jobs or tasks that meet its other
conditions, up to ``lists.searched_values``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import orjson
from msgspec.structs import replace

from daemon.decider.state import JobState
from daemon.dialects.contracts.masking import Masks
from daemon.operations.house import House
from projections.search import JOBS, TASKS, Query, Searchable

BREATH = 50
"""Rows after which others have their turn."""


async def looking_in_values(house: House, what: Searchable, query: Query) -> Query:
    """The query with what its text finds in values as well, if it has a text."""
    values = _VALUES.get(what.table)
    if query.any_text is None or values is None or not house.bounds.searched_values:
        return query
    newest = replace(query, any_text=None, order=(), start=0, size=house.bounds.searched_values)
    rows, _ = await house.read_models.search(what, newest)
    needle = query.any_text.casefold()
    found = []
    job_id, state = "", None
    for place, row in enumerate(rows, start=1):
        if row["jobId"] != job_id:
            job_id, state = row["jobId"], await house.jobs.durable(row["jobId"])
        if state is not None and needle in _text(state, values(state, row)):
            found.append(row["taskId"] if what is TASKS else job_id)
        if not place % BREATH:
            await anyio.lowlevel.checkpoint()
    return replace(query, also=tuple(found))


def _of_job(state: JobState, row: dict[str, Any]) -> list[Any]:
    return [state.input, state.output, state.reason]


def _of_task(state: JobState, row: dict[str, Any]) -> list[Any]:
    task = state.tasks.get(int(row["taskId"].rpartition(".")[2]))
    return [] if task is None else [task.input, task.output, task.reason]


_VALUES: dict[str, Callable[[JobState, dict[str, Any]], list[Any]]] = {
    JOBS.table: _of_job,
    TASKS.table: _of_task,
}


def _text(state: JobState, values: list[Any]) -> str:
    """As JSON, without what is masked."""
    shown = Masks(state.frame.masked).of
    return orjson.dumps([shown(one) for one in values]).decode().casefold()

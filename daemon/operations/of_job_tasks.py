"""``job.tasks``: the tasks of one job in pages, so that nobody has to take ten thousand at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, TypedDict

from msgspec import Meta

from daemon.decider.state import JobState, TaskState
from daemon.operations.answering import Answer, Call, Operation
from daemon.operations.calls import Result
from daemon.operations.documents import task_document
from daemon.operations.house import House
from daemon.operations.of_jobs import no_such_job
from daemon.operations.parameters import Name, Page
from daemon.operations.refusals import invalid
from eventstore.events import TaskStatus
from projections.paging import Limits, Listing


class JobTasks(Page, frozen=True, kw_only=True):
    job_id: Name
    statuses: list[str] = []
    """Of every status, unless some are named."""
    start: Annotated[int, Meta(ge=0)] = 0
    """Pass over so many first; for those who count instead of keeping a cursor."""


class TasksOfJob(TypedDict):
    tasks: list[dict[str, Any]]
    total: int
    cursor: str | None


def tasks(house: House, call: Call, asked: JobTasks) -> Answer:
    """``total``: how many there are on all pages."""
    state = house.jobs.cell(asked.job_id).durable
    if state is None:
        raise no_such_job(asked.job_id)
    return _page(house, state, asked)


async def _page(house: House, state: JobState, asked: JobTasks) -> Result:
    """Raises BadCursor and BadLimit."""
    wanted = _statuses(asked)
    bounds = house.bounds
    limits = Limits(default=bounds.default_limit, maximum=bounds.max_limit)
    filters = {"job": asked.job_id, "statuses": sorted(wanted)}
    listing = Listing("job.tasks", filters, limits.page(asked.limit, asked.cursor))
    after = listing.after(state.first_place - 1)
    found = _found(state, after, wanted)
    rows = list(islice(found, asked.start, asked.start + listing.limit + 1))
    page: Result = listing.result("tasks", rows, lambda row: task_document(state, row[1]))
    return {**page, "total": _count(state, wanted)}


def _statuses(asked: JobTasks) -> frozenset[TaskStatus]:
    for place, name in enumerate(asked.statuses):
        if name not in TaskStatus.__members__:
            known = ", ".join(TaskStatus)
            raise invalid(f"/statuses/{place}", f"{name!r} is none of {known}")
    return frozenset(TaskStatus(name) for name in asked.statuses)


def _found(
    state: JobState, after: int, wanted: frozenset[TaskStatus]
) -> Iterator[tuple[int, TaskState]]:
    """Place and task, in the order of scheduling."""
    for place in range(after + 1, state.next_place):
        number = state.order.get(place)
        if number is not None and (not wanted or state.tasks[number].status in wanted):
            yield place, state.tasks[number]


def _count(state: JobState, wanted: frozenset[TaskStatus]) -> int:
    if not wanted:
        return len(state.order)
    return sum(state.tasks[number].status in wanted for number in state.order.values())


def of_job_tasks() -> tuple[Operation, ...]:
    return (
        Operation(
            name="job.tasks",
            summary="The tasks of one job in the order of scheduling, in pages",
            parameters=JobTasks,
            result=TasksOfJob,
            handler=tasks,
        ),
    )

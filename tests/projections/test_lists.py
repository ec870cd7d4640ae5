"""Lists: what they show, how they are paged, and that indexes serve them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from eventstore.events import (
    JobCompleted,
    JobFailed,
    JobStatus,
    TaskCompleted,
    TaskStatus,
    TaskTypeDefined,
    TaskTypeDeleted,
)
from eventstore.memory import MemoryEventStore
from projections.audit import AuditFilter, find_positions
from projections.errors import BadCursor, BadLimit, UnknownWorkflow
from projections.job_queries import JobFilter, count_jobs, list_jobs
from projections.moments import Span
from projections.paging import Limits, Page
from projections.projector import create, project
from projections.read_models import ReadModels
from projections.tags import list_tags, tag_history
from projections.task_queries import TaskFilter, list_tasks
from projections.task_types import list_task_types
from projections.times import iso
from projections.versions import list_versions
from projections.workflows import list_workflows, workflow_id_of
from tests.projections.histories import START, History, append, random_history, scheduled, started

Query = Callable[..., Awaitable[dict[str, Any]]]


def catalogue() -> History:
    history = History()
    shop = history.workflow("shop")
    mail = history.workflow("mail")
    for _ in range(3):
        history.version(shop)
    history.version(shop, number=2)
    history.version(mail)
    history.tag(shop, "$LIVE", "w-shop-v1")
    history.tag(shop, "$BETA", "w-shop-v3")
    history.tag(shop, "$LIVE", "w-shop-v2", actor="uid:1001/bob")
    for name in ("greet", "ship", "bill"):
        history.add(f"task-type/{name}", TaskTypeDefined(name=name, settings={"retryCount": 1}))
    history.add("task-type/ship", TaskTypeDeleted(name="ship"))
    history.add("task-type/greet", TaskTypeDefined(name="greet", settings={"retryCount": 2}))
    return history


def jobs() -> History:
    """Twelve jobs: every other of each workflow; one in three with a correlation."""
    history = catalogue()
    for number in range(12):
        job_id = history.submit(
            "w-shop" if number % 2 else "w-mail",
            correlation_id=None if number % 3 else "order-1",
        )
        history.job(job_id, scheduled(1), started(1))
        if number % 4 == 0:
            history.job(job_id, TaskCompleted(task=1), JobCompleted())
        elif number % 4 == 1:
            history.job(job_id, scheduled(2, "ship"), JobFailed(failed_task=1))
    return history


@pytest.fixture
async def models(store: MemoryEventStore, path: Path) -> AsyncIterator[ReadModels]:
    await append(store, jobs().records)
    models = ReadModels(path, store, limits=Limits(default=5, maximum=8))
    await models.catch_up()
    yield models
    await models.close()


async def pages(query: Query, name: str, *given: Any, limit: int, **more: Any) -> list[Any]:
    """Everything, page by page."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = await query(*given, limit=limit, cursor=cursor, **more)
        assert len(page[name]) <= limit
        found += page[name]
        cursor = page["cursor"]
        if cursor is None:
            return found


async def test_workflows_are_listed_by_name(models: ReadModels) -> None:
    listed = await models.workflow_list()
    assert [(one["name"], one["latestVersionNumber"]) for one in listed["workflows"]] == [
        ("mail", 1),
        ("shop", 3),
    ]
    assert listed["cursor"] is None
    assert listed["workflows"][1] == {
        "workflowId": "w-shop",
        "name": "shop",
        "description": None,
        "latestVersionNumber": 3,
        "createdAt": iso(START),
        "createdBy": "uid:1000/alice",
    }


@pytest.mark.parametrize("workflow", ["shop", "w-shop"])
async def test_versions_are_listed_by_name_or_id(models: ReadModels, workflow: str) -> None:
    listed = (await models.version_list(workflow))["versions"]
    shown = [(one["versionNumber"], one["versionId"], one["current"]) for one in listed]
    assert shown == [
        (2, "w-shop-v4", True),
        (3, "w-shop-v3", True),
        (2, "w-shop-v2", False),
        (1, "w-shop-v1", True),
    ]
    assert listed[0]["revision"] is True


async def test_tags_say_where_they_point_and_where_they_were(models: ReadModels) -> None:
    tags = (await models.tag_list("shop"))["tags"]
    assert [(one["tag"], one["versionId"]) for one in tags] == [
        ("$BETA", "w-shop-v3"),
        ("$LIVE", "w-shop-v2"),
    ]
    history = (await models.tag_history("shop", "$LIVE"))["history"]
    assert [(move["versionId"], move["actor"]) for move in history] == [
        ("w-shop-v2", "uid:1001/bob"),
        ("w-shop-v1", "uid:1000/alice"),
    ]
    assert (await models.tag_list("mail"))["tags"] == []


async def test_task_types_are_listed_as_registered(models: ReadModels) -> None:
    listed = (await models.task_type_list())["taskTypes"]
    assert [(one["name"], one["definition"]) for one in listed] == [
        ("bill", {"retryCount": 1}),
        ("greet", {"retryCount": 2}),
    ]
    assert listed[1]["createdAt"] < listed[1]["updatedAt"]


async def test_a_job_says_all_but_its_values(models: ReadModels) -> None:
    (job,) = (await models.job_list(JobFilter(), limit=1))["jobs"]
    assert job["jobId"] == "j0012"
    assert job["status"] == "RUNNING"
    assert set(job) == {
        "jobId",
        "position",
        "status",
        "workflow",
        "workflowId",
        "versionId",
        "versionNumber",
        "tag",
        "correlationId",
        "idempotencyKey",
        "priority",
        "causeJobId",
        "createdAt",
        "submittedBy",
        "startedAt",
        "updatedAt",
        "endedAt",
        "waitsForSlot",
    }


JOB_FILTERS = [
    JobFilter(),
    JobFilter(workflow="shop"),
    JobFilter(workflow="w-mail", statuses=(JobStatus.COMPLETED,)),
    JobFilter(statuses=(JobStatus.RUNNING,)),
    JobFilter(statuses=(JobStatus.FAILED, JobStatus.COMPLETED)),
    JobFilter(correlation_id="order-1"),
    JobFilter(correlation_id="order-1", workflow="mail", statuses=(JobStatus.COMPLETED,)),
    JobFilter(workflow="shop", statuses=(JobStatus.RUNNING, JobStatus.FAILED)),
    JobFilter(created_after=START + 12_000_000),
    JobFilter(created_before=START + 18_000_000, statuses=(JobStatus.RUNNING,)),
    JobFilter(created_after=START + 12_000_000, created_before=START + 20_000_000),
]


def wanted(job: dict[str, Any], asked: JobFilter) -> bool:
    return (
        (asked.workflow is None or asked.workflow in (job["workflow"], job["workflowId"]))
        and (not asked.statuses or job["status"] in asked.statuses)
        and (asked.correlation_id in (None, job["correlationId"]))
        and (asked.created_after is None or job["createdAt"] >= iso(asked.created_after))
        and (asked.created_before is None or job["createdAt"] < iso(asked.created_before))
    )


@pytest.mark.parametrize("asked", JOB_FILTERS, ids=str)
@pytest.mark.parametrize("limit", [1, 3, 8])
async def test_jobs_are_filtered_and_paged(
    models: ReadModels, asked: JobFilter, limit: int
) -> None:
    every = await pages(models.job_list, "jobs", JobFilter(), limit=8)
    assert [job["jobId"] for job in every] == [f"j{n:04}" for n in range(12, 0, -1)]
    expected = [job for job in every if wanted(job, asked)]
    assert expected
    assert await pages(models.job_list, "jobs", asked, limit=limit) == expected


async def test_jobs_are_counted_by_status(models: ReadModels) -> None:
    counts = await models.job_counts()
    assert counts["RUNNING"] == 6
    assert counts["COMPLETED"] == counts["FAILED"] == 3
    assert counts["PAUSED"] == 0
    assert (await models.job_counts("shop"))["FAILED"] == 3
    assert (await models.job_counts("mail"))["FAILED"] == 0


TASK_FILTERS = [
    TaskFilter(),
    TaskFilter(task_type="greet"),
    TaskFilter(task_type="ship", statuses=(TaskStatus.SCHEDULED,)),
    TaskFilter(statuses=(TaskStatus.IN_PROGRESS,)),
    TaskFilter(job_id="j0002"),
    TaskFilter(job_id="j0002", task_type="ship", statuses=(TaskStatus.SCHEDULED,)),
]


@pytest.mark.parametrize("asked", TASK_FILTERS, ids=str)
@pytest.mark.parametrize("limit", [1, 4])
async def test_tasks_are_filtered_and_paged(
    models: ReadModels, asked: TaskFilter, limit: int
) -> None:
    every = await pages(models.task_list, "tasks", TaskFilter(), limit=8)
    assert len(every) == 15
    expected = [
        task
        for task in every
        if asked.task_type in (None, task["taskType"])
        and asked.job_id in (None, task["jobId"])
        and (not asked.statuses or task["status"] in asked.statuses)
    ]
    assert expected
    assert await pages(models.task_list, "tasks", asked, limit=limit) == expected


async def test_a_task_says_who_has_it(models: ReadModels) -> None:
    (task,) = (await models.task_list(TaskFilter(job_id="j0003")))["tasks"]
    assert (task["taskId"], task["workerId"], task["pollCount"]) == ("j0003.1", "w1", 1)
    assert task["startedAt"] is not None
    assert task["endedAt"] is None


@pytest.mark.parametrize("limit", [0, -1, 9])
async def test_a_limit_outside_the_bounds_is_refused(models: ReadModels, limit: int) -> None:
    with pytest.raises(BadLimit, match="between 1 and 8"):
        await models.job_list(JobFilter(), limit=limit)


async def test_the_default_limit_holds(models: ReadModels) -> None:
    assert len((await models.job_list(JobFilter()))["jobs"]) == 5


async def test_a_cursor_belongs_to_its_query(models: ReadModels) -> None:
    cursor = (await models.job_list(JobFilter(), limit=1))["cursor"]
    for asked in JOB_FILTERS[1:]:
        with pytest.raises(BadCursor, match="belongs to another query"):
            await models.job_list(asked, limit=1, cursor=cursor)
    with pytest.raises(BadCursor, match="belongs to another query"):
        await models.task_list(TaskFilter(), cursor=cursor)
    with pytest.raises(BadCursor, match="belongs to another query"):
        await models.audit_query(AuditFilter(), cursor=cursor)
    assert (await models.job_list(JobFilter(), limit=2, cursor=cursor))["jobs"]


@pytest.mark.parametrize("cursor", ["", "x", "ä", "AAAA", "bm90IGEgY3Vyc29yIGF0IGFsbA=="])
async def test_a_cursor_that_nobody_gave_is_refused(models: ReadModels, cursor: str) -> None:
    with pytest.raises(BadCursor, match="leave it out to begin with the first page"):
        await models.job_list(JobFilter(), cursor=cursor)


async def test_new_jobs_do_not_disturb_the_pages_below(
    models: ReadModels, store: MemoryEventStore
) -> None:
    first = await models.job_list(JobFilter(), limit=4)
    later = jobs()
    known = len(later.records)
    later.submit("w-shop")
    await append(store, later.records[known:])
    await models.catch_up()
    second = await models.job_list(JobFilter(), limit=4, cursor=first["cursor"])
    assert [job["jobId"] for job in second["jobs"]] == ["j0008", "j0007", "j0006", "j0005"]


async def test_an_unknown_workflow_is_an_error(models: ReadModels) -> None:
    for query in (models.version_list, models.tag_list, models.job_counts):
        with pytest.raises(UnknownWorkflow, match="'nowhere'"):
            await query("nowhere")
    with pytest.raises(UnknownWorkflow, match="'nowhere'"):
        await models.job_list(JobFilter(workflow="nowhere"))


class Explained(sqlite3.Connection):
    """Keeps the plan of every SELECT."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.steps: list[str] = []

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql.lstrip().startswith("SELECT"):
            plan = super().execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            self.steps += [step[3] for step in plan]
        return super().execute(sql, parameters)


EVERYTHING = Page(limit=100)

QUERIES: dict[str, Callable[[sqlite3.Connection], object]] = {
    "workflow.list": lambda db: list_workflows(db, EVERYTHING),
    "version.list": lambda db: list_versions(db, "first", EVERYTHING),
    "tag.list": lambda db: list_tags(db, "first", EVERYTHING),
    "tag.history": lambda db: tag_history(db, "first", "$LIVE", EVERYTHING),
    "taskType.list": lambda db: list_task_types(db, EVERYTHING),
    "workflow by name": lambda db: workflow_id_of(db, "first"),
}


def job_query(asked: JobFilter) -> Callable[[sqlite3.Connection], object]:
    return lambda db: list_jobs(db, asked, Span(3, 10_000), EVERYTHING)


def task_query(asked: TaskFilter) -> Callable[[sqlite3.Connection], object]:
    return lambda db: list_tasks(db, asked, EVERYTHING)


def audit_query(asked: AuditFilter) -> Callable[[sqlite3.Connection], object]:
    return lambda db: find_positions(db, asked, Span(3, 10_000), 100)


RUNNING = (JobStatus.RUNNING,)
OPEN = (TaskStatus.SCHEDULED, TaskStatus.IN_PROGRESS)

for number, job_filter in enumerate(
    [
        JobFilter(),
        JobFilter(workflow="first"),
        JobFilter(statuses=RUNNING),
        JobFilter(workflow="first", statuses=RUNNING),
        JobFilter(correlation_id="order-1"),
        JobFilter(correlation_id="order-1", workflow="first", statuses=RUNNING),
    ]
):
    QUERIES[f"job.list {number}"] = job_query(job_filter)
for number, task_filter in enumerate(
    [
        TaskFilter(),
        TaskFilter(task_type="greet"),
        TaskFilter(statuses=OPEN),
        TaskFilter(task_type="greet", statuses=OPEN),
        TaskFilter(job_id="j0001"),
        TaskFilter(job_id="j0001", task_type="greet", statuses=OPEN),
    ]
):
    QUERIES[f"task.list {number}"] = task_query(task_filter)
for number, audit_filter in enumerate(
    [
        AuditFilter(actor="daemon"),
        AuditFilter(workflow="first"),
        AuditFilter(tag="$LIVE"),
        AuditFilter(types=("TagMoved", "JobPaused")),
        AuditFilter(actor="daemon", workflow="first", types=("JobSubmitted",)),
        AuditFilter(tag="$LIVE", workflow="first", actor="daemon"),
    ]
):
    QUERIES[f"audit.query {number}"] = audit_query(audit_filter)


@pytest.fixture(scope="module")
def explained() -> Explained:
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Explained)
    create(connection, "log-1", bytes(32))
    project(connection, random_history(12, 1500).records)
    return connection


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_queries_are_served_from_indexes(
    explained: Explained, query: Callable[[sqlite3.Connection], object]
) -> None:
    explained.steps.clear()
    query(explained)
    assert explained.steps
    assert not [step for step in explained.steps if step.startswith("SCAN")]
    assert not [step for step in explained.steps if "TEMP B-TREE" in step]


def test_counting_jobs_reads_counts_and_no_jobs(explained: Explained) -> None:
    explained.steps.clear()
    assert sum(count_jobs(explained, None).values()) > 10
    assert not [step for step in explained.steps if "jobs_" in step or "jobs USING" in step]

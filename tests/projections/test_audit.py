"""Who did what, when, by which request and because of what."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from eventstore.memory import MemoryEventStore
from eventstore.store import Recorded
from projections.audit import BLOCK, AuditFilter
from projections.errors import UnknownJob, UnknownWorkflow
from projections.read_models import ReadModels
from tests.projections.histories import ACTORS, History, append, random_history


@pytest.fixture(scope="module")
def history() -> History:
    history = random_history(21, 1400)
    assert len(history.records) > BLOCK
    return history


@pytest.fixture
async def models(
    store: MemoryEventStore, path: Path, history: History
) -> AsyncIterator[ReadModels]:
    await append(store, history.records)
    models = ReadModels(path, store)
    await models.catch_up()
    yield models
    await models.close()


def workflow_of(recorded: Recorded, history: History) -> str | None:
    if recorded.stream.startswith("job/"):
        return history.jobs[recorded.stream[4:]].frame.workflow_id
    if recorded.stream.startswith("workflow/"):
        return recorded.stream[9:]
    return getattr(recorded.event, "workflow_id", None)


def matches(recorded: Recorded, asked: AuditFilter, history: History) -> bool:
    workflow_id = workflow_of(recorded, history)
    return (
        asked.actor in (None, recorded.actor)
        and (asked.workflow is None or workflow_id == f"w-{asked.workflow}")
        and (asked.job is None or recorded.stream == f"job/{asked.job}")
        and (asked.tag is None or getattr(recorded.event, "tag", None) == asked.tag)
        and (asked.tag is None or recorded.type == "TagMoved")
        and (not asked.types or recorded.type in asked.types)
        and (asked.since is None or recorded.at >= asked.since)
        and (asked.until is None or recorded.at < asked.until)
    )


async def every_position(models: ReadModels, asked: AuditFilter, limit: int) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = await models.audit_query(asked, limit=limit, cursor=cursor)
        assert len(page["entries"]) <= limit
        found += [entry["position"] for entry in page["entries"]]
        cursor = page["cursor"]
        if cursor is None:
            return found


def some_filters(history: History) -> list[AuditFilter]:
    rng = random.Random(1)
    times = [record.at for record in history.records]
    jobs = sorted(history.jobs)

    def perhaps(*values: Any) -> Any:
        return rng.choice((None, *values))

    return [
        AuditFilter(
            actor=perhaps(*ACTORS),
            workflow=perhaps("first", None),
            job=perhaps(None, None, *rng.sample(jobs, 2)),
            tag=perhaps(None, None, "$LIVE"),
            types=rng.choice(((), (), ("TagMoved",), ("JobSubmitted", "TaskStarted"))),
            since=perhaps(rng.choice(times)),
            until=perhaps(rng.choice(times)),
        )
        for _ in range(60)
    ]


async def test_every_filter_finds_exactly_what_the_log_has(
    models: ReadModels, history: History
) -> None:
    found_any = 0
    for asked in some_filters(history):
        expected = [one.position for one in history.records if matches(one, asked, history)]
        found = await every_position(models, asked, limit=100)
        assert found == expected[::-1], asked
        found_any += bool(expected)
    assert found_any > 10


@pytest.mark.parametrize(
    "asked",
    [
        AuditFilter(),
        AuditFilter(actor="daemon"),
        AuditFilter(job="j0001"),
        AuditFilter(types=("TagMoved", "JobSubmitted")),
    ],
    ids=str,
)
async def test_pages_join_without_a_seam(
    models: ReadModels, history: History, asked: AuditFilter
) -> None:
    expected = [one.position for one in history.records if matches(one, asked, history)]
    assert await every_position(models, asked, limit=7) == expected[::-1]


async def test_an_entry_says_who_what_when_and_why(models: ReadModels, history: History) -> None:
    moved = next(one for one in reversed(history.records) if one.type == "TagMoved")
    (entry,) = (await models.audit_query(AuditFilter(types=("TagMoved",)), limit=1))["entries"]
    assert entry["position"] == moved.position
    assert entry["actor"] == moved.actor
    assert entry["stream"] == moved.stream
    assert entry["request"] == f"r{moved.position}"
    assert entry["data"]["tag"] == moved.event.tag  # type: ignore[attr-defined]
    assert entry["data"]["versionNumber"] == 1
    assert entry["jobId"] is None


async def test_entries_show_no_user_data(models: ReadModels) -> None:
    page = await models.audit_query(AuditFilter(), limit=1000)
    assert len(page["entries"]) == 1000
    assert "canary" not in str(page)


async def test_a_time_range_without_events_is_empty(models: ReadModels, history: History) -> None:
    after_all = AuditFilter(since=history.records[-1].at + 1)
    assert (await models.audit_query(after_all)) == {"entries": [], "cursor": None}
    before_all = AuditFilter(until=history.records[0].at)
    assert (await models.audit_query(before_all)) == {"entries": [], "cursor": None}


async def test_an_unknown_job_or_workflow_is_an_error(models: ReadModels) -> None:
    with pytest.raises(UnknownJob, match="'nowhere'"):
        await models.audit_query(AuditFilter(job="nowhere"))
    with pytest.raises(UnknownWorkflow, match="'nowhere'"):
        await models.audit_query(AuditFilter(workflow="nowhere"))


async def test_an_empty_log_has_no_entries(store: MemoryEventStore, path: Path) -> None:
    models = ReadModels(path, store)
    await models.catch_up()
    assert await models.audit_query(AuditFilter()) == {"entries": [], "cursor": None}
    assert await models.audit_query(AuditFilter(actor="x", since=5)) == {
        "entries": [],
        "cursor": None,
    }
    await models.close()

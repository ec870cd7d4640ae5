"""Parameters and results of ``schedule.*``."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from msgspec import Meta, Struct

from daemon.operations.parameters import (
    Changing,
    IdempotencyKey,
    Name,
    Page,
    Parameters,
    Priority,
)
from daemon.reactor.claims import Strategy
from daemon.reactor.starts import Selector

ScheduleName = Annotated[str, Meta(pattern=r"^[^\x00-\x1f/]+$(?!\n)", max_length=255)]
"""Part of a path, and of the name of its stream."""
Expression = Annotated[str, Meta(min_length=1, max_length=1_000)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
Crons = Annotated[list["Cron"], Meta(min_length=1, max_length=100)]


class Cron(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Six fields, seconds first, in a time zone."""

    cron: Expression
    zone: Name = "UTC"


class ScheduleSave(Changing, frozen=True, kw_only=True):
    """Times are ISO 8601; bounds are included. With a ``definition`` its jobs are of that
    one, which is registered nowhere; ``workflow`` is what the schedule is found by."""

    name: ScheduleName
    crons: Crons
    workflow: Name
    version: Selector | None = None
    definition: dict[str, Any] | None = None
    input: Any = None
    correlation_id: str | None = None
    idempotency_key: IdempotencyKey | None = None
    idempotency_strategy: Strategy | None = None
    priority: Priority = 0
    task_to_domain: dict[str, str] = {}
    tells_job: bool = False
    catches_up: bool = False
    paused: bool = False
    paused_reason: str | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    description: str | None = None


class OneSchedule(Parameters, frozen=True, kw_only=True):
    name: Name


class ScheduleList(Page, frozen=True, kw_only=True):
    workflow: Name | None = None


class SchedulePause(Changing, frozen=True, kw_only=True):
    name: Name
    reason: str | None = None


class ScheduleChange(Changing, frozen=True, kw_only=True):
    name: Name


class ScheduleNext(Parameters, frozen=True, kw_only=True):
    crons: Crons
    starts_at: str | None = None
    ends_at: str | None = None
    limit: Count = 5


class AllSchedules(Changing, frozen=True, kw_only=True):
    pass


class ScheduleSaved(TypedDict):
    name: str
    nextAt: str | None


class ScheduleNamed(TypedDict):
    name: str


class ScheduleDocument(TypedDict):
    name: str
    crons: list[dict[str, str]]
    workflow: str
    version: dict[str, Any] | None
    definition: dict[str, Any] | None
    input: Any
    correlationId: str | None
    priority: int
    taskToDomain: dict[str, str]
    tellsJob: bool
    catchesUp: bool
    paused: bool
    pausedReason: str | None
    startsAt: str | None
    endsAt: str | None
    description: str | None
    nextAt: str | None
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str


class ScheduleDocuments(TypedDict):
    schedules: list[ScheduleDocument]
    cursor: str | None


class FoundSchedules(TypedDict):
    totalHits: int
    results: list[ScheduleDocument]


class ScheduleRun(TypedDict):
    schedule: str
    workflow: str
    zone: str
    state: str
    dueAt: str
    firedAt: str
    jobId: str
    reason: Any


class ScheduleRuns(TypedDict):
    totalHits: int
    results: list[ScheduleRun]


class ScheduleTimes(TypedDict):
    times: list[str]


class SchedulerState(TypedDict):
    paused: bool

"""Events of the stream ``schedule/<name>``: what is to be started when, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, Value, recorded


@recorded
class ScheduleSaved(Event, frozen=True, kw_only=True):
    """The whole schedule as it is from now on. ``zones`` has the time zone of each of
    ``crons``; ``next_at`` is when it comes due first, None for never.
    With a ``definition`` its jobs are of that one, which belongs to no workflow."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("input", "paused_reason", "definition")
    name: str
    crons: tuple[str, ...]
    zones: tuple[str, ...]
    workflow: str
    tag: str | None = None
    version_number: int | None = None
    version_id: str | None = None
    correlation_id: str | None = None
    priority: int = 0
    domains: dict[str, str] = {}
    tells_job: bool = False
    """Its jobs are told in their input which schedule started them, and for when."""
    catches_up: bool = False
    starts_at: int | None = None
    ends_at: int | None = None
    description: str | None = None
    paused: bool = False
    next_at: int | None = None
    idempotency_key: str | None = None
    idempotency_strategy: str | None = None
    """Of the job that each time starts; a time whose key is taken starts none."""
    input: Value = None
    paused_reason: Value = None
    definition: Value = None


@recorded
class SchedulePaused(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    reason: Value = None


@recorded
class ScheduleResumed(Event, frozen=True, kw_only=True):
    """``next_at``: when it comes due next; a time that is over is caught up."""

    fact: ClassVar[bool] = True
    next_at: int | None = None


@recorded
class ScheduleDeleted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True


@recorded
class ScheduleFired(Event, frozen=True, kw_only=True):
    """It came due at ``due_at``, by ``cron`` in ``zone``: the intent to start job ``job_id``."""

    fact: ClassVar[bool] = True
    due_at: int
    job_id: str
    workflow: str
    cron: str
    zone: str
    next_at: int | None = None


@recorded
class ScheduleMissed(Event, frozen=True, kw_only=True):
    """Due times from ``first_at`` until ``until``, both included, start nothing: they were over."""

    first_at: int
    until: int


@recorded
class ScheduleJobStarted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    due_at: int
    job_id: str


@recorded
class ScheduleJobRefused(Event, frozen=True, kw_only=True):
    """No job was started for ``due_at``, and why."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    due_at: int
    job_id: str
    reason: Value = None


@recorded
class SchedulerPaused(Event, frozen=True, kw_only=True):
    """In the stream ``scheduler``: no schedule starts anything."""

    fact: ClassVar[bool] = True


@recorded
class SchedulerResumed(Event, frozen=True, kw_only=True):
    """In the stream ``scheduler``: those that are not paused themselves go on."""

    fact: ClassVar[bool] = True

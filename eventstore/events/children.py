"""Events of a job about the jobs that its tasks start. Stream ``job/<jobId>``."""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, Value, recorded
from eventstore.events.status import JobStatus


@recorded
class ChildRequested(Event, frozen=True, kw_only=True):
    """The intent: job ``job_id`` is to be started for ``task``. Exactly one of ``workflow``
    and ``definition`` (the digest of a definition that only this job uses) is set."""

    values: ClassVar[tuple[str, ...]] = ("input",)
    task: int
    job_id: str
    workflow: str | None = None
    version_number: int | None = None
    version_id: str | None = None
    tag: str | None = None
    definition: str | None = None
    correlation_id: str | None = None
    priority: int = 0
    domains: dict[str, str] = {}
    attached: bool = True
    """False: nobody waits for the other job's end."""
    idempotency_key: str | None = None
    idempotency_strategy: str | None = None
    output_key: str | None = None
    """Under it the output of the task names the other job as soon as that has started."""
    input: Value = None


@recorded
class ChildStarted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    task: int
    job_id: str
    existing: str | None = None
    """The job that its idempotency key stood for already, instead of a new one."""


@recorded
class ChildRefused(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    task: int
    job_id: str
    is_unknown: bool = False
    """Nobody registered the workflow, or that version of it."""
    reason: Value = None


@recorded
class ChildEnded(Event, frozen=True, kw_only=True):
    """How the other job ended, as it told this one."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output", "reason")
    task: int
    job_id: str
    status: JobStatus
    output: Value = None
    reason: Value = None


@recorded
class ChildReopened(Event, frozen=True, kw_only=True):
    """The other job runs again (retried, restarted or rerun): its task is open again."""

    fact: ClassVar[bool] = True
    task: int
    job_id: str
    why: str
    reopens_job: bool = False
    """This job had ended and runs again too."""
    slots: tuple[str, ...] = ()
    """Limits of this job that gave it a slot again; it goes on without the others, since it
    only waits for the other job."""


@recorded
class ChildTerminationRequested(Event, frozen=True, kw_only=True):
    """The intent: end the job that does the work of a canceled task."""

    values: ClassVar[tuple[str, ...]] = ("reason",)
    task: int
    job_id: str
    reason: Value = None

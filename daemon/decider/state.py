"""What a job is between two events. Only ``evolve`` makes these records."""

from __future__ import annotations

from typing import Any

import immutables
import msgspec

from eventstore.events import (
    JOB_ENDED,
    TASK_OPEN,
    JobStatus,
    TaskStatus,
    Value,
)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed at submission; only a restart or a rerun replaces it."""

    job_id: str
    workflow_id: str
    workflow: str
    version_id: str
    version_number: int
    tag: str | None
    dialect: str
    definition: str
    pins: str
    seed: str
    correlation_id: str | None
    priority: int
    domains: dict[str, str]
    cause_job: str | None
    depth: int
    submitted_at: int
    submitted_by: str
    input: Value


class FailureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The job that this one's failure asked for."""

    job_id: str
    workflow: str
    version_number: int | None
    input: Value
    position: int
    """Of the intent; the request id of the other job's submit is made of it."""
    answer: str | None = None
    """None until it ``started`` or was ``refused``."""


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of one step. Times are UTC microseconds; a deadline of None is off."""

    number: int
    ref: str
    name: str
    task_type: str
    kind: str
    attempt: int
    iteration: int
    retry_of: int | None
    offered: bool
    status: TaskStatus
    input: Value
    output: Value = None
    reason: Value = None
    logs: tuple[Any, ...] = ()
    domain: str | None = None
    retried: bool = False
    """A newer attempt exists."""
    scheduled_at: int
    first_scheduled_at: int
    """Of the first attempt of this step; the total timeout counts from there."""
    updated_at: int
    started_at: int | None = None
    ended_at: int | None = None
    ready_at: int | None = None
    """In the queue not before; None when it may be handed out now."""
    ready_position: int = 0
    """Where the event stands that made it ready: its place in the queue."""
    returned: bool = False
    """Goes to the front of its queue."""
    poll_by: int | None = None
    respond_by: int | None = None
    end_by: int | None = None
    total_by: int | None = None
    worker: str | None = None
    session: str | None = None
    poll_count: int = 0
    callback_seconds: float = 0
    awaits: tuple[str, ...] = ()
    """Outside events that complete it: its work is done, or waiting is its work."""

    @property
    def is_open(self) -> bool:
        return self.status in TASK_OPEN

    @property
    def is_polled_for(self) -> bool:
        """Belongs in a queue while nobody holds it: neither the plan's own step nor one
        that only waits for outside events."""
        return self.offered and not self.awaits

    @property
    def is_ready(self) -> bool:
        """May lie in a queue."""
        return self.status is TaskStatus.SCHEDULED and self.offered and self.ready_at is None


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of a job's events. Maps are persistent: a change costs no copy."""

    frame: Frame
    status: JobStatus
    sequence: int
    """Of the last event folded in."""
    position: int
    updated_at: int
    variables: Value
    output: Value = None
    reason: Value = None
    started_at: int
    """Submission, or the last restart."""
    clock_from: int
    """The job timeout counts from here: start, resume, retry."""
    ended_at: int | None = None
    failed_task: int | None = None
    paused_at: int = 0
    """When it last was; 0 for a job that never was."""
    held: bool = False
    """Paused by a limit; an operator resumes."""
    alerted: bool = False
    tasks: immutables.Map[int, TaskState] = immutables.Map()
    order: immutables.Map[int, int] = immutables.Map()
    """Place in the list to task number; places run from ``first_place`` to ``next_place``."""
    first_place: int = 0
    """Below 0 once steps were skipped in advance: they stand before all others."""
    next_place: int = 0
    refs: immutables.Map[str, int] = immutables.Map()
    """Step ref to its newest task."""
    open: immutables.Map[int, None] = immutables.Map()
    """Tasks that have not ended. Its length tells whether anything is open."""
    unfollowed: immutables.Map[int, None] = immutables.Map()
    """Tasks that ended while the job was paused: what follows is decided on resume."""
    awaiting: immutables.Map[str, tuple[int, ...]] = immutables.Map()
    """Outside event id to the open tasks that wait for it."""
    timers: immutables.Map[str, int] = immutables.Map()
    """Pending timers set by ``TimerSet``, to when they are due."""
    timer_reasons: immutables.Map[str, str] = immutables.Map()
    events: immutables.Map[str, Value] = immutables.Map()
    """Outside events that arrived, by id, to their newest payload."""
    next_number: int = 1
    scheduled: int = 0
    """Tasks scheduled since the start or the last resume of a held job."""
    failure_request: FailureRequest | None = None

    @property
    def job_id(self) -> str:
        return self.frame.job_id

    @property
    def workflow(self) -> str:
        return self.frame.workflow

    @property
    def version_number(self) -> int:
        return self.frame.version_number

    @property
    def input(self) -> Value:
        return self.frame.input

    @property
    def correlation_id(self) -> str | None:
        return self.frame.correlation_id

    @property
    def has_ended(self) -> bool:
        return self.status in JOB_ENDED

    @property
    def is_settled(self) -> bool:
        """Ended, and nobody's answer is still to come."""
        asked = self.failure_request
        return self.has_ended and (asked is None or asked.answer is not None)

    def latest(self, ref: str) -> TaskState | None:
        number = self.refs.get(ref)
        return None if number is None else self.tasks[number]

    def last(self) -> TaskState | None:
        return self.tasks[self.order[self.next_place - 1]] if self.next_place else None

    def task_id(self, number: int) -> str:
        return f"{self.frame.job_id}.{number}"

    def in_order(self) -> list[TaskState]:
        """Every current task in the order of scheduling. Costs what the job is long."""
        places = range(self.first_place, self.next_place)
        return [self.tasks[self.order[place]] for place in places]

    def open_tasks(self) -> list[TaskState]:
        """The tasks that have not ended, in the order of scheduling."""
        return [self.tasks[number] for number in sorted(self.open)]

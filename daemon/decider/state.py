"""What a job is between two events. Only ``evolve`` makes these records."""

from __future__ import annotations

from typing import Any

import immutables
import msgspec

from daemon.decider.admission import Admission
from daemon.decider.asked import Evaluation, Outgoing
from eventstore.events import (
    JobStatus,
    TaskScheduled,
    TaskStatus,
    UnderLimit,
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
    parent_task: int | None
    depth: int
    event: str | None
    limits: tuple[UnderLimit, ...]
    shares: tuple[str, ...]
    awaits: str | None
    idempotency_key: str | None
    deferred: tuple[str, ...]
    masked: tuple[str, ...]
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


class ChildRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a task asked for and that has not answered."""

    job_id: str
    workflow: str | None
    version_number: int | None
    version_id: str | None
    tag: str | None
    definition: str | None
    correlation_id: str | None
    priority: int
    domains: dict[str, str]
    attached: bool
    idempotency_key: str | None
    idempotency_strategy: str | None
    output_key: str | None = None
    input: Value
    position: int  # of the intent


class ChildTermination(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    task: int
    reason: Value
    position: int  # of the intent


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of one step. Times are UTC microseconds; a deadline of None is off.

    What never changes about a task is read from the event that scheduled it; here stands
    what later events change, and what is asked for most.
    """

    number: int
    ref: str
    made: TaskScheduled
    """Of a skipped step: what it would have been scheduled as."""
    place: int
    """In the job's list."""
    status: TaskStatus
    output: Value = None
    reason: Value = None
    logs: tuple[Any, ...] = ()
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
    complete_at: int | None = None
    """Completes by itself then."""
    joins_left: int = 0
    """How many of the joined refs have not ended."""
    child_job: str | None = None
    child: ChildRequest | None = None
    """The intent that is not answered yet."""
    seeks: bool = False
    """While it is open: it lies in no queue yet, for it is not known whether an output is kept
    for it."""
    source: str | None = None
    """The task whose output, which was kept, it completed with."""
    loop: int = 0
    """Of a loop: the iteration it is in."""
    bare_before: int | None = None
    """Inside a loop: the task that the ref without iterations stood for until this one."""
    earlier: int | None = None
    """The task that was the newest of the same step before this one."""

    @property
    def name(self) -> str:
        return self.made.name

    @property
    def task_type(self) -> str:
        return self.made.task_type

    @property
    def kind(self) -> str:
        return self.made.kind

    @property
    def attempt(self) -> int:
        return self.made.attempt

    @property
    def iteration(self) -> int:
        return self.made.iteration

    @property
    def retry_of(self) -> int | None:
        return self.made.retry_of

    @property
    def offered(self) -> bool:
        return self.made.offered

    @property
    def input(self) -> Value:
        return self.made.input

    @property
    def domain(self) -> str | None:
        return self.made.domain

    @property
    def joins(self) -> tuple[str, ...]:
        return self.made.joins

    @property
    def eager(self) -> bool:
        return self.made.eager

    @property
    def starts_job(self) -> bool:
        return self.made.starts_job

    @property
    def is_loop(self) -> bool:
        return self.made.is_loop

    @property
    def is_passive(self) -> bool:
        """Only the end of other tasks ends it."""
        made = self.made
        return bool(made.joins) or made.is_loop

    @property
    def wants_job(self) -> bool:
        """Ready, and the job that is to do its work was not asked for yet."""
        return self.made.starts_job and self.child_job is None and self.ready_at is None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_polled_for(self) -> bool:
        """Belongs in a queue while nobody holds it: not if it only waits for outside events."""
        return self.made.offered and not self.awaits

    @property
    def is_ready(self) -> bool:
        """May lie in a queue."""
        return (
            self.ready_at is None
            and self.status is TaskStatus.SCHEDULED
            and self.made.offered
            and not self.seeks
        )


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
    reopened: bool = False
    """Went on after it had ended."""
    alerted: bool = False
    tells: bool = False
    """Tasks came out of its input that have messages to publish."""
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
    passive: int = 0
    """How many open tasks only wait for other tasks."""
    unsuccessful: immutables.Map[int, None] = immutables.Map()
    """Tasks that ended badly and have no newer attempt."""
    slots: immutables.Map[int, str] = immutables.Map()
    """Task to the limit that it holds a slot of."""
    unfollowed: immutables.Map[int, None] = immutables.Map()
    """Tasks that ended while the job was paused: what follows is decided on resume."""
    joined: immutables.Map[str, tuple[int, ...]] = immutables.Map()
    """Ref to the open tasks that join it."""
    bare: immutables.Map[str, int] = immutables.Map()
    """Ref of a step inside a loop, without its iteration, to its newest task."""
    evaluations: immutables.Map[str, Evaluation] = immutables.Map()
    """Expressions that are being evaluated, by key."""
    terminations: immutables.Map[str, ChildTermination] = immutables.Map()
    """Jobs that are to be ended for this one and have not said that they did."""
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
    messages: immutables.Map[str, Outgoing] = immutables.Map()
    """What is to be published, by message id."""
    admission: Admission | None = None

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
    def domains(self) -> dict[str, str]:
        return self.frame.domains

    @property
    def parent_job(self) -> str | None:
        return None if self.frame.parent_task is None else self.frame.cause_job

    @property
    def parent_task(self) -> int | None:
        return self.frame.parent_task

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def awaits_slot(self) -> str | None:
        """The limit that keeps the job from going on."""
        return None if self.admission is None else self.admission.awaits

    @property
    def is_going(self) -> bool:
        """Consequences are drawn: it runs, and no limit keeps it waiting."""
        admission = self.admission
        running = self.status is JobStatus.RUNNING
        return running and (admission is None or admission.awaits is None)

    @property
    def is_settled(self) -> bool:
        """Ended, and nobody's answer is still to come."""
        if self.ended_at is None or self.terminations or self.messages:
            return False
        asked = self.failure_request
        return asked is None or asked.answer is not None

    def latest(self, ref: str) -> TaskState | None:
        number = self.refs.get(ref)
        if number is None and (number := self.bare.get(ref)) is None:
            return None
        return self.tasks[number]

    def numbers(self, ref: str) -> tuple[int, ...]:
        found: list[int] = []
        number = self.refs.get(ref)
        while number is not None and number in self.tasks:
            found.append(number)
            number = self.tasks[number].retry_of
        return tuple(found)

    def last(self) -> TaskState | None:
        return self.tasks[self.order[self.next_place - 1]] if self.next_place else None

    def task_id(self, number: int) -> str:
        return f"{self.frame.job_id}.{number}"

    def in_order(self) -> list[TaskState]:
        """Every current task in the order of scheduling. Costs what the job is long."""
        return [self.tasks[number] for _, number in sorted(self.order.items())]

    def open_tasks(self) -> list[TaskState]:
        """The tasks that have not ended, in the order of scheduling."""
        return [self.tasks[number] for number in sorted(self.open)]

    def unsuccessful_tasks(self) -> list[TaskState]:
        """The newest tasks of steps that did not end well, in the order of scheduling."""
        tasks = (self.tasks[number] for number in self.unsuccessful)
        newest = (task for task in tasks if self.refs.get(task.ref) == task.number)
        return sorted(newest, key=lambda task: task.place)

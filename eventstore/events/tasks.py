"""Events of one task of a job. Stream ``job/<jobId>``.

``task`` is the task's number in its job (1, 2, 3 … in the order of scheduling, never
given twice); its public id is ``<jobId>.<number>``. A deadline that stands in an event
(``poll_by``, ``respond_by`` …) is a timer: no separate ``TimerSet`` is written for it.
"""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.cache import CacheUse
from eventstore.events.event import Event, Value, recorded
from eventstore.events.status import TaskStatus


@recorded
class TaskScheduled(Event, frozen=True, kw_only=True):
    values: ClassVar[tuple[str, ...]] = ("input",)
    task: int
    ref: str
    name: str
    task_type: str
    """What a worker polls for."""
    kind: str
    """The dialect's own word for the sort of step: SIMPLE, HTTP, JOIN …"""
    attempt: int = 0
    iteration: int = 0
    retry_of: int | None = None
    offered: bool = True
    """False for a step that the plan itself ends: it never lies in a queue."""
    ready_at: int | None = None
    """Not to be handed out before (jitter included); a ``TimerSet`` stands in the same batch."""
    delay_seconds: float = 0
    """The delay behind ``ready_at``, without jitter."""
    keeps_reason: bool = False
    """An automatic retry still shows why the attempt before it failed."""
    poll_by: int | None = None
    total_by: int | None = None
    complete_at: int | None = None
    """The task completes by itself then."""
    end_by: int | None = None
    """Of a task in no queue: its run timeout."""
    domain: str | None = None
    awaits: tuple[str, ...] = ()
    """Outside events that complete the task."""
    joins: tuple[str, ...] = ()
    """Refs whose tasks this one waits for."""
    eager: bool = False
    """The plan is asked at each end of a joined task, not only at the last."""
    starts_job: bool = False
    """A job of its own does the work; which one is said when the task is ready."""
    is_loop: bool = False
    """The tasks of its iterations end it."""
    loop: int = 0
    """Of a loop that begins again: the iteration it is in."""
    own_limit: tuple[int, ...] = ()
    """The limit that the definition itself sets its task type, if it does: how many at a
    time, and how many may start within how many seconds; 0 is off."""
    cache: CacheUse | None = None
    """Its output is kept for others."""
    tells: bool = False
    """Some of the tasks that come out of its input publish messages when they change."""
    input: Value = None


@recorded
class TaskStarted(Event, frozen=True, kw_only=True):
    """Handed out to a worker or taken by an executor."""

    fact: ClassVar[bool] = True
    task: int
    worker: str
    session: str
    respond_by: int | None = None
    end_by: int | None = None
    limit: str | None = None
    """The limit that it took a slot of (``SlotTaken``, in the same batch)."""


@recorded
class TaskReturned(Event, frozen=True, kw_only=True):
    """Back to the front of its queue: same attempt, no retry used."""

    fact: ClassVar[bool] = True
    task: int
    why: str
    poll_by: int | None = None


@recorded
class TaskExtended(Event, frozen=True, kw_only=True):
    """A heartbeat: the response deadline counts anew."""

    fact: ClassVar[bool] = True
    task: int
    worker: str | None = None
    respond_by: int | None = None


@recorded
class TaskLogged(Event, frozen=True, kw_only=True):
    """Lines about a task, which it may get after its end as well."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("logs",)
    task: int
    logs: Value = None


@recorded
class TaskProgressed(Event, frozen=True, kw_only=True):
    """An update that does not end the task; a worker's task goes back to its queue."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output", "reason", "logs")
    task: int
    worker: str | None = None
    callback_seconds: float = 0
    ready_at: int | None = None
    poll_by: int | None = None
    output: Value = None
    reason: Value = None
    logs: Value = None


@recorded
class TaskReopened(Event, frozen=True, kw_only=True):
    """A join or a loop that had ended waits again, in its place in the list: its job goes on
    from what failed."""

    task: int
    attempt: int
    end_by: int | None = None


@recorded
class TaskExecuted(Event, frozen=True, kw_only=True):
    """The work of an ``asyncComplete`` step is done; outside events complete the task."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output", "logs")
    task: int
    awaits: tuple[str, ...]
    worker: str | None = None
    output: Value = None
    logs: Value = None


@recorded
class TaskCompleted(Event, frozen=True, kw_only=True):
    """A worker or an executor reported the result."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output", "reason", "logs")
    task: int
    worker: str | None = None
    output: Value = None
    reason: Value = None
    logs: Value = None


@recorded
class TaskFailed(Event, frozen=True, kw_only=True):
    """``status`` is FAILED, FAILED_WITH_TERMINAL_ERROR or CANCELED."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output", "reason", "logs")
    task: int
    status: TaskStatus
    worker: str | None = None
    output: Value = None
    reason: Value = None
    logs: Value = None


@recorded
class TaskDecided(Event, frozen=True, kw_only=True):
    """The decider itself gave the task this status: an operator's end, a broken contract,
    an optional task's COMPLETED_WITH_ERRORS. ``replaces_output`` False keeps the output, and a
    reason of None the one there was, unless ``clears_reason``."""

    values: ClassVar[tuple[str, ...]] = ("output", "reason", "more_input")
    task: int
    status: TaskStatus
    replaces_output: bool = False
    clears_reason: bool = False
    output: Value = None
    reason: Value = None
    more_input: Value = None
    """What only the end tells of the input: of a switch, the case that a script chose."""


@recorded
class TaskTimedOut(Event, frozen=True, kw_only=True):
    """``why`` is ``poll``, ``response``, ``run`` or ``total``."""

    values: ClassVar[tuple[str, ...]] = ("reason",)
    task: int
    why: str
    reason: Value = None


@recorded
class TaskCanceled(Event, frozen=True, kw_only=True):
    values: ClassVar[tuple[str, ...]] = ("reason",)
    task: int
    reason: Value = None


@recorded
class TaskSkipped(Event, frozen=True, kw_only=True):
    """An operator had the step passed over before it was scheduled."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("input", "output")
    task: int
    ref: str
    name: str
    task_type: str
    kind: str
    input: Value = None
    output: Value = None


@recorded
class TasksSuperseded(Event, frozen=True, kw_only=True):
    """A restart or rerun began again before these tasks; they stay in the log only."""

    tasks: tuple[int, ...]


@recorded
class LoopIterated(Event, frozen=True, kw_only=True):
    """The loop ``task`` begins its ``iteration`` (1, 2, 3 …); ``output`` is what it shows
    meanwhile."""

    values: ClassVar[tuple[str, ...]] = ("output",)
    task: int
    iteration: int
    output: Value = None


@recorded
class EvaluationRequested(Event, frozen=True, kw_only=True):
    """The plan needs an expression's value to go on. ``key`` is unique among the job's
    pending evaluations."""

    values: ClassVar[tuple[str, ...]] = ("expression", "input")
    key: str
    task: int
    language: str
    expression: Value = None
    input: Value = None


@recorded
class ExpressionEvaluated(Event, frozen=True, kw_only=True):
    """``error`` None: ``result`` is the value."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("result", "error")
    key: str
    task: int
    result: Value = None
    error: Value = None

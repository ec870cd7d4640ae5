"""Events of a job as a whole. Stream ``job/<jobId>``."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from eventstore.events.event import Event, Value, recorded


class UnderLimit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A limit that a job is under: the stream, how many may run, and whether a job that finds
    no slot is refused instead of made to wait."""

    limit: str
    most: int
    rejects: bool = False


@recorded
class JobSubmitted(Event, frozen=True, kw_only=True):
    """The first event of every job; pins whatever later decisions use (DESIGN §1.3)."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("input",)
    job_id: str
    workflow_id: str
    workflow: str
    version_id: str
    version_number: int
    dialect: str
    definition: str
    """Digest of the definition."""
    pins: str
    """Digest of the pinned settings: task types and job policy (``daemon.dialects.pins``)."""
    seed: str
    tag: str | None = None
    correlation_id: str | None = None
    priority: int = 0
    domains: dict[str, str] = {}
    cause_job: str | None = None
    """The job whose failure or step asked for this one."""
    parent_task: int | None = None
    """The task of ``cause_job`` that waits for this job's end."""
    depth: int = 0
    """How many jobs stand above this one in its chain of causes."""
    idempotency_key: str | None = None
    deferred: tuple[str, ...] = ()
    """Expressions in its input that the job above wrote and that name secrets: they are filled
    in where a task leaves, like those of its own definition."""
    masked: tuple[str, ...] = ()
    """Names of fields whose values answers do not show."""
    event: str | None = None
    """The event whose handler started it."""
    limits: tuple[UnderLimit, ...] = ()
    """Those that it takes a slot of, one after the other, before it begins."""
    shares: tuple[str, ...] = ()
    """Limits of which a job above holds the slot under which this one runs."""
    awaits: str | None = None
    """The limit whose slot it waits for; None: it begins at once."""
    input: Value = None


@recorded
class JobAdmitted(Event, frozen=True, kw_only=True):
    """It got the slot of ``limit`` (``SlotTaken``, in the same batch) and goes on, unless it
    ``awaits`` that of another."""

    fact: ClassVar[bool] = True
    limit: str
    awaits: str | None = None
    begins: bool = False
    """From its beginning: its time counts from now."""


@recorded
class JobPaused(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    reason: Value = None


@recorded
class JobHeld(Event, frozen=True, kw_only=True):
    """The daemon paused the job because a limit was reached; an operator decides."""

    values: ClassVar[tuple[str, ...]] = ("reason",)
    tasks: tuple[int, ...] = ()
    """What follows these ended tasks is still to be decided, after the resume."""
    reason: Value = None


@recorded
class JobResumed(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True


@recorded
class TerminationRequested(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    reason: Value = None


@recorded
class JobCompleted(Event, frozen=True, kw_only=True):
    """``tasks``, here and in the bad endings: what follows these ended tasks was never
    decided; a retry of the job goes on with them."""

    values: ClassVar[tuple[str, ...]] = ("output", "reason")
    tasks: tuple[int, ...] = ()
    output: Value = None
    reason: Value = None


@recorded
class JobFailed(Event, frozen=True, kw_only=True):
    values: ClassVar[tuple[str, ...]] = ("output", "reason")
    failed_task: int | None = None
    tasks: tuple[int, ...] = ()
    output: Value = None
    reason: Value = None


@recorded
class JobTimedOut(Event, frozen=True, kw_only=True):
    values: ClassVar[tuple[str, ...]] = ("output", "reason")
    failed_task: int | None = None
    tasks: tuple[int, ...] = ()
    output: Value = None
    reason: Value = None


@recorded
class JobTerminated(Event, frozen=True, kw_only=True):
    values: ClassVar[tuple[str, ...]] = ("output", "reason")
    failed_task: int | None = None
    tasks: tuple[int, ...] = ()
    output: Value = None
    reason: Value = None


@recorded
class JobTimeoutAlerted(Event, frozen=True, kw_only=True):
    """The job outlived ``timeoutSeconds`` under the policy ALERT_ONLY and goes on."""

    elapsed_seconds: int
    timeout_seconds: int


@recorded
class JobRetried(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    resume_subworkflows: bool = False
    awaits: str | None = None
    """The limit whose slot it waits for before it goes on."""


@recorded
class JobRestarted(Event, frozen=True, kw_only=True):
    """The same job from its beginning; pins anew when asked for the latest definition."""

    fact: ClassVar[bool] = True
    use_latest: bool
    version_id: str
    version_number: int
    dialect: str
    definition: str
    pins: str
    awaits: str | None = None
    masked: tuple[str, ...] = ()
    """As in JobSubmitted; what was masked before is among them."""


@recorded
class JobRerun(Event, frozen=True, kw_only=True):
    """From ``task`` on again, or from the beginning when it is None."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("task_input", "input")
    task: int | None = None
    replaces_task_input: bool = False
    replaces_input: bool = False
    correlation_id: str | None = None
    """None keeps the one there was."""
    awaits: str | None = None
    task_input: Value = None
    input: Value = None


@recorded
class VariablesSet(Event, frozen=True, kw_only=True):
    """``variables`` are merged over the job's variables, key by key."""

    values: ClassVar[tuple[str, ...]] = ("variables",)
    task: int | None = None
    variables: Value = None


@recorded
class VariablesChangeRequested(Event, frozen=True, kw_only=True):
    """``variables`` as they were given; what came out stands in the ``VariablesSet`` behind.
    ``appends``: lists are added to the job's lists instead of taking their place."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("variables",)
    appends: bool = False
    variables: Value = None


@recorded
class TimerSet(Event, frozen=True, kw_only=True):
    """``timer`` is unique among the job's pending timers: ``ready/7``, ``timeout``."""

    timer: str
    due_at: int
    why: str
    task: int | None = None


@recorded
class TimerFired(Event, frozen=True, kw_only=True):
    """A set timer, or a deadline that a task event carries (``response/7``), came due."""

    fact: ClassVar[bool] = True
    timer: str
    due_at: int
    task: int | None = None


@recorded
class OutsideEventReceived(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("payload",)
    event_id: str
    payload: Value = None


@recorded
class MessageRequested(Event, frozen=True, kw_only=True):
    """The intent: ``payload`` is published as a message of ``event``, once, under an id that
    is chosen here."""

    values: ClassVar[tuple[str, ...]] = ("payload",)
    message_id: str
    event: str
    task: int | None = None
    """The task that publishes it."""
    shown: bool = False
    """The task, which stays open, shows the payload as its output."""
    payload: Value = None


@recorded
class MessageSent(Event, frozen=True, kw_only=True):
    """The message that the job wanted published stands in the log."""

    fact: ClassVar[bool] = True
    message_id: str


@recorded
class FailureJobRequested(Event, frozen=True, kw_only=True):
    """This job's failure starts another one, whose id is chosen here."""

    values: ClassVar[tuple[str, ...]] = ("input",)
    job_id: str
    workflow: str
    version_number: int | None = None
    output_key: str | None = None
    """Where the dialect shows the other job's id in this job's output."""
    input: Value = None


@recorded
class FailureJobStarted(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    job_id: str


@recorded
class FailureJobRefused(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("reason",)
    job_id: str
    reason: Value = None

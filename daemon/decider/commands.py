"""What can be asked of a job. Every command comes from outside the decider: an operation,
a timer, an executor, another job. ``command_of`` (``daemon.decider.facts``) gives it back
from the fact that it led to."""

from __future__ import annotations

import msgspec

from eventstore.events import JobStatus, TaskStatus, UnderLimit, Value


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Asked of one job."""


class Submit(Command, frozen=True, kw_only=True):
    job_id: str
    workflow_id: str
    workflow: str
    version_id: str
    version_number: int
    dialect: str
    definition: str
    pins: str
    seed: str
    tag: str | None = None
    correlation_id: str | None = None
    priority: int = 0
    domains: dict[str, str] = {}
    cause_job: str | None = None
    parent_task: int | None = None
    depth: int = 0
    event: str | None = None
    limits: tuple[UnderLimit, ...] = ()
    shares: tuple[str, ...] = ()
    awaits: str | None = None
    """Of ``limits``: those before it gave a slot, this one has none."""
    idempotency_key: str | None = None
    deferred: tuple[str, ...] = ()
    input: Value = None


class Admit(Command, frozen=True, kw_only=True):
    """There is a slot of ``limit`` for the job. ``awaits``: the next one without."""

    limit: str
    awaits: str | None = None


class StartTask(Command, frozen=True, kw_only=True):
    """``limit``: the one whose slot it takes with this."""

    task: int
    worker: str
    session: str
    limit: str | None = None


class Report(Command, frozen=True, kw_only=True):
    """A result or a progress update. ``status`` is one of IN_PROGRESS, COMPLETED, FAILED,
    FAILED_WITH_TERMINAL_ERROR, CANCELED."""

    task: int
    status: TaskStatus
    worker: str | None = None
    output: Value = None
    reason: Value = None
    logs: Value = None
    callback_seconds: float = 0


class Extend(Command, frozen=True, kw_only=True):
    task: int
    worker: str | None = None


class Log(Command, frozen=True, kw_only=True):
    """Lines about a task, ended or not."""

    task: int
    logs: Value


class ReturnTask(Command, frozen=True, kw_only=True):
    """Only while ``session`` still holds it."""

    task: int
    why: str
    session: str | None = None


class FireTimer(Command, frozen=True, kw_only=True):
    timer: str
    due_at: int
    task: int | None = None


class Pause(Command, frozen=True, kw_only=True):
    reason: Value = None


class Resume(Command, frozen=True, kw_only=True):
    pass


class Terminate(Command, frozen=True, kw_only=True):
    reason: Value = None


class Retry(Command, frozen=True, kw_only=True):
    resume_subworkflows: bool = False
    awaits: str | None = None


class Restart(Command, frozen=True, kw_only=True):
    """The version fields say what the job runs from now on; the plan given to ``decide``
    is that version's."""

    use_latest: bool
    version_id: str
    version_number: int
    dialect: str
    definition: str
    pins: str
    awaits: str | None = None


class Rerun(Command, frozen=True, kw_only=True):
    task: int | None = None
    replaces_task_input: bool = False
    replaces_input: bool = False
    correlation_id: str | None = None
    awaits: str | None = None
    task_input: Value = None
    input: Value = None


class SkipTask(Command, frozen=True, kw_only=True):
    ref: str
    input: Value = None
    output: Value = None


class SendEvent(Command, frozen=True, kw_only=True):
    event_id: str
    payload: Value = None


class ChangeVariables(Command, frozen=True, kw_only=True):
    """Merge ``variables`` over the job's own. ``appends``: lists are added to its lists."""

    variables: Value
    appends: bool = False


class NoteMessage(Command, frozen=True, kw_only=True):
    """The message that the job wanted published is in the log."""

    message_id: str


class NoteFailureJob(Command, frozen=True, kw_only=True):
    """The answer of the job that this one's failure asked for."""

    job_id: str
    started: bool
    reason: Value = None


class NoteChildStart(Command, frozen=True, kw_only=True):
    """The answer of the job that ``task`` asked for."""

    task: int
    job_id: str
    started: bool
    existing: str | None = None
    is_unknown: bool = False
    reason: Value = None


class NoteChildEnd(Command, frozen=True, kw_only=True):
    task: int
    job_id: str
    status: JobStatus
    output: Value = None
    reason: Value = None


class NoteChildReopened(Command, frozen=True, kw_only=True):
    """The job that worked for ``task`` runs again; ``why``: retried, restarted, rerun."""

    task: int
    job_id: str
    why: str
    slots: tuple[str, ...] = ()
    """Of its limits: those that gave it a slot again. It goes on without the others."""


class NoteEvaluation(Command, frozen=True, kw_only=True):
    """The value of an expression that the plan asked for, or why there is none."""

    key: str
    task: int
    result: Value = None
    error: Value = None


class NoteCached(Command, frozen=True, kw_only=True):
    """What is kept for a task that looks for an output. ``source`` None: nothing."""

    task: int
    source: str | None = None
    output: Value = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision may know beside plan, state and command."""

    now: int
    """UTC microseconds; becomes the ``at`` of every event of the batch."""
    position: int
    """Where the first event of the batch will stand in the log."""
    actor: str = "daemon"

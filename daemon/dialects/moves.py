"""What a plan wants to happen: its moves, which the decider turns into events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from eventstore.events import CacheUse, JobStatus, TaskStatus, Value


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The task ends at once in ``status`` because of ``reason``."""

    reason: str
    status: TaskStatus = TaskStatus.FAILED_WITH_TERMINAL_ERROR


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The task ends well at once: the plan itself did the work."""

    output: Value = None
    status: TaskStatus = TaskStatus.COMPLETED


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A step becomes a task. With ``fault`` or ``done`` it is scheduled and ends in the same
    decision. A task that is not ``offered`` lies in no queue: it ends at ``complete_at`` or
    ``complete_after_seconds``, by the outside events it ``awaits``, when what it ``joins``
    has ended (``Plan.joined``), with the job it starts (``Plan.child``), by an ``EndTask``,
    or by a report from outside."""

    ref: str
    name: str
    task_type: str
    kind: str
    input: Value
    iteration: int = 0
    delay_seconds: float = 0
    offered: bool = True
    fault: Fault | None = None
    done: Done | None = None
    complete_after_seconds: float | None = None
    complete_at: int | None = None
    """UTC microseconds."""
    awaits: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    """Refs; the task waits until the newest task of each has ended."""
    eager: bool = False
    """Ask ``Plan.joined`` at once and at each end of a joined task, not only at the last; of
    a task that only ``awaits`` outside events, at once."""
    starts_job: bool = False
    config: Mapping[str, Any] | None = None
    """What whoever carries it out is told beside the input. It stands in the definition: no
    event holds it."""
    secrets: Mapping[str, str] = {}
    """Slot to key: secrets to tell whoever carries it out, beside ``config``."""
    cache: CacheUse | None = None
    """Its output is kept for others, and one that is kept may be its own."""
    tells: bool = False
    """Tasks that come out of its input have messages to publish: ``Listeners.forked`` is asked
    about them from now on."""
    is_loop: bool = False
    """``Plan.joined`` is asked at once and after each ``Iterate``, so that the tasks of an
    iteration are made when the loop already shows it. An ``EndTask`` ends it."""


class EndTask(msgspec.Struct, frozen=True, kw_only=True):
    """An open task that the plan itself decides about (an operator) ends."""

    task: int
    status: TaskStatus
    output: Value = None
    reason: str | None = None
    more_input: Mapping[str, Any] | None = None
    """What its input gains."""
    clears_reason: bool = False
    """No reason of an earlier attempt stays."""


class SetVariables(msgspec.Struct, frozen=True, kw_only=True):
    task: int
    variables: Mapping[str, Any]


class EndJob(msgspec.Struct, frozen=True, kw_only=True):
    """The job ends now, whatever is still open. ``output`` None: the plan's own output."""

    status: JobStatus
    reason: str | None = None
    output: Value = None
    task: int | None = None


class Iterate(msgspec.Struct, frozen=True, kw_only=True):
    """The open loop ``task`` begins an iteration; ``output`` is what it shows meanwhile."""

    task: int
    iteration: int
    output: Value = None


class Evaluate(msgspec.Struct, frozen=True, kw_only=True):
    """Have an expression evaluated outside; ``Plan.evaluated`` is asked with the answer. What
    is being evaluated under the same key already is not asked for again."""

    key: str
    task: int
    language: str
    expression: str
    input: Value = None


class Forget(msgspec.Struct, frozen=True, kw_only=True):
    """Ended tasks leave the job's list; the log keeps them."""

    tasks: tuple[int, ...]


class Redo(msgspec.Struct, frozen=True, kw_only=True):
    """What else a rerun from a task changes, beside that it takes away what came later."""

    drops: tuple[int, ...] = ()
    """Tasks that were scheduled earlier but wait for it: they go, too."""
    loops: tuple[Iterate, ...] = ()
    """Loops around it, outermost first: they are open again, in these iterations."""


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ``event``. ``message_id`` None: one made of the place of the intent."""

    event: str
    payload: Value
    task: int | None = None
    message_id: str | None = None
    shown: bool = False
    """``task``, which stays open, shows the payload as its output."""


OtherMove = EndTask | SetVariables | EndJob | Iterate | Evaluate | Forget | Publish
"""The moves that make no task."""

Move = Schedule | OtherMove


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an Evaluate. ``error`` None: ``result`` is the value."""

    result: Value = None
    error: str | None = None


class ChildJob(msgspec.Struct, frozen=True, kw_only=True):
    """The job that does a task's work. ``definition``: one that only this job uses;
    otherwise ``workflow``, whose version is named by at most one of ``version_number``,
    ``version_id`` and ``tag``, and is its default one where none is."""

    input: Value
    workflow: str | None = None
    version_number: int | None = None
    version_id: str | None = None
    tag: str | None = None
    definition: Mapping[str, Any] | None = None
    correlation_id: str | None = None
    priority: int = 0
    domains: Mapping[str, str] = {}
    idempotency_key: str | None = None
    idempotency_strategy: str | None = None
    """What to do where a job of the workflow was started with the key before."""
    attached: bool = True
    """False: the task completes as soon as the job has started."""
    output_key: str | None = None
    """Under it the output of the task names the job while that runs."""


class ChildEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a child job ended, or (``status`` None) why it could not start. ``is_unknown``: its
    workflow, or the version of it, is not registered."""

    job_id: str
    workflow: str
    status: JobStatus | None
    output: Value = None
    reason: Value = None
    is_unknown: bool = False


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a job came to a bad end, for ``Plan.failure``."""

    status: JobStatus
    reason: Value
    failed_task: int | None = None


class FailureJob(msgspec.Struct, frozen=True, kw_only=True):
    """The job that a failure starts. ``version_number`` None: the highest."""

    workflow: str
    input: Value
    version_number: int | None = None
    output_key: str | None = None

"""One decision in the making: events so far and the state after them."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

from daemon.decider.evolve import HANDLERS, evolve
from daemon.decider.state import JobState, TaskState
from daemon.dialects.plan import Plan, Policy, Problem
from eventstore.events import Event, JobSubmitted

SECOND = 1_000_000
"""Microseconds."""

RULES_VERSION = 4
"""Grows whenever the same command on the same state may give other events."""


def in_full(seconds: float) -> str:
    """Seconds as reasons print them: ``90``, ``2592000``, ``0.5``."""
    return f"{seconds:.15g}"


class RefusalKind(StrEnum):
    NO_SUCH_JOB = "noSuchJob"
    NO_SUCH_TASK = "noSuchTask"
    TASK_ENDED = "taskEnded"
    NOT_A_RESULT = "notAResult"
    """A status that only the decider gives."""
    NOT_READY = "notReady"
    NOT_HELD = "notHeld"
    """The task is not in the hands of who says so."""
    DEFAULT_POOL = "defaultPool"
    NO_SLOT = "noSlot"
    """A limit has no slot free, and nobody waits for one."""
    NOT_DUE = "notDue"
    JOB_ENDED = "jobEnded"
    JOB_NOT_ENDED = "jobNotEnded"
    JOB_NOT_PAUSED = "jobNotPaused"
    JOB_NOT_RUNNING = "jobNotRunning"
    NOTHING_TO_CHANGE = "nothingToChange"
    """The state already is what the command asks for."""
    NOTHING_TO_RETRY = "nothingToRetry"
    NOT_RESTARTABLE = "notRestartable"
    NO_SUCH_STEP = "noSuchStep"
    STEP_STARTED = "stepStarted"
    TASK_SKIPPED = "taskSkipped"
    CONTRACT_BROKEN = "contractBroken"
    TOO_LARGE = "tooLarge"
    TOO_DEEP = "tooDeep"
    NOT_EXPECTED = "notExpected"
    KEY_TAKEN = "idempotencyKeyTaken"
    ALREADY_SUBMITTED = "alreadySubmitted"
    INVALID_DEFINITION = "invalidDefinition"
    NUMBER_TAKEN = "numberTaken"
    NAME_TAKEN = "nameTaken"
    NO_SUCH_WORKFLOW = "noSuchWorkflow"
    NO_SUCH_VERSION = "noSuchVersion"
    NO_VERSION = "noVersion"
    NO_SUCH_TASK_TYPE = "noSuchTaskType"
    NO_SUCH_EVENT_HANDLER = "noSuchEventHandler"
    NO_SUCH_SCHEMA = "noSuchSchema"
    SECRET_TAKEN = "secretTaken"
    NO_SUCH_SCHEDULE = "noSuchSchedule"
    SCHEDULE_NOT_PAUSED = "scheduleNotPaused"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing happened, and why. ``message`` is for people."""

    kind: RefusalKind
    message: str
    status: str | None = None
    """Of the job or task that the command was about."""
    problems: tuple[Problem, ...] = ()
    existing: str | None = None
    """The job to answer with instead: an idempotency key stands for it."""


class Decision(msgspec.Struct, frozen=True):
    events: tuple[Event, ...]
    state: JobState
    documents: Mapping[str, bytes] = {}
    """What the events name by digest for the first time."""


class Pinned(msgspec.Struct, frozen=True):
    """What a job's pins come down to: its compiled plan and its policy."""

    plan: Plan
    policy: Policy
    deferred: frozenset[str] = frozenset()
    """Expressions of the definition that are filled in only where a task leaves."""
    metadata: frozenset[str] = frozenset()
    """Names of secrets and environment values that task types may ask to be told."""
    bound: frozenset[str] = frozenset()
    """Keys of secrets that steps name in their bindings."""

    @property
    def is_told_secrets(self) -> bool:
        """Whether anybody who works for the job may be."""
        return bool(self.deferred or self.metadata or self.bound)


class Turn(msgspec.Struct):
    """Collects what one command leads to. ``state`` is always the state after the events
    so far, so that what follows a completion is decided on the state after it.

    Every refusal comes before the first ``emit``.
    """

    plan: Plan
    policy: Policy
    now: int
    position: int
    """Where the next event will stand in the log."""
    actor: str
    state: JobState
    events: list[Event] = []
    documents: dict[str, bytes] = {}
    to_follow: deque[int] = msgspec.field(default_factory=deque)
    """Tasks that ended in this decision and whose consequences are still to be drawn."""
    to_begin: deque[int] = msgspec.field(default_factory=deque)
    """Tasks in no queue that became ready in this decision: they start a job, or what
    they wait for may be there already."""
    moves: int = 0

    def emit(self, event: Event) -> None:
        position = self.position
        self.position = position + 1
        self.state = HANDLERS[type(event)](self.state, event, self.now, position)
        self.events.append(event)

    def begin(self, event: JobSubmitted) -> None:
        """As ``emit``, for the first event of a job."""
        self.state = evolve(None, event, self.now, self.position, self.actor)
        self.position += 1
        self.events.append(event)

    def forget(self, numbers: Collection[int]) -> None:
        """Nothing follows any more from these tasks."""
        for waiting in (self.to_follow, self.to_begin):
            left = [number for number in waiting if number not in numbers]
            waiting.clear()
            waiting.extend(left)

    def task(self, number: int) -> TaskState:
        return self.state.tasks[number]

    def after(self, seconds: float) -> int:
        """The time ``seconds`` from now."""
        return self.now + round(seconds * SECOND)

    def deadline(self, seconds: float) -> int | None:
        """As ``after``, and None for 0: the timeout is off."""
        return self.after(seconds) if seconds > 0 else None

"""What a dialect is to the rest of the daemon: definition text in, Plan out; pure.

A *plan* is compiled once per version and pins. It answers questions about one job from
the job's state alone: what is scheduled first, what follows when a task ended, what input
a step gets, what the job's output is. It never keeps state and never sees an event: what
it wants to happen it returns as *moves*, which the decider turns into events. Life cycle,
retries, timeouts, queues, pausing and failure handling belong to the decider.

State names steps by ref, iteration and attempt, never by a place in the plan, so that a
job can move to another version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from daemon.dialects.announcing import Listeners
from daemon.dialects.moves import (
    ChildEnd,
    ChildJob,
    Done,
    Ending,
    EndJob,
    EndTask,
    Evaluate,
    Evaluated,
    FailureJob,
    Fault,
    Forget,
    Iterate,
    Move,
    Publish,
    Redo,
    Schedule,
    SetVariables,
)
from daemon.dialects.rules import UNLIMITED, Allowance, JobLimit, TaskRules
from daemon.dialects.terms import (
    Contracts,
    DefinitionOf,
    Findings,
    Known,
    Prepared,
    Problem,
    RetryLogic,
    SchemaName,
    Script,
    TimeoutPolicy,
)
from eventstore.events import CacheUse, JobStatus, TaskStatus, Value

__all__ = [
    "EVERY_TASK_TYPE",
    "UNLIMITED",
    "Allowance",
    "ChildEnd",
    "ChildJob",
    "Contracts",
    "DefinitionOf",
    "Dialect",
    "Done",
    "EndJob",
    "EndTask",
    "Ending",
    "Evaluate",
    "Evaluated",
    "FailureJob",
    "Fault",
    "Findings",
    "Forget",
    "Iterate",
    "JobLimit",
    "JobView",
    "Known",
    "Move",
    "Pins",
    "Plan",
    "Policy",
    "Prepared",
    "Problem",
    "Publish",
    "Redo",
    "RetryLogic",
    "Schedule",
    "SchemaName",
    "Script",
    "SetVariables",
    "TaskRules",
    "TaskView",
    "TimeoutPolicy",
]
"""The whole contract; the moves live in ``daemon.dialects.moves``, the rules for one step in
``rules``, words in ``terms``."""


class TaskView(Protocol):
    """What a plan may know about a task. Times are UTC microseconds."""

    @property
    def number(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def task_type(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def iteration(self) -> int: ...
    @property
    def status(self) -> TaskStatus: ...
    @property
    def input(self) -> Value: ...
    @property
    def output(self) -> Value: ...
    @property
    def reason(self) -> Value: ...
    @property
    def scheduled_at(self) -> int: ...
    @property
    def started_at(self) -> int | None: ...
    @property
    def ended_at(self) -> int | None: ...
    @property
    def worker(self) -> str | None: ...
    @property
    def poll_count(self) -> int: ...
    @property
    def callback_seconds(self) -> float: ...
    @property
    def child_job(self) -> str | None:
        """The job that does its work, once it was asked for."""

    @property
    def loop(self) -> int:
        """Of a loop: the iteration it is in, 0 before the first."""


class JobView(Protocol):
    """What a plan may know about a job."""

    @property
    def job_id(self) -> str: ...
    @property
    def status(self) -> JobStatus: ...
    @property
    def workflow(self) -> str: ...
    @property
    def version_number(self) -> int: ...
    @property
    def input(self) -> Value: ...
    @property
    def variables(self) -> Value: ...
    @property
    def reason(self) -> Value: ...
    @property
    def correlation_id(self) -> str | None: ...
    @property
    def output(self) -> Value:
        """None until the job has ended once."""

    @property
    def next_number(self) -> int:
        """The number of the task that the next Schedule makes; the one after it makes the
        following number."""

    @property
    def domains(self) -> Mapping[str, str]: ...
    @property
    def started_at(self) -> int: ...
    @property
    def ended_at(self) -> int | None: ...
    @property
    def parent_job(self) -> str | None:
        """The job one of whose tasks waits for this one."""

    @property
    def parent_task(self) -> int | None: ...

    def latest(self, ref: str) -> TaskView | None:
        """The newest task of the step ``ref``: the newest attempt, skipped ones too. For the
        bare ref of a step inside a loop: of its newest iteration."""

    def numbers(self, ref: str) -> tuple[int, ...]:
        """The numbers of every task called ``ref`` exactly, the newest attempt first."""

    def last(self) -> TaskView | None:
        """The task that was scheduled last."""

    def in_order(self) -> Sequence[TaskView]:
        """Every current task in the order of scheduling. Costs what the job is long."""

    def task_id(self, number: int) -> str:
        """The public id of a task of this job."""


class Plan(Protocol):
    """Every method is pure, total and cheap: none may cost more in a bigger job."""

    @property
    def timeout_seconds(self) -> float:
        """Of the whole job; 0 is off."""

    @property
    def alert_only(self) -> bool:
        """True: a job past its timeout goes on and only an alert is recorded."""

    @property
    def restartable(self) -> bool: ...
    @property
    def variables(self) -> Mapping[str, Any]:
        """The job's variables at its start."""

    @property
    def listeners(self) -> Listeners:
        """Who is told when the job or a task of it changes its state."""

    @property
    def masked(self) -> tuple[str, ...]:
        """Names of the fields whose values only workers and decisions may see."""

    @property
    def checks(self) -> bool:
        """Some step promises something about its input or output: ``admit`` is asked about
        every input, ``accept`` about outputs that the plan itself makes, too."""

    @property
    def caches(self) -> bool:
        """Outputs of some of its tasks may be kept for others."""

    def prepare(self, given: Value) -> Prepared:
        """The input a job starts with; idempotent."""

    def first(self, job: JobView) -> tuple[Move, ...]:
        """What a new job begins with."""

    def after(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """What follows when ``task`` ended and needs no retry. Nothing, and no other task
        open: the job is complete."""

    def joined(self, job: JobView, task: TaskView) -> tuple[Move, ...]:
        """What follows when everything that the open ``task`` joins has ended, or, if it is
        eager, something of it."""

    def evaluated(
        self, job: JobView, task: TaskView, key: str, answer: Evaluated
    ) -> tuple[Move, ...]:
        """What follows from the value of an expression that ``task`` needed."""

    def child(self, job: JobView, task: TaskView) -> ChildJob | Fault:
        """The job that ``task``, which starts one, is now to start."""

    def child_started(self, job: JobView, task: TaskView, job_id: str) -> tuple[Move, ...]:
        """What follows when it started; an EndTask where nobody waits for its end."""

    def child_ended(self, job: JobView, task: TaskView, end: ChildEnd) -> EndTask:
        """How the end of its job ends ``task``."""

    def left(self, job: JobView, task: TaskView) -> Value:
        """The output of an open task that waits for others, as it is canceled; None: what it
        showed before."""

    def redo(self, job: JobView, task: TaskView) -> Redo:
        """What a rerun from ``task`` changes that came before it."""

    def again(self, job: JobView, task: TaskView, given: Value) -> tuple[Move, ...]:
        """How the step of ``task``, which no worker serves, begins once more. ``given``: the
        input to take, None for its own. Nothing: as any other task does."""

    def missing(self, job: JobView) -> tuple[Move, ...]:
        """Where a rerun took steps away whose turn had come: begin them again. May cost
        what the job is long."""

    def ends_job(self, task: TaskView) -> bool:
        """Whether the end of ``task`` ends the whole job, whatever else there is."""

    def rules(self, job: JobView, task: TaskView | Schedule) -> TaskRules: ...

    def retry_input(self, job: JobView, task: TaskView) -> Value | Fault:
        """The input of the next attempt of ``task``."""

    def admit(self, job: JobView, task: TaskView | Schedule, given: Value) -> Fault | None:
        """Whether an input keeps the step's contract. Asked only of a plan that ``checks``."""

    def cache_use(self, job: JobView, task: TaskView, given: Value) -> CacheUse | None:
        """Where the output of another attempt of ``task`` with the input ``given`` is kept.
        Asked only about steps whose Schedule had one."""

    def accept(self, job: JobView, task: TaskView, output: Value) -> Fault | None:
        """Whether a result keeps the step's contract."""

    def output(self, job: JobView) -> Value:
        """The job's output as it ends now."""

    def broken_promise(self, output: Value) -> str | None:
        """Why a job cannot complete with ``output``; None: it can."""

    def failure(self, job: JobView, ending: Ending) -> FailureJob | None:
        """The job to start because this one ended badly."""

    def job_limit(self, given: Value, correlation_id: str | None) -> JobLimit | None:
        """How many jobs may run at a time like the one that starts with this input."""

    def step(self, ref: str) -> Schedule | None:
        """The step called ``ref``, without input; None when there is none."""

    def cost(self) -> int:
        """About how many bytes this plan takes in memory, for the bounded cache."""


MIB = 1024 * 1024


class Policy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The daemon's settings that decisions about a job use, pinned at submit."""

    contracts: Contracts = Contracts.ENFORCE
    max_tasks: int = 25_000
    """Tasks a job may schedule before it is held for an operator."""
    max_decision_moves: int = 10_000
    """Moves one decision may make without a new fact before the job is held."""
    max_depth: int = 25
    """Jobs that may stand above a job in its chain of causes."""
    step_retry_delay_seconds: float = 1
    """``steps``: before another attempt of a step that has ``retries``."""
    step_retry_logic: RetryLogic = RetryLogic.EXPONENTIAL_BACKOFF
    step_max_retry_delay_seconds: float = 60
    step_retry_jitter_ms: int = 0
    max_input_bytes: int = 10 * MIB
    """Longest values, as JSON (reference conductor.md §3.16)."""
    max_output_bytes: int = 10 * MIB
    max_task_input_bytes: int = 10 * MIB
    max_task_output_bytes: int = 10 * MIB
    max_variables_bytes: int = 256 * 1024


class Pins(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a submit fixes for the life of the job (DESIGN §1.3)."""

    policy: Policy = Policy()
    task_types: dict[str, dict[str, Any]] = {}
    """The settings of every registered task type that the definition names."""
    versions: dict[str, int] = {}
    """The highest version, at the submit, of the workflows that the definition starts
    without saying which."""
    schemas: dict[str, dict[str, Any]] = {}
    """The JSON Schemas registered, at the submit, under the keys that the definition and
    the task types name."""


EVERY_TASK_TYPE = "*"
"""Among a definition's task types: it may use any, and all that there are get pinned."""


class Dialect(Protocol):
    """One definition language. Found in ``daemon.dialects.registry``, never by name."""

    name: str
    default_tag: str | None
    """The tag that a submit without a version goes by; None: the highest number."""

    def recognises(self, definition: Mapping[str, Any]) -> bool: ...
    def validate(self, definition: Mapping[str, Any], known: Known) -> Findings: ...
    def scripts(self, definition: Mapping[str, Any]) -> Iterable[Script]:
        """Those of ``definition``, of any shape, that need an engine to be read."""

    def filled_in(
        self, definition: Mapping[str, Any], definition_of: DefinitionOf
    ) -> Mapping[str, Any]:
        """``definition``, of any shape, with what it leaves out and other workflows have."""

    def compile(self, definition: Mapping[str, Any], pins: Pins) -> Plan:
        """For a definition without errors."""

    def workflow_name(self, definition: Mapping[str, Any]) -> str | None: ...
    def version_number(self, definition: Mapping[str, Any]) -> int | None:
        """The number the definition itself carries, if it does."""

    def task_types(self, definition: Mapping[str, Any]) -> Iterable[str]:
        """Names of the task types whose settings a job of it uses."""

    def schemas(
        self, definition: Mapping[str, Any], task_types: Mapping[str, Mapping[str, Any]]
    ) -> Iterable[SchemaName]:
        """The registered schemas that a job of it has to keep, with these task types."""

    def sub_workflows(self, definition: Mapping[str, Any]) -> Iterable[str]:
        """Names of the workflows whose version a submit freezes."""

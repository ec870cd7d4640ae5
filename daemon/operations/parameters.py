"""The parameters of every operation (DESIGN §6), as typed records.

On the wire names are camelCase; a name that an operation does not know is an error.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from daemon.reactor.claims import Strategy

LONGEST_NAME = 255
"""Characters of the name of anything."""

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Tag = Annotated[str, Meta(pattern=r"^\$[A-Z_]+$(?!\n)", max_length=255)]
"""In Python ``$`` alone would let a newline follow."""
IdempotencyKey = Annotated[str, Meta(min_length=1, max_length=1024)]
RequestId = Annotated[str, Meta(min_length=1, max_length=128)]
Count = Annotated[int, Meta(ge=1)]
Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Priority = Annotated[int, Meta(ge=0, le=99)]
Seconds = Annotated[float, Meta(ge=0)]


class Parameters(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Of an operation that only reads."""


class Changing(Parameters, frozen=True, kw_only=True):
    """Of an operation that changes state."""

    request_id: RequestId | None = None
    """Repeat a call with the same id and it is carried out once and answered alike."""


class Page(Parameters, frozen=True, kw_only=True):
    limit: Count | None = None
    cursor: str | None = None


# Workflows, versions, tags


class WorkflowRegister(Changing, frozen=True, kw_only=True):
    name: Name
    description: str | None = None


class WorkflowList(Page, frozen=True, kw_only=True):
    pass


class OneWorkflow(Parameters, frozen=True, kw_only=True):
    workflow: Name


class VersionAdd(Changing, frozen=True, kw_only=True):
    definition: dict[str, Any] | str
    workflow: Name | None = None
    overwrite: bool = False
    unless_tagged: Tag | None = None
    """Add nothing when the version at this tag has the same definition: it is the answer."""
    keep_unsupported: bool = False
    """Take what only another server can do, as a warning: it fails when it is due."""


class VersionValidate(Parameters, frozen=True, kw_only=True):
    definition: dict[str, Any] | str
    keep_unsupported: bool = False


class VersionList(Page, frozen=True, kw_only=True):
    workflow: Name


class VersionSelector(Parameters, frozen=True, kw_only=True):
    """Exactly one of the three."""

    tag: Tag | None = None
    version_number: int | None = None
    version_id: Name | None = None


class VersionGet(Parameters, frozen=True, kw_only=True):
    workflow: Name
    version: VersionSelector | None = None


class VersionRetire(Changing, frozen=True, kw_only=True):
    workflow: Name
    version: VersionSelector


class TagSet(Changing, frozen=True, kw_only=True):
    workflow: Name
    tag: Tag
    version: VersionSelector


class TagGet(Parameters, frozen=True, kw_only=True):
    workflow: Name
    tag: Tag


class TagList(Page, frozen=True, kw_only=True):
    workflow: Name


class TagHistory(Page, frozen=True, kw_only=True):
    workflow: Name
    tag: Tag


# Task types


class TaskTypeValidate(Parameters, frozen=True, kw_only=True):
    definition: dict[str, Any]


class TaskTypePut(Changing, frozen=True, kw_only=True):
    definition: dict[str, Any]


class TaskTypeName(Parameters, frozen=True, kw_only=True):
    name: Name


class TaskTypeDelete(Changing, frozen=True, kw_only=True):
    name: Name


class TaskTypeList(Page, frozen=True, kw_only=True):
    pass


# Jobs


class JobSubmit(Changing, frozen=True, kw_only=True):
    workflow: Name
    version: VersionSelector | None = None
    input: Any = None
    correlation_id: Annotated[str, Meta(max_length=1024)] | None = None
    priority: Priority = 0
    task_to_domain: dict[str, str] = {}
    idempotency_key: IdempotencyKey | None = None
    idempotency_strategy: Strategy = Strategy.FAIL


class JobSubmitDefinition(Changing, frozen=True, kw_only=True):
    definition: dict[str, Any] | str
    input: Any = None
    correlation_id: Annotated[str, Meta(max_length=1024)] | None = None
    priority: Priority = 0
    task_to_domain: dict[str, str] = {}
    idempotency_key: IdempotencyKey | None = None
    idempotency_strategy: Strategy = Strategy.FAIL


class Moment(Parameters, frozen=True, kw_only=True):
    """Exactly one of the three."""

    position: Position | None = None
    sequence: Position | None = None
    time: str | None = None


class JobGet(Parameters, frozen=True, kw_only=True):
    job_id: Name
    at: Moment | None = None
    include_tasks: bool = True
    """False: ``tasks`` is empty; ``job.tasks`` gives them in pages."""


class JobList(Page, frozen=True, kw_only=True):
    workflow: Name | None = None
    status: str | None = None
    correlation_id: str | None = None
    created_after: str | None = None
    created_before: str | None = None


class OneJob(Changing, frozen=True, kw_only=True):
    job_id: Name


class JobTerminate(OneJob, frozen=True, kw_only=True):
    reason: str | None = None


class JobRetry(OneJob, frozen=True, kw_only=True):
    resume_subworkflows: bool = False


class JobRestart(OneJob, frozen=True, kw_only=True):
    use_latest: bool = False


class JobRerun(OneJob, frozen=True, kw_only=True):
    task_id: Name | None = None
    task_input: dict[str, Any] | None = None
    input: Any = None
    correlation_id: Name | None = None


class JobSkipTask(OneJob, frozen=True, kw_only=True):
    ref: Name
    input: Any = None
    output: Any = None


class JobSendEvent(OneJob, frozen=True, kw_only=True):
    event_id: Name
    payload: Any = None


# Tasks


class TaskPoll(Changing, frozen=True, kw_only=True):
    task_type: Name
    worker_id: Name
    count: Count = 1
    wait_seconds: Seconds = 0
    domain: Name | None = None
    session: Annotated[str, Meta(max_length=255)] | None = None
    """Empty: of no session; only the response timeout gives its tasks back."""


class TaskUpdate(Changing, frozen=True, kw_only=True):
    task_id: Name
    status: str | None = None
    """IN_PROGRESS, COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR or CANCELED; may be left
    out with ``extendLease``."""
    output: Any = None
    merge_output: bool = False
    """``output`` is laid over what the task gave so far, instead of in its place."""
    reason: str | None = None
    callback_after_seconds: Seconds = 0
    logs: list[Any] | None = None
    extend_lease: bool = False
    worker_id: Name | None = None


class TaskExchange(TaskUpdate, frozen=True, kw_only=True):
    """No request id: whoever lost the answer reports again, and polls."""

    request_id: None = None


class TaskLog(Changing, frozen=True, kw_only=True):
    task_id: Name
    logs: Annotated[list[Any], Meta(min_length=1, max_length=1_000)]


class TaskGet(Parameters, frozen=True, kw_only=True):
    task_id: Name


class TaskList(Page, frozen=True, kw_only=True):
    task_type: Name | None = None
    status: str | None = None
    job_id: Name | None = None


class Nothing(Parameters, frozen=True, kw_only=True):
    pass


# Search


class Where(Parameters, frozen=True, kw_only=True):
    field: Name
    test: str = "="
    values: list[str | int] = []


class Sort(Parameters, frozen=True, kw_only=True):
    field: Name
    descending: bool = False


class Search(Parameters, frozen=True, kw_only=True):
    where: Annotated[list[Where], Meta(max_length=50)] = []
    text: str | None = None
    """In some text of the row; of the newest also in input, output and reason."""
    sort: Annotated[list[Sort], Meta(max_length=10)] = []
    start: Position = 0
    size: Position = 100


class JobDefinition(Parameters, frozen=True, kw_only=True):
    job_id: Name


class JobWait(Parameters, frozen=True, kw_only=True):
    job_id: Name
    wait_seconds: Seconds
    refs: Annotated[list[Name], Meta(max_length=1_000)] = []
    """Ends as well when a task of one of these ended, in the job or in one that works for it."""
    task_types: Annotated[list[Name], Meta(max_length=100)] = []
    """Ends as well when there is an open task of one of these that no time ends."""
    after_sequence: Position | None = None
    """Ends as well when the job has an event after this one."""


class JobCounts(Parameters, frozen=True, kw_only=True):
    workflow: Name | None = None


class MetricSeries(Parameters, frozen=True, kw_only=True):
    metric: str
    aggregation: str = "count"
    bucket: str = "hour"
    since: str
    until: str


# Events, replay, audit


class EventsRead(Parameters, frozen=True, kw_only=True):
    after: Position = 0
    limit: Count | None = None
    stream: Name | None = None
    job: Name | None = None
    types: list[str] | None = None


class EventsSubscribe(Parameters, frozen=True, kw_only=True):
    after: Position | None = None
    stream: Name | None = None
    types: list[str] | None = None


class EventsUnsubscribe(Parameters, frozen=True, kw_only=True):
    subscription: str


class ReplayJob(Parameters, frozen=True, kw_only=True):
    job_id: Name
    from_: Position | None = field(default=None, name="from")
    to: Position | None = None


class ReplayVerify(Parameters, frozen=True, kw_only=True):
    job_id: Name | None = None


class AuditQuery(Page, frozen=True, kw_only=True):
    actor: str | None = None
    workflow: Name | None = None
    job: Name | None = None
    tag: Tag | None = None
    types: list[str] | None = None
    since: str | None = None
    until: str | None = None


# Tokens

Scopes = Annotated[list[Name], Meta(min_length=1, max_length=100)]


class TokenCreate(Changing, frozen=True, kw_only=True):
    name: Name
    scopes: Scopes
    expires_at: str | None = None


class OneToken(Parameters, frozen=True, kw_only=True):
    token_id: Name


class TokenUpdate(Changing, frozen=True, kw_only=True):
    token_id: Name
    scopes: Scopes | None = None
    expires_at: str | None = None


class TokenRevoke(Changing, frozen=True, kw_only=True):
    token_id: Name


class TokenList(Parameters, frozen=True, kw_only=True):
    with_revoked: bool = False


# The daemon


class Backup(Parameters, frozen=True, kw_only=True):
    path: Name

"""The shapes of results, for the OpenRPC document and for readers. Times are ISO 8601."""

from __future__ import annotations

from typing import Any, TypedDict

Json = dict[str, Any]


class Registered(TypedDict):
    workflowId: str
    name: str


class WorkflowDocument(TypedDict):
    workflowId: str
    name: str
    description: str | None
    createdAt: str
    createdBy: str
    versions: int
    latestVersionNumber: int | None
    tags: dict[str, int]


class Workflows(TypedDict):
    workflows: list[Json]
    cursor: str | None


class Added(TypedDict):
    workflowId: str
    versionId: str
    versionNumber: int


class ProblemShape(TypedDict):
    path: str
    message: str
    kind: str


class ValidationVerdict(TypedDict):
    valid: bool
    dialect: str | None
    errors: list[ProblemShape]
    warnings: list[ProblemShape]


class VersionDocument(Added):
    workflow: str
    dialect: str
    definitionDigest: str
    revision: bool
    createdAt: str
    createdBy: str
    tags: list[str]
    definition: Json


class Versions(TypedDict):
    versions: list[Json]
    cursor: str | None


class TagMove(TypedDict):
    tag: str
    versionNumber: int
    previousVersionNumber: int | None


class TagTarget(TypedDict):
    versionId: str
    versionNumber: int


class Tags(TypedDict):
    tags: list[Json]
    cursor: str | None


class History(TypedDict):
    history: list[Json]
    cursor: str | None


class Named(TypedDict):
    name: str
    warnings: list[ProblemShape]


class TaskTypeDocument(TypedDict):
    name: str
    definition: Json
    createdAt: str
    updatedAt: str


class TaskTypes(TypedDict):
    taskTypes: list[Json]
    cursor: str | None


class Submitted(TypedDict):
    jobId: str


class JobDocument(TypedDict):
    jobId: str
    status: str
    workflowId: str
    workflow: str
    versionId: str
    versionNumber: int
    tag: str | None
    input: Any
    output: Any
    variables: Any
    reason: Any
    correlationId: str | None
    idempotencyKey: str | None
    taskCount: int
    priority: int
    taskToDomain: dict[str, str]
    submittedBy: str
    causeJobId: str | None
    event: str | None
    parentJobId: str | None
    parentTaskId: str | None
    failureJobId: str | None
    failedTaskId: str | None
    createdAt: str
    startedAt: str
    resumedAt: str | None
    updatedAt: str
    endedAt: str | None
    waitsForSlot: bool
    sequence: int
    position: int
    tasks: list[Json]
    waitingFor: list[Json]


class Jobs(TypedDict):
    jobs: list[Json]
    cursor: str | None


class JobChange(TypedDict):
    jobId: str
    status: str


class PolledTasks(TypedDict):
    tasks: list[Json]


class Update(TypedDict):
    accepted: bool
    status: str


class TaskLines(TypedDict):
    taskId: str


class Tasks(TypedDict):
    tasks: list[Json]
    cursor: str | None


class Hits(TypedDict):
    totalHits: int
    results: list[Json]


class Counts(TypedDict):
    statuses: dict[str, int]


class Series(TypedDict):
    results: list[Json]


class Queues(TypedDict):
    queues: list[Json]


class EventsPage(TypedDict):
    events: list[Json]
    next: int


class SubscriptionStart(TypedDict):
    subscription: str
    after: int


class SubscriptionEnd(TypedDict):
    subscription: str


class ReplaySteps(TypedDict):
    steps: list[Json]
    next: int | None


class ReplayVerdict(TypedDict):
    ok: bool
    jobs: int
    differences: list[Json]
    differencesFound: int


class Entries(TypedDict):
    entries: list[Json]
    cursor: str | None


class ChainVerdict(TypedDict):
    ok: bool
    events: int
    head: Json
    brokenAt: int | None
    problem: str | None


class TokenDocument(TypedDict):
    tokenId: str
    name: str
    scopes: list[str]
    createdAt: str
    createdBy: str
    expiresAt: str | None
    revokedAt: str | None


class TokenMade(TypedDict):
    tokenId: str
    name: str
    scopes: list[str]
    expiresAt: str | None
    token: str | None


class TokenChange(TypedDict):
    tokenId: str


class TokenDocuments(TypedDict):
    tokens: list[TokenDocument]


class BackupMade(TypedDict):
    """The secrets are not in the copy: their file and its key are named for who saves them."""

    path: str
    position: int
    hash: str
    secretsFile: str | None
    secretsKeyFile: str | None


class Rebuilt(TypedDict):
    position: int


class Health(TypedDict):
    ok: bool
    log: str
    why: str | None
    projections: str
    recovered: bool


class TaskTypeVerdict(TypedDict):
    valid: bool
    errors: list[ProblemShape]
    warnings: list[ProblemShape]


class EnvironmentValues(TypedDict):
    values: dict[str, str]


class Waited(TypedDict):
    jobId: str
    status: str
    met: str
    """``ended``, ``task``, ``event`` or ``time``."""
    taskId: str | None


class PinnedDefinition(TypedDict):
    jobId: str
    definition: Json
    taskTypes: dict[str, Json]
    """The settings that are pinned, by task type."""

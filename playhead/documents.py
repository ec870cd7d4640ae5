"""The documents of DESIGN's operations as a reader of answers sees them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

JobStatus = Literal["RUNNING", "PAUSED", "COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"]
TaskStatus = Literal[
    "SCHEDULED",
    "IN_PROGRESS",
    "COMPLETED",
    "COMPLETED_WITH_ERRORS",
    "FAILED",
    "FAILED_WITH_TERMINAL_ERROR",
    "TIMED_OUT",
    "CANCELED",
    "SKIPPED",
]
ENDED: frozenset[str] = frozenset({"COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"})
ENDING_EVENTS = ("JobCompleted", "JobFailed", "JobTimedOut", "JobTerminated")


class Tag(TypedDict):
    """Names a version by a tag."""

    tag: str


class Number(TypedDict):
    """Names a version by its number."""

    versionNumber: int


class Id(TypedDict):
    """Names a version by its identity."""

    versionId: str


Version = Tag | Number | Id


class AtPosition(TypedDict):
    """After the event at this position of the log."""

    position: int


class AtSequence(TypedDict):
    """After the job's n-th event."""

    sequence: int


class AtTime(TypedDict):
    """At an ISO 8601 time."""

    time: str


Moment = AtPosition | AtSequence | AtTime


class Registered(TypedDict):
    workflowId: str
    name: str


class AddedVersion(TypedDict):
    workflowId: str
    versionId: str
    versionNumber: int


class MovedTag(TypedDict):
    tag: str
    versionNumber: int
    previousVersionNumber: int | None


class PathProblem(TypedDict):
    path: str
    message: str


class Findings(TypedDict):
    valid: bool
    dialect: str | None
    errors: list[PathProblem]
    warnings: list[PathProblem]


class TaskDocument(TypedDict):
    """One attempt of one step. A poll answers some of these fields."""

    taskId: str
    jobId: str
    ref: str
    taskType: str
    attempt: int
    status: TaskStatus
    input: Any
    output: NotRequired[Any]
    reason: NotRequired[str | None]
    workerId: NotRequired[str | None]
    cachedFrom: NotRequired[str | None]
    pollCount: NotRequired[int]
    respondBySeconds: NotRequired[float | None]


class JobDocument(TypedDict):
    """A job, now or as it was."""

    jobId: str
    status: JobStatus
    workflow: str
    versionNumber: int
    versionId: str
    input: Any
    output: Any
    variables: Any
    reason: str | None
    failureJobId: str | None
    tasks: list[TaskDocument]
    waitingFor: list[dict[str, Any]]


class JobStanding(TypedDict):
    jobId: str
    status: JobStatus


class JobPage(TypedDict):
    jobs: list[dict[str, Any]]
    cursor: str | None


class TaskPage(TypedDict):
    tasks: list[TaskDocument]
    cursor: NotRequired[str | None]


class Update(TypedDict):
    """``accepted`` False: the attempt had ended already, in ``status``."""

    accepted: bool
    status: TaskStatus


class EventDocument(TypedDict):
    position: int
    stream: str
    sequence: int
    type: str
    at: str
    actor: str
    request: str | None
    cause: int | None
    data: dict[str, Any]

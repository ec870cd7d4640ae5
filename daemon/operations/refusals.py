"""Refusals and raised errors as error answers."""

from __future__ import annotations

from typing import Any

from daemon.decider.turn import Refusal, RefusalKind
from daemon.dialects.plan import Problem
from daemon.operations.calls import ErrorType, OperationError
from eventstore.store import Conflict, Damaged, EventStoreError, ReadOnly
from projections.errors import (
    BadCursor,
    BadLimit,
    BeforeBeginning,
    BeyondHead,
    ProjectionsClosed,
    ProjectionsFailing,
    UnknownJob,
    UnknownWorkflow,
)

_TYPES = {
    RefusalKind.NO_SUCH_JOB: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_TASK: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_STEP: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_WORKFLOW: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_VERSION: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_TASK_TYPE: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_EVENT_HANDLER: ErrorType.NOT_FOUND,
    RefusalKind.NO_SUCH_SCHEMA: ErrorType.NOT_FOUND,
    RefusalKind.NO_VERSION: ErrorType.NO_VERSION,
    RefusalKind.CONTRACT_BROKEN: ErrorType.CONTRACT_BROKEN,
    RefusalKind.TOO_LARGE: ErrorType.TOO_LARGE,
    RefusalKind.INVALID_DEFINITION: ErrorType.INVALID_DEFINITION,
    RefusalKind.NUMBER_TAKEN: ErrorType.CONFLICT,
    RefusalKind.NAME_TAKEN: ErrorType.CONFLICT,
    RefusalKind.KEY_TAKEN: ErrorType.CONFLICT,
    RefusalKind.ALREADY_SUBMITTED: ErrorType.CONFLICT,
    RefusalKind.SECRET_TAKEN: ErrorType.CONFLICT,
    RefusalKind.NO_SLOT: ErrorType.NO_SLOT,
    RefusalKind.NO_SUCH_SCHEDULE: ErrorType.NOT_FOUND,
}
"""Every other refusal means that the state does not allow it."""


def refused(refusal: Refusal) -> OperationError:
    data: dict[str, Any] = {"refusal": refusal.kind.value}
    if refusal.status is not None:
        data["status"] = refusal.status
    if refusal.kind is RefusalKind.NO_SLOT:
        data["retryable"] = True
    if refusal.problems:
        data["errors"] = problems_of(refusal.problems)
    return OperationError(_TYPES.get(refusal.kind, ErrorType.REFUSED), refusal.message, **data)


def problems_of(problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    return [{"path": one.path, "message": one.message, "kind": one.kind} for one in problems]


def invalid(path: str, message: str) -> OperationError:
    """A parameter is wrong. ``path`` is a JSON pointer into the parameters."""
    return OperationError(
        ErrorType.INVALID_PARAMS, f"{path}: {message}", errors=[{"path": path, "message": message}]
    )


def of_store(error: EventStoreError) -> OperationError:
    match error:
        case ReadOnly():
            return OperationError(ErrorType.READ_ONLY, error.why)
        case Conflict():
            return OperationError(ErrorType.CONFLICT, str(error), retryable=True)
        case Damaged():
            return OperationError(
                ErrorType.INTERNAL,
                f"the log is damaged: {error}. audit.verify says where; restore a backup",
                position=error.position,
            )
    return OperationError(ErrorType.UNKNOWN_OUTCOME, str(error), retryable=True)


def of_reading(error: Exception) -> OperationError | None:
    """What a read of the projections or of the past raised on purpose; None: a fault."""
    match error:
        case BadCursor():
            return OperationError(ErrorType.BAD_CURSOR, str(error))
        case BadLimit():
            return invalid("/limit", f"{error.limit} is not between 1 and {error.maximum}")
        case UnknownWorkflow() | UnknownJob() | BeforeBeginning():
            return OperationError(ErrorType.NOT_FOUND, str(error))
        case BeyondHead():
            return OperationError(ErrorType.BEYOND_HEAD, str(error))
        case ProjectionsFailing() | ProjectionsClosed():
            return OperationError(ErrorType.BUSY, str(error), retryable=True)
    return None

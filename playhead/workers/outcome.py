"""What a function's end means for its task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from playhead.documents import TaskStatus
from playhead.workers.task import InProgress, NonRetryable


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The parameters of ``task.update``."""

    status: TaskStatus
    output: Any = None
    reason: str | None = None
    callback_seconds: float | None = None


def of_result(result: object) -> Outcome:
    match result:
        case InProgress():
            return _as_json(
                Outcome(
                    status="IN_PROGRESS",
                    output=result.output,
                    callback_seconds=result.callback_seconds,
                )
            )
        case None:
            return Outcome(status="COMPLETED", output={})
        case Mapping():
            return _as_json(Outcome(status="COMPLETED", output=dict(result)))
        case _:
            kind = type(result).__name__
            return _terminal(f"the worker returned a {kind}; an output is a dict")


def of_error(error: Exception) -> Outcome:
    if isinstance(error, NonRetryable):
        return _terminal(str(error) or "the worker says that no other attempt can succeed")
    return Outcome(status="FAILED", reason=f"{type(error).__name__}: {error}")


def _as_json(outcome: Outcome) -> Outcome:
    try:
        orjson.dumps(outcome.output)
    except TypeError as error:
        return _terminal(f"the worker's output is not JSON: {error}")
    return outcome


def _terminal(reason: str) -> Outcome:
    return Outcome(status="FAILED_WITH_TERMINAL_ERROR", reason=reason)

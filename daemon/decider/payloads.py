"""Values that are too large (reference conductor.md §3.16): they are dropped, and whatever
they belong to fails and says so.

Measured is the JSON that the log would keep. The limits are pinned with the job's policy.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from orjson import dumps

from daemon.decider.commands import Report
from daemon.decider.turn import Refusal, RefusalKind, Turn
from daemon.dialects.plan import Fault, Schedule
from eventstore.events import TaskDecided, TaskStatus


def without_input(turn: Turn, step: Schedule, number: int) -> Schedule:
    """``step`` whose input is too large."""
    fault = task_fault(turn, number, step.input, turn.policy.max_task_input_bytes)
    return replace(step, input={}, fault=fault, done=None)


def without_output(turn: Turn, report: Report) -> Report:
    """The failure that stands for a result that is too large. Deciding about it again comes
    to the same."""
    fault = task_fault(turn, report.task, report.output, turn.policy.max_task_output_bytes)
    return replace(report, status=fault.status, output={}, reason=fault.reason, callback_seconds=0)


def fitting(turn: Turn, decided: TaskDecided) -> TaskDecided:
    """``decided``, or the failure that stands for it because its output is too large."""
    limit = turn.policy.max_task_output_bytes
    if len(dumps(decided.output)) <= limit:
        return decided
    fault = task_fault(turn, decided.task, decided.output, limit)
    return TaskDecided(
        task=decided.task,
        status=fault.status,
        replaces_output=True,
        output={},
        reason=fault.reason,
        more_input=decided.more_input,
    )


def task_fault(turn: Turn, number: int, value: Any, limit: int) -> Fault:
    state = turn.state
    return Fault(
        status=TaskStatus.FAILED_WITH_TERMINAL_ERROR,
        reason=f"The payload size: {len(dumps(value))} of task: {state.task_id(number)} in "
        f"workflow: {state.job_id}  is greater than the permissible limit: {limit} bytes",
    )


def too_large_output(turn: Turn, output: Any) -> str | None:
    """Why a job cannot end with ``output``; None: it can."""
    limit, size = turn.policy.max_output_bytes, len(dumps(output))
    if size <= limit:
        return None
    return (
        f"The payload size: {size} of workflow: {turn.state.job_id} is greater than the "
        f"permissible limit: {limit} bytes"
    )


def too_large_input(turn: Turn, given: Any) -> Refusal | None:
    limit, size = turn.policy.max_input_bytes, len(dumps(given))
    if size <= limit:
        return None
    return Refusal(
        kind=RefusalKind.TOO_LARGE,
        message=f"/input: {size} bytes, more than {limit} (jobs.max_input_bytes)",
    )


def too_large_variables(turn: Turn, variables: dict[str, Any]) -> Refusal | None:
    limit, size = turn.policy.max_variables_bytes, len(dumps(variables))
    if size <= limit:
        return None
    return Refusal(
        kind=RefusalKind.TOO_LARGE,
        message=f"the variables of job {turn.state.job_id} would have {size} bytes, more than "
        f"{limit} (payloads.max_variables_bytes)",
    )

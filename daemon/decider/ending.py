"""How a job ends: its output, its open tasks, the job that its failure starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from daemon.decider.children import end_child
from daemon.decider.identity import derived_job_id
from daemon.decider.payloads import too_large_output
from daemon.decider.state import TaskState
from daemon.decider.turn import Turn
from daemon.dialects.plan import Ending
from eventstore.events import (
    Event,
    FailureJobRequested,
    JobCompleted,
    JobFailed,
    JobStatus,
    JobTerminated,
    JobTimedOut,
    TaskCanceled,
    TaskDecided,
    TaskStatus,
)

BAD_ENDING_OF = {
    TaskStatus.CANCELED: JobStatus.TERMINATED,
    TaskStatus.TIMED_OUT: JobStatus.TIMED_OUT,
}
"""How a job ends because of a task; FAILED for every other status."""

_BAD_EVENTS: dict[JobStatus, Callable[..., Event]] = {
    JobStatus.FAILED: JobFailed,
    JobStatus.TIMED_OUT: JobTimedOut,
    JobStatus.TERMINATED: JobTerminated,
}


def complete(turn: Turn, *, output: Any = None, reason: str | None = None) -> None:
    given = turn.plan.output(turn.state) if output is None else output
    if too_large_output(turn, given) is not None:
        end_badly(turn, JobStatus.FAILED, reason, output=given)
        return
    broken = turn.plan.broken_promise(given)
    if broken is not None:
        end_badly(turn, JobStatus.FAILED, broken, output=given)
        return
    left = _stop(turn, JobStatus.COMPLETED, reason)
    turn.emit(JobCompleted(output=given, reason=reason, tasks=left))


def end_badly(
    turn: Turn,
    status: JobStatus,
    reason: Any,
    *,
    task: int | None = None,
    output: Any = None,
    starts_failure_job: bool = True,
) -> None:
    """The output is computed before anything is canceled, with the new status in sight
    (reference conductor.md §2.8, §3.9). One that is too large is dropped."""
    if output is None:
        output = turn.plan.output(replace(turn.state, status=status))
    too_large = too_large_output(turn, output)
    if too_large is not None:
        output, reason = {}, too_large if reason is None else f"{reason}. {too_large}"
    left = _stop(turn, status, reason)
    turn.emit(_BAD_EVENTS[status](output=output, reason=reason, failed_task=task, tasks=left))
    if starts_failure_job:
        _request_failure_job(turn, Ending(status=status, reason=reason, failed_task=task))


def _stop(turn: Turn, status: JobStatus, reason: Any) -> tuple[int, ...]:
    """Cancel what is open. Gives the ended tasks that nothing followed from any more."""
    why = f"Parent workflow has been terminated with status {status}"
    if reason:
        why = f"Parent workflow has been terminated with reason: {reason}"
    for number in sorted(turn.state.open) if turn.state.open else ():
        task = turn.task(number)
        turn.emit(_cancellation(turn, task))
        end_child(turn, task, why)
    left = tuple(turn.to_follow)
    turn.to_follow.clear()
    turn.to_begin.clear()
    return left


def _cancellation(turn: Turn, task: TaskState) -> Event:
    """A join and a loop keep what they had gathered (reference conductor.md §4)."""
    output = turn.plan.left(turn.state, task) if task.is_passive else None
    if output is None:
        return TaskCanceled(task=task.number)
    return TaskDecided(
        task=task.number, status=TaskStatus.CANCELED, replaces_output=True, output=output
    )


def _request_failure_job(turn: Turn, ending: Ending) -> None:
    wanted = turn.plan.failure(turn.state, ending)
    if wanted is None:
        return
    turn.emit(
        FailureJobRequested(
            job_id=derived_job_id(turn.state.frame.seed, turn.state.sequence + 1, turn.now),
            workflow=wanted.workflow,
            version_number=wanted.version_number,
            output_key=wanted.output_key,
            input=wanted.input,
        )
    )

"""How events about child jobs and evaluations change a job (see ``daemon.decider.evolve``)."""

from __future__ import annotations

from msgspec.structs import replace

from daemon.decider.admission import Admission
from daemon.decider.asked import Evaluation
from daemon.decider.evolve_job import running_again
from daemon.decider.indices import joins_counted, without
from daemon.decider.state import ChildRequest, ChildTermination, JobState
from daemon.decider.step import step, with_task
from eventstore.events import (
    ChildEnded,
    ChildRefused,
    ChildReopened,
    ChildRequested,
    ChildStarted,
    ChildTerminationRequested,
    EvaluationRequested,
    ExpressionEvaluated,
    JobStatus,
    TaskStatus,
)


def requested(state: JobState, event: ChildRequested, at: int, position: int) -> JobState:
    intent = ChildRequest(
        job_id=event.job_id,
        workflow=event.workflow,
        version_number=event.version_number,
        version_id=event.version_id,
        tag=event.tag,
        definition=event.definition,
        correlation_id=event.correlation_id,
        priority=event.priority,
        domains=event.domains,
        attached=event.attached,
        idempotency_key=event.idempotency_key,
        idempotency_strategy=event.idempotency_strategy,
        output_key=event.output_key,
        input=event.input,
        position=position,
    )
    task = replace(
        state.tasks[event.task],
        child=intent,
        child_job=event.job_id,
        status=TaskStatus.SCHEDULED,
        updated_at=at,
    )
    return with_task(state, at, position, task)


def started(state: JobState, event: ChildStarted, at: int, position: int) -> JobState:
    before = state.tasks[event.task]
    job_id = event.existing or event.job_id
    key = None if before.child is None else before.child.output_key
    task = replace(
        before,
        child=None,
        child_job=job_id,
        output=before.output if key is None else {key: job_id},
        status=TaskStatus.IN_PROGRESS,
        started_at=before.started_at or at,
        updated_at=at,
    )
    return with_task(state, at, position, task)


def refused(state: JobState, event: ChildRefused, at: int, position: int) -> JobState:
    task = replace(state.tasks[event.task], child=None, updated_at=at)
    return with_task(state, at, position, task)


def ended(state: JobState, event: ChildEnded, at: int, position: int) -> JobState:
    if event.job_id not in state.terminations:
        return step(state, at, position)
    return step(state, at, position, terminations=state.terminations.delete(event.job_id))


def reopened(state: JobState, event: ChildReopened, at: int, position: int) -> JobState:
    """The task that waits for the other job is open again, in place, and so is the job."""
    task = replace(
        state.tasks[event.task],
        status=TaskStatus.IN_PROGRESS,
        ended_at=None,
        reason=None,
        updated_at=at,
    )
    changes = running_again(at) if event.reopens_job else {}
    if event.reopens_job and state.admission is not None:
        changes["admission"] = Admission(held=event.slots)
    tasks = state.tasks.set(task.number, task)
    if task.ref in state.joined:
        tasks = joins_counted(state, tasks, task.ref, 1)
    return step(
        state,
        at,
        position,
        tasks=tasks,
        open=state.open.set(event.task, None),
        unsuccessful=without(state.unsuccessful, event.task),
        **changes,
    )


def termination_requested(
    state: JobState, event: ChildTerminationRequested, at: int, position: int
) -> JobState:
    wanted = ChildTermination(
        job_id=event.job_id, task=event.task, reason=event.reason, position=position
    )
    return step(state, at, position, terminations=state.terminations.set(event.job_id, wanted))


def evaluation_requested(
    state: JobState, event: EvaluationRequested, at: int, position: int
) -> JobState:
    evaluation = Evaluation(
        key=event.key,
        task=event.task,
        language=event.language,
        expression=event.expression,
        input=event.input,
        since=at,
    )
    return step(state, at, position, evaluations=state.evaluations.set(event.key, evaluation))


def evaluated(state: JobState, event: ExpressionEvaluated, at: int, position: int) -> JobState:
    """While the job is paused the answer is kept; the resume goes on with it."""
    if state.status is not JobStatus.PAUSED:
        return step(state, at, position, evaluations=state.evaluations.delete(event.key))
    kept = replace(state.evaluations[event.key], answer=event)
    return step(state, at, position, evaluations=state.evaluations.set(event.key, kept))

"""A task as it is handed to whoever carries it out."""

from __future__ import annotations

from typing import Any

from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned
from daemon.executors.handoff import Sources, bound, resolve, runtime_metadata


def task_order(
    pinned: Pinned, sources: Sources, state: JobState, task: TaskState
) -> dict[str, Any]:
    """The answer of ``task.poll`` for one task (DESIGN §6), plain JSON. Secrets and
    environment values are filled in here, on the way out, and nowhere else. Raises
    MissingSecret."""
    frame, made = state.frame, task.made
    step = pinned.plan.step(task.ref)
    config = None if step is None else step.config
    return {
        "taskId": state.task_id(task.number),
        "jobId": frame.job_id,
        "ref": task.ref,
        "name": made.name,
        "taskType": made.task_type,
        "kind": made.kind,
        "domain": made.domain,
        "attempt": made.attempt,
        "iteration": made.iteration,
        "pollCount": task.poll_count,
        "workflow": frame.workflow,
        "versionNumber": frame.version_number,
        "correlationId": frame.correlation_id,
        "priority": frame.priority,
        "respondBySeconds": _seconds_left(task),
        "input": resolve(made.input, sources, declared=pinned.deferred),
        **({} if config is None else {"config": config}),
        **(_told(pinned, sources, state, task) if pinned.is_told_secrets else {}),
    }


def _told(
    pinned: Pinned, sources: Sources, state: JobState, task: TaskState
) -> dict[str, dict[str, str]]:
    """What its type asks to be told and what its step binds; nothing for neither."""
    asked = pinned.plan.rules(state, task).runtime_metadata
    step = pinned.plan.step(task.ref)
    told = {
        "runtimeMetadata": runtime_metadata(
            (name for name in asked if name in pinned.metadata), sources
        ),
        "secrets": {} if step is None else bound(step.secrets, sources),
    }
    return {name: values for name, values in told.items() if values}


def _seconds_left(task: TaskState) -> float | None:
    """From the hand-out to the response deadline; None when there is none."""
    if task.respond_by is None:
        return None
    return (task.respond_by - task.updated_at) / 1_000_000

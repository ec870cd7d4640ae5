"""A task as it is handed to whoever carries it out."""

from __future__ import annotations

from daemon.decider.state import JobState, TaskState
from daemon.decider.turn import Pinned
from daemon.executors.handoff import Sources, bound, resolve, runtime_metadata
from daemon.queues.work_order import WorkOrder


def work_order(pinned: Pinned, sources: Sources, state: JobState, task: TaskState) -> WorkOrder:
    """Secrets and environment values are filled in here, on the way out, and nowhere else.
    Raises MissingSecret."""
    input = resolve(task.made.input, sources, declared=pinned.deferred)
    told = _told(pinned, sources, state, task) if pinned.is_told_secrets else {}
    return WorkOrder(pinned, state.frame, task, input, told)


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

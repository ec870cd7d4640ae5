"""Where tasks stand in their workflow: their places in its list, and which of them it went on
from (conductor.md §3, *executed*)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from daemon.gateway.asking import Ask
from daemon.operations.of_standing import STANDING

Json = dict[str, Any]

SKIPPED, TERMINATE = "SKIPPED", "TERMINATE"
CHOICES = ("SWITCH", "DECISION")
FORK = "FORK_JOIN"
ENDED_WELL = ("COMPLETED", "COMPLETED_WITH_ERRORS")


class Standing(NamedTuple):
    places: Mapping[str, int]
    """By task id, from 1; what was skipped in advance has none."""
    retried_at: Mapping[str, str]
    """By task id: when its next attempt was scheduled."""
    ended_last: list[Json]
    """What ended in the moment in which the workflow did, in the order of the list."""


def standing_of(job: Json) -> Standing:
    """Of every task of a whole document."""
    tasks = job["tasks"]
    listed = (one["taskId"] for one in tasks if one["status"] != SKIPPED)
    return Standing(
        places={task_id: place for place, task_id in enumerate(listed, start=1)},
        retried_at={one["retriedTaskId"]: one["scheduledAt"] for one in tasks},
        ended_last=[one for one in tasks if one["endedAt"] == job["endedAt"] is not None],
    )


async def standing_among(ask: Ask, job_id: str, tasks: Iterable[Json]) -> Standing:
    """Of some tasks of a job."""
    ids = [one["taskId"] for one in tasks]
    told = await ask.perform(STANDING, {"jobId": job_id, "taskIds": ids})
    return Standing(told["places"], told["retriedAt"], told["endedLast"])


def ended_it(job: Json, definition: Json, ended_last: Iterable[Json]) -> str | None:
    """The task with which the workflow ended, which it did not go on from: of those that
    ended in that moment a TERMINATE, or the one of a step behind which there is none."""
    well = [one for one in ended_last if one["status"] in ENDED_WELL]
    terminating = [one["taskId"] for one in well if one["taskType"] == TERMINATE]
    if terminating or job["status"] != "COMPLETED":
        return terminating[-1] if terminating else None
    last_steps = _last_of(definition.get("tasks"))
    named = [one["taskId"] for one in well if one["ref"] in last_steps]
    return next(reversed(named or [one["taskId"] for one in well]), None)


def _last_of(steps: Any) -> frozenset[str]:
    """The references of steps behind which there is none."""
    if not isinstance(steps, list) or not steps or not isinstance(steps[-1], dict):
        return frozenset()
    last = steps[-1]
    kind, ref = last.get("type"), str(last.get("taskReferenceName"))
    branches: list[Any] = []
    if kind in CHOICES:
        branches = [*(last.get("decisionCases") or {}).values(), last.get("defaultCase")]
    elif kind == FORK:
        branches = list(last.get("forkTasks") or ())
    return frozenset({ref}).union(*map(_last_of, branches))

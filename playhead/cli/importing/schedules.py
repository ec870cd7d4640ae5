"""A schedule of Conductor as the parameters of ``schedule.save`` (conductor.md §6.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def faults_of(schedule: Json) -> tuple[str, ...]:
    """What stands in the way before the daemon is asked, a sentence each."""
    start = schedule.get("startWorkflowRequest")
    faults = []
    if not isinstance(start, dict) or not start.get("name"):
        faults.append("/startWorkflowRequest/name: Workflow name cannot be null or empty")
    elif not isinstance(start.get("workflowDef") or {}, dict):
        faults.append("/startWorkflowRequest/workflowDef: a definition is a JSON object")
    if any(not one["cron"] for one in _crons(schedule)):
        faults.append("/cronExpression: a cron expression is needed")
    return tuple(faults)


def times_of(schedule: Json) -> Json:
    """The parameters of ``schedule.next``, which says whether the times can be read."""
    return {
        "crons": _crons(schedule),
        "startsAt": _iso(schedule.get("scheduleStartTime")),
        "endsAt": _iso(schedule.get("scheduleEndTime")),
    }


def parameters_of(schedule: Json) -> Json:
    """For a schedule without faults."""
    start = schedule["startWorkflowRequest"]
    own = start.get("workflowDef")
    version = None if own else start.get("version")
    return {
        **times_of(schedule),
        "name": schedule.get("name"),
        "workflow": start["name"],
        "version": {"versionNumber": version} if version else None,
        "definition": {"name": start["name"], **own} if own else None,
        "input": start.get("input") or {},
        "correlationId": start.get("correlationId"),
        "idempotencyKey": start.get("idempotencyKey") or None,
        "idempotencyStrategy": start.get("idempotencyStrategy"),
        "priority": start.get("priority") or 0,
        "taskToDomain": start.get("taskToDomain") or {},
        "tellsJob": True,
        "catchesUp": bool(schedule.get("runCatchupScheduleInstances")),
        "paused": bool(schedule.get("paused")),
        "pausedReason": schedule.get("pausedReason"),
        "description": schedule.get("description"),
    }


def _crons(schedule: Json) -> list[Json]:
    """Several, if there are, come before a single one."""
    several = schedule.get("cronSchedules")
    given = several if isinstance(several, list) and several else [schedule]
    usual = schedule.get("zoneId") or "UTC"
    return [
        {"cron": one.get("cronExpression"), "zone": one.get("zoneId") or usual}
        for one in given
        if isinstance(one, dict)
    ]


def _iso(milliseconds: Any) -> str | None:
    """0 is no time."""
    if not isinstance(milliseconds, int) or not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()

"""The scheduler (conductor.md §6.6, conductor-clients.md /scheduler). Times are epoch
milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from daemon.gateway.asking import Ask, HttpError, bad_request
from daemon.gateway.conductor.bodies import body_in, list_in, needed, read_as
from daemon.gateway.conductor.bulk import Bulk
from daemon.gateway.conductor.documents import milliseconds, without_nulls
from daemon.gateway.conductor.errors import not_found
from daemon.gateway.conductor.querying import conditions, orders
from daemon.gateway.conductor.starting import Start
from daemon.gateway.conductor.table import OK, route
from daemon.gateway.conductor.violations import checked_at, invalid_at
from daemon.gateway.messages import Response, json_response
from daemon.gateway.running import CallFailed

Json = dict[str, Any]

ONE = "/scheduler/schedules/{name}"
PLACE = "createOrUpdateSchedule.arg0"
PAGE = 100
MOST_TIMES = 5
"""So many next times are told at most, whatever is asked for."""
ANY_TEXT = "*"
STATES = {"ASKED": "POLLED", "STARTED": "EXECUTED", "REFUSED": "FAILED"}
SCHEDULE_FIELDS = {
    "name": "name",
    "scheduleName": "name",
    "workflowName": "workflow",
    "paused": "paused",
    "createTime": "createdAt",
    "updatedTime": "updatedAt",
}
RUN_FIELDS = {
    "executionId": "jobId",
    "workflowId": "jobId",
    "scheduleName": "schedule",
    "workflowName": "workflow",
    "workflowType": "workflow",
    "state": "state",
    "status": "state",
    "scheduledTime": "dueAt",
    "executionTime": "firedAt",
    "startTime": "firedAt",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OneCron(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    cron_expression: str | None = None
    zone_id: str | None = None


class Saved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """SaveScheduleRequest. What it has beyond this is passed over, as by Conductor."""

    name: str | None = None
    cron_expression: str | None = None
    zone_id: str | None = None
    cron_schedules: list[OneCron] | None = None
    start_workflow_request: Start | None = None
    run_catchup_schedule_instances: bool | None = False
    paused: bool | None = False
    paused_reason: str | None = None
    schedule_start_time: int | None = None
    schedule_end_time: int | None = None
    description: str | None = None


# schedules


@route("POST", "/scheduler/schedules", "createOrUpdateSchedule", "Save a schedule")
async def save(ask: Ask) -> Response:
    saved = read_as(Saved, body_in(ask))
    start = _start_of(saved)
    crons = _crons_of(saved)
    definition = None
    if start.workflow_def is not None:
        definition = {"name": start.name, **start.workflow_def}
    keeping = ask.call(
        "schedule.save",
        name=saved.name,
        crons=crons,
        workflow=start.name,
        version={"versionNumber": start.version} if start.version and not definition else None,
        definition=definition,
        input=start.input or {},
        correlationId=start.correlation_id,
        idempotencyKey=start.idempotency_key or None,
        idempotencyStrategy=start.idempotency_strategy,
        priority=start.priority or 0,
        taskToDomain=start.task_to_domain or {},
        tellsJob=True,
        catchesUp=bool(saved.run_catchup_schedule_instances),
        paused=bool(saved.paused),
        pausedReason=saved.paused_reason,
        startsAt=_iso(saved.schedule_start_time),
        endsAt=_iso(saved.schedule_end_time),
        description=saved.description,
    )
    await checked_at(f"{PLACE}.startWorkflowRequest.workflowDef", definition, keeping)
    return json_response(_document(await ask.inside("schedule.get", name=saved.name)))


@route("GET", "/scheduler/schedules", "getAllSchedules", "Every schedule, or those of a workflow")
async def get_all(ask: Ask) -> Response:
    found: list[Json] = []
    cursor = None
    while True:
        page = await ask.call("schedule.list", workflow=ask.text("workflowName"), cursor=cursor)
        found += [_document(one) for one in page["schedules"]]
        cursor = page["cursor"]
        if cursor is None:
            return json_response(found)


@route("GET", "/scheduler/schedules/search", "searchSchedules", "Look for schedules")
async def search(ask: Ask) -> Response:
    where = [
        {"field": field, "test": "=", "values": [value]}
        for field, value in (
            ("workflow", ask.text("workflowName")),
            ("name", ask.text("scheduleName")),
            ("paused", int(ask.flag("paused", False)) if ask.text("paused") else None),
        )
        if value is not None
    ]
    found = await _found(ask, "schedule.search", where, SCHEDULE_FIELDS)
    return _results(found, [_document(one) for one in found["results"]])


@route("GET", ONE, "getSchedule", "One schedule")
async def get(ask: Ask) -> Response:
    """One that is not there is an empty 200, which the clients know."""
    try:
        found = await ask.call("schedule.get", name=ask.parts["name"])
    except CallFailed as failed:
        if failed.type != "notFound":
            raise
        return OK
    return json_response(_document(found))


@route("DELETE", ONE, "deleteSchedule", "Forget a schedule")
async def delete(ask: Ask) -> Response:
    """One that is not there is forgotten already."""
    try:
        await ask.call("schedule.delete", name=ask.parts["name"])
    except CallFailed as failed:
        if failed.type != "notFound":
            raise
    return OK


async def pause(ask: Ask) -> Response:
    await _pause(ask, ask.parts["name"], ask.text("reason"))
    return OK


async def resume(ask: Ask) -> Response:
    await _resume(ask, ask.parts["name"])
    return OK


for _method in ("PUT", "GET"):  # clients of different ages call the one or the other
    _suffix = "" if _method == "PUT" else "ByGet"
    route(_method, f"{ONE}/pause", f"pauseSchedule{_suffix}", "Pause a schedule")(pause)
    route(_method, f"{ONE}/resume", f"resumeSchedule{_suffix}", "Go on with a schedule")(resume)


@route("PUT", "/scheduler/bulk/pause", "pauseSchedules", "Pause schedules")
async def pause_many(ask: Ask) -> Response:
    bulk = Bulk()
    for name in _names(ask, "pauseSchedules"):
        await bulk.did(name, _pause(ask, name, None))
    return bulk.response()


@route("PUT", "/scheduler/bulk/resume", "resumeSchedules", "Go on with schedules")
async def resume_many(ask: Ask) -> Response:
    bulk = Bulk()
    for name in _names(ask, "resumeSchedules"):
        await bulk.did(name, _resume(ask, name))
    return bulk.response()


async def _pause(ask: Ask, name: str, reason: str | None) -> None:
    try:
        await ask.call("schedule.pause", name=name, reason=reason)
    except CallFailed as failed:
        if failed.type != "notFound":
            raise
        raise not_found(f"Schedule '{name}' not found") from failed


async def _resume(ask: Ask, name: str) -> None:
    try:
        await ask.call("schedule.resume", name=name)
    except CallFailed as failed:
        if failed.type not in ("notFound", "refused"):
            raise
        raise not_found(f"Schedule '{name}' not found") from failed


def _names(ask: Ask, place: str) -> list[str]:
    given = list_in(ask, f"{place}.arg0", "Schedule names list cannot be null.")
    if not all(isinstance(one, str) and one for one in given):
        raise bad_request("the body is a JSON array of schedule names")
    return given


# times


@route("GET", "/scheduler/nextFewSchedules", "getNextFewSchedules", "The next times")
async def next_few(ask: Ask) -> Response:
    """In UTC, as the original has it: no zone is asked for."""
    limit = min(ask.whole("limit", MOST_TIMES, least=1), MOST_TIMES)
    found = await ask.call(
        "schedule.next",
        crons=[{"cron": needed(ask, "cronExpression")}],
        startsAt=_iso(ask.whole("scheduleStartTime", 0) or None),
        endsAt=_iso(ask.whole("scheduleEndTime", 0) or None),
        limit=limit,
    )
    return json_response([milliseconds(one) for one in found["times"]])


# all of them


@route("GET", "/scheduler/admin/pause", "pauseAllSchedules", "Start nothing by any schedule")
async def pause_all(ask: Ask) -> Response:
    return json_response(await ask.call("schedule.pauseAll"))


@route("GET", "/scheduler/admin/resume", "resumeAllSchedules", "Go on with all schedules")
async def resume_all(ask: Ask) -> Response:
    return json_response(await ask.call("schedule.resumeAll"))


@route("GET", "/scheduler/admin/requeue", "requeueAllExecutionRecords", "Nothing is ever lost")
async def requeue(ask: Ask) -> Response:
    """There are no records that could be left over: what is due is found in the log."""
    await ask.call("schedule.status")
    return json_response({"recordIds.size": 0, "sampleIds": []})


# what was started


@route("GET", "/scheduler/search/executions", "searchScheduledExecutions", "What was started")
async def search_executions(ask: Ask) -> Response:
    """A query that cannot be read finds nothing (observed on Conductor 3.32.3)."""
    try:
        where = conditions(ask.text("query"), RUN_FIELDS)
    except HttpError:
        return json_response({"totalHits": 0, "results": []})
    for one in where:
        if one["field"] == "state":
            one["values"] = [_own_state(value) for value in one["values"]]
    found = await _found(ask, "schedule.executions", where, RUN_FIELDS)
    return _results(found, [await _run(ask, one) for one in found["results"]])


async def _run(ask: Ask, run: Json) -> Json:
    started = run["state"] == "STARTED"
    document = {
        "executionId": run["jobId"],
        "scheduleName": run["schedule"],
        "scheduledTime": milliseconds(run["dueAt"]),
        "executionTime": milliseconds(run["firedAt"]),
        "workflowName": run["workflow"],
        "workflowId": run["jobId"] if started else None,
        "reason": run["reason"],
        "startWorkflowRequest": await _asked_for(ask, run["schedule"]),
        "state": STATES[run["state"]],
        "zoneId": run["zone"],
    }
    return without_nulls(document)


async def _asked_for(ask: Ask, name: str) -> Json | None:
    """What the schedule asks for now; nothing once it is gone."""
    try:
        found = await ask.inside("schedule.get", name=name)
    except CallFailed as failed:
        if failed.type == "notFound":
            return None
        raise
    asked: Json = _document(found)["startWorkflowRequest"]
    return asked


async def _found(ask: Ask, method: str, where: list[Json], fields: dict[str, str]) -> Json:
    text = ask.text("freeText")
    found: Json = await ask.call(
        method,
        where=where,
        text=None if text in (None, ANY_TEXT) else text,
        sort=orders(ask.text("sort"), fields),
        start=ask.whole("start", 0),
        size=ask.whole("size", PAGE),
    )
    return found


def _results(found: Json, results: list[Json]) -> Response:
    return json_response({"totalHits": found["totalHits"], "results": results})


def _own_state(value: str) -> str:
    return next((own for own, theirs in STATES.items() if theirs == value.upper()), value)


# reading and showing


def _start_of(saved: Saved) -> Start:
    """What is to be started. Raises HttpError."""
    start = saved.start_workflow_request
    problems = {}
    if not saved.name:
        problems["name"] = "Schedule name cannot be null or empty"
    if start is None or not start.name:
        problems["startWorkflowRequest.name"] = "Workflow name cannot be null or empty"
    if problems:
        raise invalid_at(PLACE, problems, {})
    assert start is not None, "its name is there"
    return start


def _crons_of(saved: Saved) -> list[Json]:
    """Several, if there are, come before a single one."""
    zone = saved.zone_id or "UTC"
    given = saved.cron_schedules or [
        OneCron(cron_expression=saved.cron_expression, zone_id=saved.zone_id)
    ]
    if any(not one.cron_expression for one in given):
        message = "a cron expression is needed"
        raise invalid_at(PLACE, {"cronExpression": message}, {})
    return [{"cron": one.cron_expression, "zone": one.zone_id or zone} for one in given]


def _document(found: Json) -> Json:
    """WorkflowSchedule."""
    crons = found["crons"]
    several = len(crons) > 1
    shown = [{"cronExpression": one["cron"], "zoneId": one["zone"]} for one in crons]
    start = {
        "name": found["workflow"],
        "version": (found["version"] or {}).get("versionNumber"),
        "workflowDef": found["definition"],
        "input": found["input"] if found["input"] is not None else {},
        "correlationId": found["correlationId"],
        "idempotencyKey": found["idempotencyKey"],
        "idempotencyStrategy": found["idempotencyStrategy"],
        "priority": found["priority"],
        "taskToDomain": found["taskToDomain"],
    }
    document = {
        "name": found["name"],
        **({"cronSchedules": shown} if several else shown[0]),
        "runCatchupScheduleInstances": found["catchesUp"],
        "paused": found["paused"],
        "pausedReason": found["pausedReason"],
        "startWorkflowRequest": without_nulls(start),
        "scheduleStartTime": _milliseconds(found["startsAt"]),
        "scheduleEndTime": _milliseconds(found["endsAt"]),
        "createTime": milliseconds(found["createdAt"]),
        "updatedTime": milliseconds(found["updatedAt"]),
        "createdBy": found["createdBy"],
        "updatedBy": found["updatedBy"],
        "description": found["description"],
        "nextRunTime": _milliseconds(found["nextAt"]),
    }
    return without_nulls(document)


def _milliseconds(moment: str | None) -> int | None:
    return None if moment is None else milliseconds(moment)


def _iso(moment: int | None) -> str | None:
    if moment is None:
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=moment)).isoformat()
    except OverflowError:
        raise bad_request(f"{moment} is no time in milliseconds since 1970") from None

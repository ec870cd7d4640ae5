"""``schedule.*``: jobs that start by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daemon.decider.schedules import Schedule
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal, RefusalKind
from daemon.operations import parameters as p
from daemon.operations import parameters_of_schedules as ps
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.noting import unchanged
from daemon.operations.of_workflows import usable_definition
from daemon.operations.refusals import invalid, refused
from daemon.operations.searching import query_of
from daemon.operations.times import time_of
from daemon.reactor.changing import Changed
from daemon.reactor.starts import Selector
from daemon.timers.calendar import UnknownZone, calendar_of
from daemon.timers.cron import BadCron
from daemon.timers.due import after_of
from eventstore.events import (
    Event,
    ScheduleDeleted,
    ScheduleJobRefused,
    SchedulePaused,
    ScheduleResumed,
    SchedulerPaused,
    SchedulerResumed,
    ScheduleSaved,
)
from projections.search import RUNS, SCHEDULES
from projections.times import iso, iso_or_none


def save(house: House, call: Call, asked: ps.ScheduleSave) -> Answer:
    """A schedule of that name is replaced as a whole."""
    _check_crons(asked.crons)
    starts_at, ends_at = _bounds(asked.starts_at, asked.ends_at)
    selector = asked.version or Selector()
    definition = None if asked.definition is None else usable_definition(house, asked.definition)
    if definition is not None and asked.version is not None:
        raise invalid("/version", "a definition of its own has no version: leave out one of them")
    saved = ScheduleSaved(
        name=asked.name,
        crons=tuple(one.cron for one in asked.crons),
        zones=tuple(one.zone for one in asked.crons),
        workflow=asked.workflow,
        tag=selector.tag,
        version_number=selector.version_number,
        version_id=selector.version_id,
        correlation_id=asked.correlation_id,
        idempotency_key=asked.idempotency_key,
        idempotency_strategy=asked.idempotency_strategy and asked.idempotency_strategy.value,
        priority=asked.priority,
        domains=asked.task_to_domain,
        tells_job=asked.tells_job,
        catches_up=asked.catches_up,
        starts_at=starts_at,
        ends_at=ends_at,
        description=asked.description,
        paused=asked.paused,
        input=asked.input,
        paused_reason=asked.paused_reason if asked.paused else None,
        definition=definition,
    )
    return _written(house.schedules.save(saved, call.context))


def saved(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, ScheduleSaved)
    return {"name": event.name, "nextAt": iso_or_none(event.next_at)}


def pause(house: House, call: Call, asked: ps.SchedulePause) -> Answer:
    done = house.schedules.pause(asked.name, asked.reason, call.context)
    if isinstance(done, Refusal) and done.kind is RefusalKind.NOTHING_TO_CHANGE:
        return unchanged(
            call,
            {},
            lambda noted: house.schedules.note(asked.name, noted, call.context),
        )
    return _written(done)


def resume(house: House, call: Call, asked: ps.ScheduleChange) -> Answer:
    return _written(house.schedules.resume(asked.name, call.context))


def delete(house: House, call: Call, asked: ps.ScheduleChange) -> Answer:
    return _written(house.schedules.delete(asked.name, call.context))


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    assert isinstance(events[0], SchedulePaused | ScheduleResumed | ScheduleDeleted)
    return {}


def pause_all(house: House, call: Call, asked: ps.AllSchedules) -> Answer:
    return _written(house.schedules.pause_all(call.context))


def resume_all(house: House, call: Call, asked: ps.AllSchedules) -> Answer:
    return _written(house.schedules.resume_all(call.context))


def all_changed(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, SchedulerPaused | SchedulerResumed)
    return {"paused": isinstance(event, SchedulerPaused)}


def scheduler(house: House, call: Call, asked: p.Nothing) -> Answer:
    return {"paused": house.schedules.paused}


def get(house: House, call: Call, asked: ps.OneSchedule) -> Answer:
    return _get(house, asked.name)


async def _get(house: House, name: str) -> Result:
    state = await house.schedules.find(name)
    if state is None:
        raise OperationError(ErrorType.NOT_FOUND, f"there is no schedule {name!r}")
    return _document(state)


def list_schedules(house: House, call: Call, asked: ps.ScheduleList) -> Answer:
    return _list(house, asked)


async def _list(house: House, asked: ps.ScheduleList) -> Result:
    page = await house.read_models.schedule_list(
        asked.workflow, limit=asked.limit, cursor=asked.cursor
    )
    return {**page, "schedules": await _documents(house, page["schedules"])}


def search(house: House, call: Call, asked: p.Search) -> Answer:
    return _search(house, asked)


async def _search(house: House, asked: p.Search) -> Result:
    rows, total = await house.read_models.search(SCHEDULES, query_of(house, SCHEDULES, asked))
    return {"totalHits": total, "results": await _documents(house, rows)}


async def _documents(house: House, rows: Sequence[Result]) -> list[Result]:
    """One that was deleted since its row was read is left out."""
    found = [await house.schedules.find(row["name"]) for row in rows]
    return [_document(state) for state in found if state is not None]


def executions(house: House, call: Call, asked: p.Search) -> Answer:
    return _executions(house, asked)


async def _executions(house: House, asked: p.Search) -> Result:
    rows, total = await house.read_models.search(RUNS, query_of(house, RUNS, asked))
    return {"totalHits": total, "results": [await _run(house, row) for row in rows]}


async def _run(house: House, row: Result) -> Result:
    """Why a job was refused is user data: it stands in the log only."""
    answered = row.pop("answerPosition")
    row.pop("position")
    reason = None
    if row["state"] == "REFUSED":
        [recorded] = await house.store.read_all(after=answered - 1, limit=1)
        assert isinstance(recorded.event, ScheduleJobRefused)
        reason = recorded.event.reason
    return {**row, "reason": reason}


def next_times(house: House, call: Call, asked: ps.ScheduleNext) -> Answer:
    _check_crons(asked.crons)
    starts_at, ends_at = _bounds(asked.starts_at, asked.ends_at)
    after = after_of(
        ScheduleSaved(
            name="",
            crons=tuple(one.cron for one in asked.crons),
            zones=tuple(one.zone for one in asked.crons),
            workflow="",
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    times: list[str] = []
    moment = house.store.now()
    while len(times) < asked.limit and (due := after(moment)) is not None:
        times.append(iso(due.at))
        moment = due.at
    return {"times": times}


def _check_crons(crons: Sequence[ps.Cron]) -> None:
    """Raises OperationError with the place of what is wrong."""
    for place, one in enumerate(crons):
        try:
            calendar = calendar_of(one.cron, one.zone)
        except BadCron as error:
            raise invalid(f"/crons/{place}/cron", str(error)) from error
        except UnknownZone as error:
            raise invalid(f"/crons/{place}/zone", str(error)) from error
        if calendar.after(0) is None:
            raise invalid(f"/crons/{place}/cron", f"{one.cron!r} never comes due")


def _bounds(starts: str | None, ends: str | None) -> tuple[int | None, int | None]:
    starts_at, ends_at = time_of(starts, "/startsAt"), time_of(ends, "/endsAt")
    if starts_at is not None and ends_at is not None and ends_at < starts_at:
        raise invalid("/endsAt", f"{ends} is before startsAt")
    return starts_at, ends_at


def _written(done: Changed | Refusal) -> Answer:
    if isinstance(done, Refusal):
        raise refused(done)
    return Written(done.position.last, done.events)


def _document(state: Schedule) -> Result:
    saved = state.saved
    return {
        "name": saved.name,
        "crons": [
            {"cron": cron, "zone": zone}
            for cron, zone in zip(saved.crons, saved.zones, strict=True)
        ],
        "workflow": saved.workflow,
        "version": _version(saved),
        "definition": saved.definition,
        "input": saved.input,
        "correlationId": saved.correlation_id,
        "idempotencyKey": saved.idempotency_key,
        "idempotencyStrategy": saved.idempotency_strategy,
        "priority": saved.priority,
        "taskToDomain": saved.domains,
        "tellsJob": saved.tells_job,
        "catchesUp": saved.catches_up,
        "paused": state.paused,
        "pausedReason": state.paused_reason,
        "startsAt": iso_or_none(saved.starts_at),
        "endsAt": iso_or_none(saved.ends_at),
        "description": saved.description,
        "nextAt": None if state.paused else iso_or_none(state.next_at),
        "createdAt": iso(state.created_at),
        "createdBy": state.created_by,
        "updatedAt": iso(state.updated_at),
        "updatedBy": state.updated_by,
    }


def _version(saved: ScheduleSaved) -> dict[str, Any] | None:
    named = {
        "tag": saved.tag,
        "versionNumber": saved.version_number,
        "versionId": saved.version_id,
    }
    return {name: value for name, value in named.items() if value is not None} or None

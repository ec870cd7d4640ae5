"""Jobs as they were: ``job.get {at}``, ``replay.*``, ``audit.*``."""

from __future__ import annotations

from daemon.operations import parameters as p
from daemon.operations.answering import Answer, Call
from daemon.operations.calls import Result
from daemon.operations.documents import job_document
from daemon.operations.house import House
from daemon.operations.of_events import known_types
from daemon.operations.refusals import invalid
from daemon.operations.times import time_of
from projections import replay
from projections.audit import AuditFilter
from projections.replay import AtPosition, AtSequence, AtTime, Point
from projections.verify import Scope
from projections.verify import verify as verify_projections


async def job_at(house: House, job_id: str, at: p.Moment, *, with_tasks: bool) -> Result:
    """The document after the job's last event at or before ``at``."""
    point = _point(at)
    state = await replay.job_at(house.store, job_id, point, now=house.store.now())
    return job_document(state, house.inside.task_types, with_tasks=with_tasks)


def _point(at: p.Moment) -> Point:
    match (at.position, at.sequence, time_of(at.time, "/at/time")):
        case (int() as position, None, None):
            return AtPosition(position=position)
        case (None, int() as sequence, None):
            return AtSequence(sequence=sequence)
        case (None, None, int() as time):
            return AtTime(at=time)
    raise invalid("/at", 'say exactly one of {"position"}, {"sequence"}, {"time"}')


def replay_job(house: House, call: Call, asked: p.ReplayJob) -> Answer:
    if asked.from_ is not None and asked.to is not None and asked.from_ > asked.to:
        raise invalid("/to", f"{asked.to} is before /from, {asked.from_}")
    return replay.replay_job(
        house.store,
        asked.job_id,
        lambda state: job_document(state, house.inside.task_types),
        first=None if asked.from_ is None else AtSequence(sequence=asked.from_),
        last=None if asked.to is None else AtSequence(sequence=asked.to),
        limit=house.bounds.replay_steps,
    )


def replay_verify(house: House, call: Call, asked: p.ReplayVerify) -> Answer:
    scope = Scope(max_differences=house.bounds.max_differences)
    return verify_projections(house.store, house.read_models.read, job_id=asked.job_id, scope=scope)


def audit_query(house: House, call: Call, asked: p.AuditQuery) -> Answer:
    wanted = AuditFilter(
        actor=asked.actor,
        workflow=asked.workflow,
        job=asked.job,
        tag=asked.tag,
        types=tuple(sorted(known_types(asked.types))),
        since=time_of(asked.since, "/since"),
        until=time_of(asked.until, "/until"),
    )
    return house.read_models.audit_query(wanted, limit=asked.limit, cursor=asked.cursor)


async def audit_verify(house: House, call: Call, asked: p.Nothing) -> Result:
    verdict = await house.store.verify()
    return {
        "ok": verdict.ok,
        "events": verdict.events,
        "head": {"position": verdict.head.position, "hash": verdict.head.hash.hex()},
        "brokenAt": verdict.broken_at,
        "problem": verdict.problem,
    }

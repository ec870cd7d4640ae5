"""``job.wait``, ``job.definition`` and ``environment.list``."""

from __future__ import annotations

from daemon.decider.state import JobState
from daemon.operations import parameters as p
from daemon.operations.answering import LATER, Answer, Call
from daemon.operations.house import House
from daemon.operations.of_jobs import no_such_job
from daemon.operations.waits import Sought


def wait(house: House, call: Call, asked: p.JobWait) -> Answer:
    """At most ``jobs.max_wait_seconds``, whatever is asked for."""
    state = _durable(house, asked.job_id)
    sought = Sought(
        refs=frozenset(asked.refs),
        task_types=frozenset(asked.task_types),
        after=asked.after_sequence,
    )
    seconds = min(asked.wait_seconds, house.bounds.max_job_wait_seconds)
    house.waits.begin(state, sought, seconds, call.reply, call.peer.session)
    return LATER


def definition(house: House, call: Call, asked: p.JobDefinition) -> Answer:
    frame = _durable(house, asked.job_id).frame
    return {
        "jobId": frame.job_id,
        "definition": house.shelf.definition(frame.definition),
        "taskTypes": house.shelf.pins(frame.pins).task_types,
    }


def environment(house: House, call: Call, asked: p.Nothing) -> Answer:
    return {"values": dict(house.reactor.sources.env)}


def _durable(house: House, job_id: str) -> JobState:
    state = house.jobs.cell(job_id).durable
    if state is None:
        raise no_such_job(job_id)
    return state

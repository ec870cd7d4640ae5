"""Following a job to its end."""

from __future__ import annotations

import math
import time
from typing import Any

from playhead.cli.commands.events import print_event
from playhead.cli.commands.job_view import show_job
from playhead.cli.exits import Exit, of_ended_job
from playhead.cli.failing import CommandFailed, explained
from playhead.cli.session import Session
from playhead.documents import ENDED, ENDING_EVENTS
from playhead.errors import CallTimedOut, PlayheadError


def submit(session: Session) -> int:
    asked = session.asked
    job_id = session.call(
        "job.submit",
        workflow=asked.workflow,
        version=asked.version,
        input=asked.input,
        correlationId=asked.correlation_id,
        idempotencyKey=asked.idempotency_key,
        idempotencyStrategy=asked.idempotency_strategy,
        priority=asked.priority,
    )["jobId"]
    if asked.wait is None:
        if session.output.as_json:
            session.output.json({"jobId": job_id})
        else:
            session.output.line(job_id)
        return Exit.OK
    job = _until_ended(session, job_id, seconds=asked.wait, after=None)
    show_job(session, job)
    return of_ended_job(job["status"])


def watch(session: Session) -> int:
    """Print what happened so far, then what happens."""
    job = session.call("job.get", jobId=session.asked.job)
    job = _until_ended(session, job["jobId"], seconds=math.inf, after=0)
    if not session.output.as_json:
        session.output.line(f"Job {job['jobId']} is {job['status']}.")
    return of_ended_job(job["status"])


def _until_ended(session: Session, job_id: str, *, seconds: float, after: int | None) -> Any:
    """The job's document once it has ended. With ``after``, print its events behind that
    position, whatever their type."""
    deadline = None if math.isinf(seconds) else time.monotonic() + seconds
    types = ENDING_EVENTS if after is None else None
    stream = f"job/{job_id}"
    session.call("events.subscribe", after=after, stream=stream, types=types)
    while True:
        job = session.call("job.get", jobId=job_id)
        if job["status"] in ENDED and (after is None or after >= job["position"]):
            return job
        while True:
            event = _next_event(session, job_id, deadline, seconds)
            if after is not None:
                after = event["position"]
                print_event(session, event)
            if event["type"] in ENDING_EVENTS or after == job["position"]:
                break


def _next_event(
    session: Session, job_id: str, deadline: float | None, seconds: float
) -> dict[str, Any]:
    watching = f"playhead job watch {job_id}"
    try:
        method, params = session.link().next_notification(deadline=deadline)
    except CallTimedOut as error:
        raise CommandFailed(
            Exit.TIMED_OUT,
            f"job {job_id} did not end within {seconds:g} seconds",
            why="it goes on; this command only waited for it",
            next=watching,
        ) from error
    except PlayheadError as error:
        failure = explained(error, "events.subscribe")
        failure.next = watching
        raise failure from error
    if method != "events.event":
        raise CommandFailed(
            Exit.FAILURE,
            "the daemon ended the subscription",
            why=str(params.get("reason")),
            next=watching,
        )
    event: dict[str, Any] = params["event"]
    return event

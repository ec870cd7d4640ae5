"""A record of the log as audit and replay show it."""

from __future__ import annotations

from typing import Any

import msgspec

from eventstore.events import Event
from eventstore.store import Recorded
from projections.jobs import STREAMS, job_of
from projections.times import iso


def entry(recorded: Recorded) -> dict[str, Any]:
    """Who, what, when, asked by which request and because of which position. ``data`` is
    the event's structure; the values of users stay in the log."""
    return {
        "position": recorded.position,
        "at": iso(recorded.at),
        "actor": recorded.actor,
        "type": recorded.type,
        "stream": recorded.stream,
        "sequence": recorded.sequence,
        "jobId": job_of(recorded) if recorded.stream.startswith(STREAMS) else None,
        "request": recorded.request,
        "cause": recorded.cause,
        "trace": recorded.trace,
        "data": structure(recorded.event),
    }


def structure(event: Event) -> dict[str, Any]:
    """The fields that are no values and are set, in camelCase."""
    shown = [name for name in event.__struct_fields__ if name not in event.values]
    found = ((name, getattr(event, name)) for name in shown)
    return {camel(name): msgspec.to_builtins(value) for name, value in found if value is not None}


def camel(name: str) -> str:
    """``task_type`` as JSON has it: ``taskType``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

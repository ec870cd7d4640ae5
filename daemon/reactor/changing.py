"""Small changes of streams other than jobs, on their way to the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from daemon.reactor.jobs import NO_DOCUMENTS, Context
from eventstore.events import Event
from eventstore.store import Appended, Batch, Entry

WEIGHT_BYTES = 512
"""About what one event takes of the log, beside what its request brought."""


class Changed(NamedTuple):
    events: tuple[Event, ...]
    position: Appended


def batch_of(
    entries: tuple[Entry, ...],
    context: Context,
    now: int,
    documents: Mapping[str, bytes] = NO_DOCUMENTS,
) -> Batch:
    return Batch(
        entries=entries,
        at=now,
        actor=context.actor,
        cause=context.cause,
        request=context.request,
        trace=context.trace,
        documents=documents,
        weight=WEIGHT_BYTES * sum(len(entry.events) for entry in entries) + context.weight,
    )

"""Events of the stream ``name/idempotency/<digest>``: which job a key of a start stands for."""

from __future__ import annotations

from eventstore.events.event import Event, recorded


@recorded
class IdempotencyKeyTaken(Event, frozen=True, kw_only=True):
    """The digest of the stream is that of workflow and key. Written with the job's submit,
    and again when a later job may take the key over (FAIL_ON_RUNNING)."""

    workflow: str
    key: str
    job_id: str

"""What a job under limits holds and waits for: part of its state."""

from __future__ import annotations

import msgspec

from eventstore.events import JobRerun, JobRestarted, JobRetried


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Of a job under limits: the slots it holds and the one it waits for."""

    held: tuple[str, ...] = ()
    awaits: str | None = None
    since: int = 0
    postponed: JobRetried | JobRestarted | JobRerun | None = None
    """What it is to do when it goes on; None: begin."""

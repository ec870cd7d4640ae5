"""Outputs that are kept for tasks which would come to the same (``cacheConfig``).

A job looks for one before a task's first attempt, and keeps that of a task that completed,
in the stream ``cache/<digest>``: the digest is that of what the task is called, what it is,
and its key.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from eventstore.events.event import Event, Value, recorded


class CacheUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Under which digest the output of a task is kept, and for how many seconds."""

    digest: str
    seconds: int


@recorded
class CachedOutputSought(Event, frozen=True, kw_only=True):
    """The task lies in no queue before it is known whether an output is kept for it."""

    task: int
    digest: str


@recorded
class CachedOutputFound(Event, frozen=True, kw_only=True):
    """The task completes with the output of ``source``, another task."""

    fact: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ("output",)
    task: int
    source: str
    output: Value = None


@recorded
class CachedOutputMissed(Event, frozen=True, kw_only=True):
    """Nothing that the task could complete with is kept: it is carried out."""

    fact: ClassVar[bool] = True
    task: int


@recorded
class TaskOutputCached(Event, frozen=True, kw_only=True):
    """The output in the event before this one is kept until ``until``; an ``OutputKept``
    stands in the same batch."""

    task: int
    digest: str
    until: int


@recorded
class OutputKept(Event, frozen=True, kw_only=True):
    """In the stream of the digest; the newest counts. The output itself is in the ``sequence``-th
    event of the job, where alone it is masked and erased."""

    name: str
    """What the task is called in its definition."""
    job_id: str
    task: int
    sequence: int
    until: int

"""Events of the stream ``pool/<poolId>``: how many jobs of which workflows may run at a time."""

from __future__ import annotations

from typing import ClassVar

from eventstore.events.event import Event, recorded


@recorded
class PoolCreated(Event, frozen=True, kw_only=True):
    fact: ClassVar[bool] = True
    pool_id: str
    name: str
    most: int
    targets_all: bool = False
    workflow_ids: tuple[str, ...] = ()


@recorded
class PoolChanged(Event, frozen=True, kw_only=True):
    """All that the pool is from now on; the first of the default pool may be this."""

    fact: ClassVar[bool] = True
    pool_id: str
    name: str
    most: int
    targets_all: bool = False
    workflow_ids: tuple[str, ...] = ()


@recorded
class PoolDeleted(Event, frozen=True, kw_only=True):
    """Jobs that were submitted under it stay under its limit."""

    fact: ClassVar[bool] = True
    pool_id: str

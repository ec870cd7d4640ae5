"""Resource pools: state, evolve and decide; pure (reference justworkflowit.md §3.6)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import Event, PoolChanged, PoolCreated, PoolDeleted

DEFAULT = "default"


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """``most`` 0: no limit. Times are UTC microseconds."""

    pool_id: str
    name: str
    most: int
    targets_all: bool
    workflow_ids: tuple[str, ...]
    created_at: int
    updated_at: int
    deleted: bool = False
    sequence: int = 0


def evolve_pool(state: Pool | None, event: Event, at: int, position: int, actor: str) -> Pool:
    sequence = 1 if state is None else state.sequence + 1
    match event:
        case PoolCreated() | PoolChanged():
            return Pool(
                pool_id=event.pool_id,
                name=event.name,
                most=event.most,
                targets_all=event.targets_all,
                workflow_ids=event.workflow_ids,
                created_at=at if state is None else state.created_at,
                updated_at=at,
                sequence=sequence,
            )
    if state is None:
        raise TypeError(f"a pool begins with PoolCreated, not with {type(event).__name__}")
    if isinstance(event, PoolDeleted):
        return replace(state, deleted=True, sequence=sequence)
    return replace(state, sequence=sequence)


def delete(pool: Pool) -> PoolDeleted | Refusal:
    if pool.pool_id == DEFAULT:
        return Refusal(
            kind=RefusalKind.DEFAULT_POOL,
            message="the default pool cannot be deleted; give it another limit instead",
        )
    return PoolDeleted(pool_id=pool.pool_id)


def pool_for(pools: Iterable[Pool], workflow_id: str) -> Pool | None:
    """The pool whose slot a job of the workflow takes. One that names the workflow comes
    before one for all; of several the oldest; the default pool comes last."""
    general = None
    for pool in pools:
        if workflow_id in pool.workflow_ids:
            return pool
        if pool.targets_all and (general is None or general.pool_id == DEFAULT):
            general = pool
    return general

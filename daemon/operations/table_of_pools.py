"""Rows of the operations table: resource pools."""

from __future__ import annotations

from daemon.operations import of_pools as pools
from daemon.operations import parameters_of_pools as p
from daemon.operations.answering import Operation
from daemon.operations.parameters import Nothing


def of_pools() -> tuple[Operation, ...]:
    return (
        Operation(
            name="pool.list",
            summary="Resource pools, newest first",
            parameters=Nothing,
            result=p.PoolDocuments,
            handler=pools.list_pools,
        ),
        Operation(
            name="pool.get",
            summary="One resource pool",
            parameters=p.OnePool,
            result=p.PoolDocument,
            handler=pools.get,
        ),
        Operation(
            name="pool.create",
            summary="Limit how many jobs of some workflows, or of all, run at a time",
            parameters=p.PoolCreate,
            result=p.PoolChange,
            handler=pools.create,
            answer=pools.changed,
        ),
        Operation(
            name="pool.update",
            summary="Change a resource pool, for jobs submitted from now on",
            parameters=p.PoolUpdate,
            result=p.PoolChange,
            handler=pools.update,
            answer=pools.changed,
        ),
        Operation(
            name="pool.delete",
            summary="Delete a resource pool; its jobs stay under its limit",
            parameters=p.PoolDelete,
            result=p.PoolChange,
            handler=pools.delete_pool,
            answer=pools.changed,
        ),
    )

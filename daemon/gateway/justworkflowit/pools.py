"""Resource pools (reference justworkflowit.md §3.6)."""

from __future__ import annotations

from typing import Any

from daemon.gateway.asking import Ask
from daemon.gateway.justworkflowit.bodies import Body, read, without_nothing
from daemon.gateway.justworkflowit.table import route

PATH = "/resource-pools/{poolId}"


class NewPool(Body, frozen=True, kw_only=True):
    name: str
    worker_limit: int
    targets_all_workflows: bool = False
    targeted_workflow_ids: list[str] = []


class ChangedPool(Body, frozen=True, kw_only=True):
    name: str | None = None
    worker_limit: int | None = None
    targets_all_workflows: bool | None = None
    targeted_workflow_ids: list[str] | None = None


@route("GET", "/resource-pools", "ListResourcePools", "Pools, newest first")
async def list_pools(ask: Ask) -> dict[str, Any]:
    found = await ask.call("pool.list")
    return {"resourcePools": [_pool(one) for one in found["pools"]]}


@route("POST", "/resource-pools", "CreateResourcePool", "Limit how many jobs run at a time")
async def create_pool(ask: Ask) -> dict[str, Any]:
    body = read(ask, NewPool)
    return await ask.call(
        "pool.create",
        name=body.name,
        workerLimit=body.worker_limit,
        targetsAllWorkflows=body.targets_all_workflows,
        targetedWorkflows=body.targeted_workflow_ids,
    )


@route("GET", PATH, "GetResourcePool", "One pool")
async def get_pool(ask: Ask) -> dict[str, Any]:
    return {"resourcePool": _pool(await ask.call("pool.get", poolId=ask.parts["poolId"]))}


@route("PUT", PATH, "UpdateResourcePool", "Change a pool, for jobs submitted from now on")
async def update_pool(ask: Ask) -> dict[str, Any]:
    body = read(ask, ChangedPool)
    return await ask.call(
        "pool.update",
        poolId=ask.parts["poolId"],
        name=body.name,
        workerLimit=body.worker_limit,
        targetsAllWorkflows=body.targets_all_workflows,
        targetedWorkflows=body.targeted_workflow_ids,
    )


@route("DELETE", PATH, "DeleteResourcePool", "Delete a pool")
async def delete_pool(ask: Ask) -> dict[str, Any]:
    return await ask.call("pool.delete", poolId=ask.parts["poolId"])


def _pool(found: dict[str, Any]) -> dict[str, Any]:
    return without_nothing({**found, "targetedWorkflowIds": found["targetedWorkflowIds"] or None})

"""Resource pools as JustWorkflowIt's clients see them (reference justworkflowit.md §3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.definitions import finish, take
from tests.daemon.wire import Wire
from tests.gateway.http import Http
from tests.gateway.justworkflowit import Shop

POOLS = "/resource-pools"
FIELDS = {"poolId", "name", "workerLimit", "targetsAllWorkflows", "createdAt", "updatedAt"}


@pytest.fixture
def shop(http: Http, request: pytest.FixtureRequest) -> Shop:
    return Shop(http, f"/acme/pooled/{request.node.name}").ready()


def make(shop: Shop, limit: int = 1) -> str:
    body = {"name": "few", "workerLimit": limit, "targetedWorkflowIds": [shop.workflow_id]}
    return str(shop.ok("POST", POOLS, body)["poolId"])


def test_a_pool_from_its_making_to_its_end(shop: Shop) -> None:
    pool_id = make(shop)
    pool: dict[str, Any] = shop.ok("GET", f"{POOLS}/{pool_id}")["resourcePool"]
    assert set(pool) == {*FIELDS, "targetedWorkflowIds"}
    assert pool["targetedWorkflowIds"] == [shop.workflow_id]
    listed = shop.ok("GET", POOLS)["resourcePools"]
    assert listed[0] == pool
    assert listed[-1].keys() == FIELDS
    changed = shop.ok("PUT", f"{POOLS}/{pool_id}", {"workerLimit": 7})
    assert changed == {"poolId": pool_id}
    pool = shop.ok("GET", f"{POOLS}/{pool_id}")["resourcePool"]
    assert (pool["workerLimit"], pool["name"]) == (7, "few")
    assert shop.ok("DELETE", f"{POOLS}/{pool_id}") == {"poolId": pool_id}
    assert shop.wrong("DELETE", f"{POOLS}/{pool_id}")["errorType"] == "NotFoundError"
    assert shop.wrong("GET", f"{POOLS}/{pool_id}")["errorType"] == "NotFoundError"


def test_what_cannot_be_is_refused(shop: Shop) -> None:
    assert shop.wrong("DELETE", f"{POOLS}/default")["errorType"] == "ValidationError"
    assert (
        shop.wrong("POST", POOLS, {"name": "p", "workerLimit": 1})["errorType"] == "ValidationError"
    )
    assert (
        shop.wrong("POST", POOLS, {"name": "p", "targetsAllWorkflows": True})["errorType"]
        == "ValidationError"
    )
    unknown = {"name": "p", "workerLimit": 1, "targetedWorkflowIds": ["nowhere"]}
    assert shop.wrong("POST", POOLS, unknown)["errorType"] == "NotFoundError"


def test_a_job_without_a_slot_is_pending(shop: Shop, wire: Wire) -> None:
    pool_id = make(shop)
    first, second = shop.submit(1), shop.submit(2)
    waiting = shop.job(second)["job"]
    assert waiting["status"] == "PENDING"
    assert "startedAt" not in waiting
    found = shop.ok("GET", f"/jobs?status=PENDING&workflowName={shop.name}")
    assert [job["jobId"] for job in found["jobs"]] == [second]
    found = shop.ok("GET", f"/jobs?status=RUNNING&workflowName={shop.name}")
    assert [job["jobId"] for job in found["jobs"]] == [first]
    finish(wire, take(wire, shop.types[0]), {"n": 1})
    while shop.job(second)["job"]["status"] != "RUNNING":
        pass
    assert "startedAt" in shop.job(second)["job"]
    third = shop.submit(3)
    assert shop.job(third)["job"]["status"] == "PENDING"
    assert shop.ok("POST", f"/jobs/{third}/cancel") == {"jobId": third}
    finish(wire, take(wire, shop.types[0]), {"n": 2})
    shop.ok("DELETE", f"{POOLS}/{pool_id}")

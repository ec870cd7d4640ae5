"""Resource pools over the socket."""

from __future__ import annotations

from typing import Any

from tests.daemon.conftest import Start
from tests.daemon.definitions import unique
from tests.daemon.wire import Wire


def a_workflow(wire: Wire) -> dict[str, Any]:
    task = {"name": unique("t"), "taskReferenceName": "t", "type": "SIMPLE"}
    definition = {"name": unique("w"), "version": 1, "tasks": [task]}
    added: dict[str, Any] = wire.call("version.add", definition=definition)
    return {**added, "name": definition["name"]}


def test_jobs_of_a_pool_wait_for_each_other(wire: Wire) -> None:
    workflow, other = a_workflow(wire), a_workflow(wire)
    pool = wire.call("pool.create", name="few", workerLimit=1, targetedWorkflows=[workflow["name"]])
    first, second, free = (
        wire.call("job.submit", workflow=one["name"])["jobId"]
        for one in (workflow, workflow, other)
    )
    document = wire.call("job.get", jobId=second)
    (slot,) = document["waitingFor"]
    assert (slot["limit"], slot["place"]) == (f"limit/pool/{pool['poolId']}", 1)
    assert document["waitsForSlot"]
    assert wire.call("job.get", jobId=free)["tasks"]
    found = wire.call("job.list", workflow=workflow["name"])["jobs"]
    assert {one["jobId"]: one["waitsForSlot"] for one in found} == {first: False, second: True}
    wire.call("pool.update", poolId=pool["poolId"], workerLimit=9)
    third = wire.call("job.submit", workflow=workflow["name"])["jobId"]
    assert wire.call("job.get", jobId=third)["waitsForSlot"], "behind the one that came before"
    wire.call("pool.delete", poolId=pool["poolId"])
    assert wire.call("job.get", jobId=second)["waitsForSlot"], "it stays under its limit"
    wire.call("job.terminate", jobId=first)
    for job in (second, third):
        while not wire.call("job.get", jobId=job)["tasks"]:
            pass
    assert wire.call("replay.verify")["ok"]


def test_what_is_wrong_with_a_pool_is_said(wire: Wire) -> None:
    workflow = a_workflow(wire)
    made = {"name": "p", "workerLimit": 1}
    assert wire.refusal("pool.create", made).paths == ["/targetedWorkflows"]
    assert (
        wire.refusal("pool.create", {**made, "targetedWorkflows": ["nowhere"]}).type == "notFound"
    )
    assert wire.refusal("pool.create", {**made, "workerLimit": 0}).type == "invalidParams"
    assert wire.refusal("pool.get", poolId="nowhere").type == "notFound"
    assert wire.refusal("pool.delete", poolId="default").data["refusal"] == "defaultPool"
    pool = wire.call("pool.create", {**made, "targetedWorkflows": [workflow["workflowId"]]})
    assert wire.refusal("pool.update", {**pool, "workerLimit": 0}).paths == ["/workerLimit"]
    assert wire.refusal("pool.update", {**pool, "targetedWorkflows": []}).paths
    wire.call("pool.delete", pool)
    assert wire.refusal("pool.delete", pool).type == "notFound"


def test_pools_are_listed_newest_first_and_the_default_one_is_there(wire: Wire) -> None:
    workflow = a_workflow(wire)["workflowId"]
    asked = {
        "name": "p",
        "workerLimit": 3,
        "targetedWorkflows": [workflow],
        "requestId": unique("r"),
    }
    pool = wire.call("pool.create", asked)
    assert wire.call("pool.create", asked) == pool
    first, *_, last = wire.call("pool.list")["pools"]
    assert first == wire.call("pool.get", pool)
    assert (first["targetedWorkflowIds"], first["targetsAllWorkflows"]) == ([workflow], False)
    assert (last["poolId"], last["workerLimit"], last["targetsAllWorkflows"]) == (
        "default",
        0,
        True,
    )


def test_the_default_pool_and_the_sum_of_all_limits_are_settings(start: Start) -> None:
    settings = {"limits.default_pool_jobs": 1, "limits.max_pool_jobs": 5}
    process = start(settings).ready()
    with process.wire() as wire:
        name = a_workflow(wire)["name"]
        jobs = [wire.call("job.submit", workflow=name)["jobId"] for _ in range(2)]
        (slot,) = wire.call("job.get", jobId=jobs[1])["waitingFor"]
        assert slot["limit"] == "limit/pool/default"
        made = {"name": "p", "targetsAllWorkflows": True}
        assert wire.refusal("pool.create", {**made, "workerLimit": 5}).paths == ["/workerLimit"]
        wire.call("pool.create", {**made, "workerLimit": 4})
        wire.call("pool.update", poolId="default", workerLimit=0)
    process.stop()
    again = start(settings, data=process.data).ready()
    with again.wire() as wire:
        (slot,) = wire.call("job.get", jobId=jobs[1])["waitingFor"]
        assert slot["kind"] == "slot"
        wire.call("job.terminate", jobId=jobs[0])
        while not wire.call("job.get", jobId=jobs[1])["tasks"]:
            pass
        assert wire.call("pool.get", poolId="default")["workerLimit"] == 0
    again.stop()

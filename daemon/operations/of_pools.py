"""``pool.*``: how many jobs of which workflows may run at a time."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.decider.pools import DEFAULT, Pool, delete
from daemon.decider.state import JobState
from daemon.decider.turn import Refusal
from daemon.operations import parameters_of_pools as p
from daemon.operations.answering import Answer, Call, Written
from daemon.operations.calls import ErrorType, OperationError, Result
from daemon.operations.house import House
from daemon.operations.of_workflows import new_id
from daemon.operations.parameters import Nothing
from daemon.operations.refusals import invalid, refused
from eventstore.events import Event, PoolChanged, PoolCreated, PoolDeleted
from projections.times import iso


def create(house: House, call: Call, asked: p.PoolCreate) -> Answer:
    pool_id = new_id(house)
    workflows = _targets(house, asked.targeted_workflows)
    _check(house, pool_id, asked.worker_limit, asked.targets_all_workflows, workflows)
    event = PoolCreated(
        pool_id=pool_id,
        name=asked.name,
        most=asked.worker_limit,
        targets_all=asked.targets_all_workflows,
        workflow_ids=workflows,
    )
    done = house.pools.change(pool_id, event, call.context)
    return Written(done.position.last, done.events)


def update(house: House, call: Call, asked: p.PoolUpdate) -> Answer:
    """What is not given stays; targets that are given replace those there were."""
    pool = _pool(house, asked.pool_id)
    workflows, everything = pool.workflow_ids, pool.targets_all
    if asked.targeted_workflows is not None or asked.targets_all_workflows is not None:
        workflows = _targets(house, asked.targeted_workflows or [])
        everything = bool(asked.targets_all_workflows)
    most = pool.most if asked.worker_limit is None else asked.worker_limit
    if most == 0 and pool.pool_id != DEFAULT:
        raise invalid("/workerLimit", "only the default pool may be without a limit (0)")
    _check(house, pool.pool_id, most, everything, workflows)
    event = PoolChanged(
        pool_id=pool.pool_id,
        name=pool.name if asked.name is None else asked.name,
        most=most,
        targets_all=everything,
        workflow_ids=workflows,
    )
    done = house.pools.change(pool.pool_id, event, call.context)
    return Written(done.position.last, done.events)


def delete_pool(house: House, call: Call, asked: p.PoolDelete) -> Answer:
    event = delete(_pool(house, asked.pool_id))
    if isinstance(event, Refusal):
        raise refused(event)
    done = house.pools.change(asked.pool_id, event, call.context)
    return Written(done.position.last, done.events)


def changed(events: Sequence[Event], state: JobState | None) -> Result:
    event = events[0]
    assert isinstance(event, PoolCreated | PoolChanged | PoolDeleted)
    return {"poolId": event.pool_id}


def get(house: House, call: Call, asked: p.OnePool) -> Answer:
    pool = house.pools.find(asked.pool_id)
    if pool is None:
        raise _no_such_pool(asked.pool_id)
    return _document(pool)


def list_pools(house: House, call: Call, asked: Nothing) -> Answer:
    return {"pools": [_document(pool) for pool in house.pools.all()]}


def _document(pool: Pool) -> Result:
    return {
        "poolId": pool.pool_id,
        "name": pool.name,
        "workerLimit": pool.most,
        "targetsAllWorkflows": pool.targets_all,
        "targetedWorkflowIds": list(pool.workflow_ids),
        "createdAt": iso(pool.created_at),
        "updatedAt": iso(pool.updated_at),
    }


def _pool(house: House, pool_id: str) -> Pool:
    cell = house.pools.cell(pool_id)
    if cell is None or cell.tail is None:
        raise _no_such_pool(pool_id)
    return cell.tail


def _no_such_pool(pool_id: str) -> OperationError:
    return OperationError(ErrorType.NOT_FOUND, f"there is no resource pool {pool_id!r}")


def _targets(house: House, given: Sequence[str]) -> tuple[str, ...]:
    """Ids of workflows that are given by name or id."""
    found: dict[str, None] = {}
    for name in given:
        cell = house.catalog.find(name)
        if cell is None or cell.tail is None:
            raise OperationError(ErrorType.NOT_FOUND, f"there is no workflow {name!r}")
        found[cell.tail.workflow_id] = None
    return tuple(found)


def _check(
    house: House, pool_id: str, most: int, everything: bool, workflows: tuple[str, ...]
) -> None:
    if not everything and not workflows:
        raise invalid(
            "/targetedWorkflows", "a pool targets all workflows, or at least one that is named"
        )
    room = house.bounds.pool_jobs
    if room and house.pools.all_jobs(but=pool_id) + most > room:
        raise invalid(
            "/workerLimit",
            f"all pools together would allow more than {room} jobs (limits.max_pool_jobs)",
        )

"""Resource pools: which one a job belongs to, and what may be done to them."""

from __future__ import annotations

from typing import Any

from daemon.decider.pools import DEFAULT, Pool, delete, evolve_pool, pool_for
from daemon.decider.turn import Refusal, RefusalKind
from eventstore.events import PoolChanged, PoolCreated, PoolDeleted, RequestNoted


def pool(pool_id: str, **fields: Any) -> Pool:
    given = {"name": pool_id, "most": 1, "targets_all": False, "workflow_ids": (), **fields}
    return Pool(pool_id=pool_id, created_at=0, updated_at=0, **given)


def chosen(*pools: Pool) -> str | None:
    found = pool_for(pools, "w")
    return None if found is None else found.pool_id


def test_a_pool_that_names_the_workflow_comes_before_one_for_all() -> None:
    own, general = pool("own", workflow_ids=("v", "w")), pool("all", targets_all=True)
    assert chosen(general, own) == "own"
    assert chosen(general, pool("other", workflow_ids=("v",))) == "all"
    assert chosen(pool("other", workflow_ids=("v",))) is None


def test_of_several_the_oldest_and_the_default_one_last() -> None:
    default = pool(DEFAULT, targets_all=True)
    one, two = pool("one", targets_all=True), pool("two", targets_all=True)
    assert chosen(default, one, two) == "one"
    assert chosen(default) == DEFAULT
    assert chosen(pool("a", workflow_ids=("w",)), pool("b", workflow_ids=("w",))) == "a"


def test_a_pool_is_what_was_last_said_of_it() -> None:
    created = PoolCreated(pool_id="p", name="old", most=2, workflow_ids=("w",))
    changed = PoolChanged(pool_id="p", name="new", most=3, targets_all=True)
    state = evolve_pool(evolve_pool(None, created, 1, 1, "me"), changed, 5, 2, "me")
    assert state == pool("p", name="new", most=3, targets_all=True).__class__(
        pool_id="p",
        name="new",
        most=3,
        targets_all=True,
        workflow_ids=(),
        created_at=1,
        updated_at=5,
        sequence=2,
    )
    noted = evolve_pool(state, RequestNoted(method="m", answer={}), 6, 3, "me")
    assert (noted.updated_at, noted.sequence) == (5, 3)
    assert evolve_pool(noted, PoolDeleted(pool_id="p"), 7, 4, "me").deleted


def test_the_default_pool_stays() -> None:
    refusal = delete(pool(DEFAULT))
    assert isinstance(refusal, Refusal)
    assert refusal.kind is RefusalKind.DEFAULT_POOL
    assert delete(pool("p")) == PoolDeleted(pool_id="p")
